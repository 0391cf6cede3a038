//! `gazetted try` and `check --live`, stage by stage.

use serde_json::Value;

use crate::world::{Origin, Reply, World, gazetted};

fn list(n_items: usize) -> Reply {
    let items: String = (1..=n_items)
        .map(|n| {
            format!(
                "<li><a href='/{n}.html'>大桥合龙第{n}条新闻</a><span>2026-11-{n:02}</span></li>"
            )
        })
        .collect();
    Reply::html(format!(
        "<meta charset=utf-8><ul class=news>{items}</ul></html>"
    ))
}

fn page(origin: &Origin, title: &str) -> String {
    format!(
        "[[source]]\nid = \"a/page\"\ntype = \"page\"\nurl = \"{}\"\n[source.list]\n\
         container = \"ul.news\"\nitem = \"li\"\ntitle = \"{title}\"\ndate = \"span\"\n\
         [[source.filter]]\naction = \"drop\"\ncontains = \"第2条\"\n",
        origin.url("/news/")
    )
}

#[track_caller]
fn json(world: &World, arguments: &[&str]) -> (Option<i32>, Value) {
    let mut command = gazetted();
    let output = command
        .args(arguments)
        .arg("--config")
        .arg(world.config())
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let value = serde_json::from_str(&said);
    (
        output.status.code(),
        value.unwrap_or_else(|why| panic!("{why}: {said}")),
    )
}

#[test]
fn try_polls_once_and_stores_nothing() {
    let origin = Origin::start(2);
    origin.put("/news/", list(5));
    let world = World::new(&page(&origin, "a"));
    let (code, said) = json(&world, &["try", "a/page", "--json"]);
    assert_eq!(code, Some(0), "{said}");
    let stages = said["stages"].as_array().unwrap();
    let names: Vec<&str> = stages
        .iter()
        .map(|stage| stage["stage"].as_str().unwrap())
        .collect();
    assert_eq!(
        names,
        [
            "robots",
            "bytes",
            "charset",
            "containers",
            "items",
            "titles",
            "links",
            "dates"
        ]
    );
    assert_eq!(said["entries"].as_array().unwrap().len(), 5);
    assert_eq!(said["entries"][1]["fate"], "dropped by a filter");
    assert_eq!(said["entries"][0]["fate"], "taken");
    assert!(!world.state().exists());

    // An address alone.
    let url = origin.url("/news/");
    let mut command = gazetted();
    let output = command
        .args(["try", &url, "--allow-private", "127.0.0.0/8"])
        .output()
        .unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("大桥合龙第3条新闻"), "{said}");
    let mut command = gazetted();
    let refused = command.args(["try", &url]).output().unwrap();
    assert_eq!(
        refused.status.code(),
        Some(1),
        "a private address was asked"
    );
}

#[test]
fn check_live_says_at_which_stage_nothing_comes_through() {
    let origin = Origin::start(2);
    origin.put("/news/", list(5));
    let world = World::new(&page(&origin, "h3"));
    let (code, said) = json(&world, &["check", "--live=a/page", "--json"]);
    assert_eq!(code, Some(1), "{said}");
    let test = &said["tests"][0];
    let stages = test["stages"].as_array().unwrap();
    let failed: Vec<&str> = stages
        .iter()
        .filter(|stage| stage["passed"] == false)
        .map(|stage| stage["stage"].as_str().unwrap())
        .collect();
    assert_eq!(failed, ["titles"]);
    let links = stages
        .iter()
        .find(|stage| stage["stage"] == "links")
        .unwrap();
    assert_eq!(links["samples"][0], origin.url("/1.html"));

    origin.put(
        "/robots.txt",
        Reply::ok("text/plain", "User-agent: *\nDisallow: /news/\n"),
    );
    let n_asked = origin.asked("/news/").len();
    let (code, said) = json(&world, &["check", "--live=a", "--json"]);
    assert_eq!(code, Some(1), "{said}");
    let why = said["tests"][0]["failure"].as_str().unwrap();
    assert!(
        why.contains("robots.txt forbids it: Disallow: /news/"),
        "{why}"
    );
    assert_eq!(
        origin.asked("/news/").len(),
        n_asked,
        "asked although it is forbidden"
    );
    let mut command = gazetted();
    let output = command
        .args(["check", "--live=b"])
        .arg(world.config())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn check_live_proposes_rules_that_find_the_list_of_a_rebuilt_page() {
    let origin = Origin::start(2);
    let items: String = (1..=9)
        .map(|n| {
            format!(
                "<div class=card><h3><a href='/2026/11/{n}.html'>大桥合龙第{n}条新闻，市民在岸边观看</a></h3>\
                 <span class=day>2026-11-{n:02}</span></div>"
            )
        })
        .collect();
    let page = format!("<meta charset=utf-8><title>新闻</title><div id=all>{items}</div></html>");
    origin.put("/news/", Reply::html(page));
    let source = |list: &str| {
        let url = origin.url("/news/");
        format!("[[source]]\nid = \"a/page\"\ntype = \"page\"\nurl = \"{url}\"\n{list}\n")
    };
    let world = World::new(&source(
        "[source.list]\ncontainer = \"ul.news\"\nitem = \"li\"",
    ));
    let (code, said) = json(&world, &["check", "--live=a/page", "--json"]);
    assert_eq!(code, Some(1), "{said}");
    let stages = said["tests"][0]["stages"].as_array().unwrap();
    let repair = stages.iter().find(|stage| stage["stage"] == "repair");
    let repair = repair.unwrap_or_else(|| panic!("no repair: {said:#}"));
    let lines: Vec<&str> = repair["samples"]
        .as_array()
        .unwrap()
        .iter()
        .map(|line| line.as_str().unwrap())
        .collect();
    world.configure(&source(&lines.join("\n")));
    let (code, said) = json(&world, &["check", "--live=a/page", "--json"]);
    assert_eq!(code, Some(0), "{lines:?}: {said:#}");
    assert!(
        said["tests"][0]["seen"]
            .as_str()
            .unwrap()
            .starts_with("9 items, 9 titles"),
        "{said}"
    );
}
