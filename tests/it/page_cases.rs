//! Situations of news pages as sites have them, each with what a reader expects:
//! `tests/fixtures/pages/*.toml`.

use std::fs;
use std::path::Path;

use bytes::Bytes;
use gazetted::model::{Document, WebUrl};
use gazetted::source::page::{ArticleRules, ListRules, Rules, Selector};
use gazetted::source::{self, Reader, Setting, gate::Limits};
use jiff::tz::TimeZone;

/// A document of a case, and the moment it is read at.
fn read<T>(case: &toml::Table, read: impl FnOnce(&Document, &Setting<'_>) -> T) -> T {
    let text = |key: &str| case.get(key).and_then(toml::Value::as_str);
    let url = text("url").unwrap_or("http://www.qs.example/xw/index.html");
    let document = Document {
        url: WebUrl::parse(url).unwrap(),
        content_type: Some("text/html; charset=utf-8".to_owned()),
        content_language: None,
        robots: Vec::new(),
        body: Bytes::from(text("html").expect("a case has html").to_owned()),
    };
    let zone = TimeZone::get("Asia/Shanghai").unwrap();
    let setting = Setting {
        now: "2026-11-29T18:00:00+08:00".parse().unwrap(),
        zone: &zone,
        encoding: None,
        limits: Limits::default(),
    };
    read(&document, &setting)
}

fn cases(file: &str) -> Vec<toml::Table> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/pages")
        .join(file);
    let text = fs::read_to_string(path).unwrap();
    let table: toml::Table = text.parse().unwrap();
    let cases = table["case"].as_array().unwrap();
    cases
        .iter()
        .map(|case| case.as_table().unwrap().clone())
        .collect()
}

fn wanted(case: &toml::Table, key: &str) -> Vec<String> {
    let values = case.get(key).and_then(toml::Value::as_array);
    let values = values.map(Vec::as_slice).unwrap_or_default();
    values
        .iter()
        .map(|value| value.as_str().unwrap().to_owned())
        .collect()
}

fn selector(case: &toml::Table, key: &str) -> Option<Selector> {
    let css = case.get(key)?.as_str()?;
    Some(Selector::new(&[css.into()]).unwrap())
}

/// `headline | 2026-11-28 | /xw/1.html` of each entry, or the code of the error, or
/// where the page leads on to.
fn listed(case: &toml::Table) -> Vec<String> {
    let rules = ["item", "date", "title", "container"]
        .iter()
        .any(|key| case.contains_key(*key));
    let rules = Rules {
        list: rules.then(|| ListRules {
            container: selector(case, "container"),
            item: selector(case, "item"),
            date: selector(case, "date"),
            title: selector(case, "title"),
            ..ListRules::default()
        }),
    };
    let reader = match case.get("type").and_then(toml::Value::as_str) {
        Some("json") => Reader::Json(Box::default()),
        _ => Reader::Page(Box::new(rules)),
    };
    read(case, |document, setting| {
        match reader.read(document, setting) {
            Err(error) => vec![error.code().to_owned()],
            Ok(read) if read.leads_on => read
                .next
                .iter()
                .map(|url| format!("→ {}", path(url)))
                .collect(),
            Ok(read) => read
                .drafts
                .iter()
                .map(|draft| {
                    let title = draft.title.as_deref().unwrap_or("-");
                    let at = draft
                        .published
                        .map(|moment| setting.zone.to_datetime(moment.at));
                    let day = at.map_or("-".to_owned(), |at| at.date().to_string());
                    let link = draft.link.as_ref().map_or("-".to_owned(), path);
                    format!("{title} | {day} | {link}")
                })
                .collect(),
        }
    })
}

fn path(url: &WebUrl) -> String {
    let url = url.as_str();
    url.strip_prefix("http://www.qs.example")
        .unwrap_or(url)
        .to_owned()
}

#[test]
fn lists_are_what_readers_expect() {
    let mut wrong = Vec::new();
    for case in cases("lists.toml") {
        let (got, want) = (listed(&case), wanted(&case, "want"));
        if got != want {
            wrong.push(format!(
                "{}:\n  got  {got:#?}\n  want {want:#?}",
                case["name"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a case says of one field; `-` stands for none.
fn differs(case: &toml::Table, key: &str, got: &str) -> Option<String> {
    let want = case.get(key)?.as_str()?;
    (got != want).then(|| format!("{}: {key} is `{got}`, wanted `{want}`", case["name"]))
}

fn article(case: &toml::Table) -> Vec<String> {
    let rules = ArticleRules {
        content: selector(case, "content"),
        title: selector(case, "title_rule"),
        date: selector(case, "date_rule"),
        ..ArticleRules::default()
    };
    let read = read(case, |document, setting| {
        let read = source::read_article(&rules, document, setting);
        read.map(|article| {
            let at = article
                .published
                .map(|moment| (moment, setting.zone.to_datetime(moment.at)));
            let at = at.map(|(moment, at)| match moment.precision {
                gazetted::model::Precision::Day => at.date().to_string(),
                _ => at.strftime("%Y-%m-%d %H:%M").to_string(),
            });
            (article, at)
        })
    });
    let (article, at) = match read {
        Ok(read) => read,
        Err(error) => return differs(case, "error", error.code()).into_iter().collect(),
    };
    let shown = |text: Option<&str>| text.unwrap_or("-").to_owned();
    let text = article
        .content
        .as_deref()
        .map(gazetted::text::html::to_text)
        .unwrap_or_default();
    let fields = [
        ("error", "-".to_owned()),
        ("title", shown(article.title.as_deref())),
        ("date", shown(at.as_deref())),
        ("origin", shown(article.origin.as_deref())),
        ("authors", article.authors.join(", ")),
        (
            "image",
            shown(article.figures.first().map(|figure| figure.url.as_str())),
        ),
        ("captions", article.captions.join(" / ")),
        (
            "next",
            article.next_page.as_ref().map_or("-".to_owned(), path),
        ),
    ];
    let mut wrong: Vec<String> = fields
        .iter()
        .filter_map(|(key, got)| differs(case, key, got))
        .collect();
    for part in wanted(case, "has") {
        if !text.contains(&part) {
            wrong.push(format!(
                "{}: the text does not say `{part}`: {text}",
                case["name"]
            ));
        }
    }
    for part in wanted(case, "lacks") {
        if text.contains(&part) {
            wrong.push(format!("{}: the text says `{part}`: {text}", case["name"]));
        }
    }
    let markup = article.content.as_deref().unwrap_or_default();
    for (key, is_wanted) in [("markup", true), ("no_markup", false)] {
        let parts = wanted(case, key);
        for part in parts
            .iter()
            .filter(|part| markup.contains(*part) != is_wanted)
        {
            wrong.push(format!("{}: {key} `{part}`: {markup}", case["name"]));
        }
    }
    wrong
}

#[test]
fn articles_are_what_readers_expect() {
    let wrong: Vec<String> = cases("articles.toml").iter().flat_map(article).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
