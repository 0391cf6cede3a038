//! Real feeds and real pages, served over loopback, through the real daemon.

use std::collections::HashMap;
use std::fs;
use std::path::Path;

use gazetted::text::html::to_text;
use serde_json::Value;

use crate::world::{Origin, Reply, World, beside_the_project};

/// One document with what is known about it.
struct Case {
    id: String,
    body: Vec<u8>,
    content_type: String,
    titles: Vec<String>,
}

fn lines(path: &Path) -> Vec<Value> {
    let text = fs::read_to_string(path).unwrap();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// What a reader compares titles by.
fn fold(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

/// Feeds of many formats that have at least two titled entries.
fn feeds(folder: &Path, n: usize) -> Vec<Case> {
    let mut by_category: HashMap<String, Vec<Case>> = HashMap::new();
    for case in lines(&folder.join("expect.jsonl")) {
        let titles: Vec<String> = case["expects"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|e| {
                let path = e["path"].as_str().unwrap_or_default();
                path.starts_with("entries[")
                    && path.ends_with("].title")
                    && e["op"] == "eq"
                    && e["tier"] == "core"
            })
            .filter_map(|e| e["value"].as_str().map(str::to_owned))
            .collect();
        if titles.len() < 2 || titles.iter().any(|title| fold(title).is_empty()) {
            continue;
        }
        let category = case["category"].as_str().unwrap_or_default().to_owned();
        by_category.entry(category).or_default().push(Case {
            id: case["id"].as_str().unwrap().to_owned(),
            body: fs::read(folder.join(case["file"].as_str().unwrap())).unwrap(),
            content_type: case["content_type"]
                .as_str()
                .unwrap_or("application/xml")
                .to_owned(),
            titles,
        });
    }
    let mut categories: Vec<_> = by_category.into_iter().collect();
    categories.sort_by(|a, b| a.0.cmp(&b.0));
    let mut picked: Vec<Case> = Vec::new();
    while picked.len() < n && categories.iter().any(|(_, cases)| !cases.is_empty()) {
        picked.extend(categories.iter_mut().filter_map(|(_, cases)| cases.pop()));
    }
    picked.truncate(n);
    picked
}

#[test]
fn thirty_real_feeds_arrive_in_their_channels() {
    let Some(folder) = beside_the_project("corpora/feeds/dev") else {
        return;
    };
    let cases = feeds(&folder, 30);
    assert_eq!(cases.len(), 30);
    let origin = Origin::start(20);
    let mut sources = "[host.\"127.0.0.20\"]\nconcurrency = 8\nspacing = \"0s\"\n".to_owned();
    for (n, case) in cases.iter().enumerate() {
        let path = format!("/{n}");
        origin.put(&path, Reply::ok(&case.content_type, case.body.clone()));
        sources.push_str(&format!(
            "[[channel]]\nid = \"c{n}\"\nlimit = 200\n[[source]]\nid = \"c{n}/s\"\ninterval = \"1h\"\ndedupe = false\nurl = \"{}\"\n",
            origin.url(&path)
        ));
    }
    let world = World::new(&sources);
    let daemon = world.start();
    let mut missing = Vec::new();
    for (n, case) in cases.iter().enumerate() {
        daemon.wait_for(&format!(" c{n}/s: "));
        let channel = daemon.get(&format!("/c{n}.json"));
        let channel: Value = serde_json::from_str(&channel.text()).unwrap();
        let titles: Vec<String> = channel["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|item| fold(item["title"].as_str().unwrap_or_default()))
            .collect();
        for title in &case.titles {
            if !titles.contains(&fold(title)) {
                missing.push(format!("{}: {title}", case.id));
            }
        }
    }
    let n_titles: usize = cases.iter().map(|case| case.titles.len()).sum();
    assert!(
        missing.len() * 50 <= n_titles,
        "{} of {n_titles} titles are missing: {missing:#?}",
        missing.len()
    );
}

#[test]
fn ten_real_pages_give_their_text() {
    let Some(folder) = beside_the_project("corpora/pages/dev/articles") else {
        return;
    };
    let is_chinese = |case: &Value| {
        case["src"] == "zhcx" && case["title"].is_string() && case["must_have"].is_array()
    };
    let cases: Vec<Value> = lines(&folder.join("expect.jsonl"))
        .into_iter()
        .filter(is_chinese)
        .take(10)
        .collect();
    assert_eq!(cases.len(), 10);
    let origin = Origin::start(21);
    let mut list = "<html><head><meta charset=utf-8></head><body><ul class=news>".to_owned();
    for case in &cases {
        let (id, title) = (
            case["id"].as_str().unwrap(),
            case["title"].as_str().unwrap(),
        );
        let body = fs::read(folder.join(format!("{id}.html"))).unwrap();
        origin.put(&format!("/{id}.html"), Reply::html(body));
        list.push_str(&format!("<li><a href=\"/{id}.html\">{title}</a></li>"));
    }
    origin.put("/", Reply::html(list + "</ul></body></html>"));
    let world = World::new(&format!(
        "[[source]]\nid = \"zh/pages\"\ntype = \"page\"\ninterval = \"1h\"\nurl = \"{}\"\n\
         [source.list]\ncontainer = \"ul.news\"\nitem = \"li\"\n\
         [source.article]\ncontent = \"#endText\"\n",
        origin.url("/")
    ));
    let daemon = world.start();
    daemon.wait_for_polls("zh/pages", 1);
    let channel: Value = serde_json::from_str(&daemon.get("/zh.json").text()).unwrap();
    let items = channel["items"].as_array().unwrap();
    assert_eq!(items.len(), 10);
    let squeeze = |text: &str| {
        text.chars()
            .filter(|c| !c.is_whitespace())
            .collect::<String>()
    };
    for case in &cases {
        let title = case["title"].as_str().unwrap();
        let item = items
            .iter()
            .find(|item| fold(item["title"].as_str().unwrap()) == fold(title));
        let item = item.unwrap_or_else(|| panic!("no item `{title}`"));
        let text = squeeze(&to_text(item["content_html"].as_str().unwrap_or_default()));
        for snippet in case["must_have"].as_array().unwrap() {
            let snippet = snippet.as_str().unwrap();
            assert!(
                text.contains(&squeeze(snippet)),
                "`{title}` has no `{snippet}`"
            );
        }
    }
}
