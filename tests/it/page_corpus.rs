//! Pages of the open web without rules: the list is found, the article is read.

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::OnceLock;

use bytes::Bytes;
use gazetted::clock;
use gazetted::model::{Article, Document, WebUrl};
use gazetted::source::page::{ArticleRules, Rules, article, list};
use gazetted::source::{Setting, gate::Limits};
use jiff::tz::TimeZone;
use serde_json::Value;

const CORPUS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpora/pages/dev");

/// Of a hundred links that are right, or wanted.
const WANTED_LINKS: usize = 95;

/// Of a hundred Chinese pages, those whose title, day and source are right.
const WANTED_TITLES: usize = 95;
const WANTED_DAYS: usize = 95;
const WANTED_ORIGINS: usize = 88;
const WANTED_AUTHORS: usize = 88;

#[derive(Default)]
struct Share {
    n_right: usize,
    n_all: usize,
}

impl Share {
    fn count(&mut self, is_right: bool) {
        self.n_all += 1;
        self.n_right += usize::from(is_right);
    }

    #[track_caller]
    fn reaches(&self, percent: usize, what: &str) {
        println!("{what}: {} of {}", self.n_right, self.n_all);
        assert!(self.n_right * 100 >= self.n_all * percent, "{what}");
    }
}

#[test]
fn lists_are_found_without_rules() {
    let (mut precision, mut recall) = (Share::default(), Share::default());
    for (case, document) in cases("lists") {
        if case["kind"] == "home" {
            continue;
        }
        let rules = Rules::default();
        let reading = list::read(&rules, &document, &setting()).unwrap();
        let links = |list: &Value, key: Option<&str>| -> BTreeSet<String> {
            let list = list.as_array().into_iter().flatten();
            let texts = list.filter_map(|one| key.map_or(one, |key| &one[key]).as_str());
            texts
                .map(|link| plain(document.url.join(link).as_ref()))
                .collect()
        };
        let wanted = links(&case["links"], Some("url"));
        let allowed = links(&case["also_ok"], None);
        let found = reading
            .drafts
            .iter()
            .map(|draft| plain(draft.link.as_ref()));
        let found: BTreeSet<String> = found.collect();
        for link in found.iter().filter(|link| !allowed.contains(*link)) {
            precision.count(wanted.contains(link));
        }
        for link in &wanted {
            recall.count(found.contains(link));
        }
    }
    precision.reaches(WANTED_LINKS, "links that belong to the list");
    recall.reaches(WANTED_LINKS, "links of the list that are found");
}

#[test]
fn chinese_articles_are_read_without_rules() {
    let (mut titles, mut days) = (Share::default(), Share::default());
    let (mut origins, mut authors) = (Share::default(), Share::default());
    for (case, document) in cases("articles") {
        if case["lang"] != "zh" {
            continue;
        }
        let article = article::read(&ArticleRules::default(), &document, &setting()).unwrap();
        if let Some(title) = case["title"].as_str() {
            titles.count(article.title.as_deref().map(letters) == Some(letters(title)));
        }
        if let Some(published) = case["published"].as_str() {
            days.count(day(&article).as_deref() == published.get(..10));
        }
        if let Some(origin) = case["source"].as_str() {
            origins.count(article.origin.as_deref().map(letters) == Some(letters(origin)));
        }
        if let Some(wanted) = case["author"].as_array() {
            let found = article.authors.iter().map(String::as_str);
            let wanted: BTreeSet<&str> = wanted.iter().filter_map(Value::as_str).collect();
            authors.count(found.collect::<BTreeSet<_>>() == wanted);
        }
    }
    titles.reaches(WANTED_TITLES, "titles");
    days.reaches(WANTED_DAYS, "days");
    origins.reaches(WANTED_ORIGINS, "sources");
    authors.reaches(WANTED_AUTHORS, "authors");
}

/// The labelled pages in a folder of the corpus; none where it is absent.
fn cases(folder: &str) -> Vec<(Value, Document)> {
    let folder = Path::new(CORPUS).join(folder);
    let Ok(cases) = std::fs::read_to_string(folder.join("expect.jsonl")) else {
        println!("skipped: there is no {}", folder.display());
        return Vec::new();
    };
    let case = |line: &str| {
        let case: Value = serde_json::from_str(line).unwrap();
        let file = folder.join(format!("{}.html", case["id"].as_str().unwrap()));
        let url = case["url"].as_str().and_then(WebUrl::parse);
        let document = Document {
            url: url.unwrap_or_else(|| WebUrl::parse("https://unknown.invalid/").unwrap()),
            content_type: Some("text/html".to_owned()),
            content_language: None,
            robots: Vec::new(),
            body: Bytes::from(std::fs::read(file).unwrap()),
        };
        (case, document)
    };
    cases.lines().map(case).collect()
}

fn setting() -> Setting<'static> {
    static ZONE: OnceLock<TimeZone> = OnceLock::new();
    Setting {
        now: clock::now(),
        zone: ZONE.get_or_init(|| TimeZone::get("Asia/Shanghai").unwrap()),
        encoding: None,
        limits: Limits::default(),
    }
}

/// An address without what does not tell pages apart.
fn plain(url: Option<&WebUrl>) -> String {
    let url = url.map(WebUrl::as_str).unwrap_or_default();
    let url = url.split('#').next().unwrap_or_default();
    let url = url.split_once("://").map_or(url, |(_, rest)| rest);
    url.trim_end_matches('/').to_lowercase()
}

fn letters(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn day(article: &Article) -> Option<String> {
    let moment = article.published?;
    let zone = article.offset.map(|offset| offset.to_time_zone());
    let zone = zone.as_ref().unwrap_or(setting().zone).clone();
    Some(zone.to_datetime(moment.at).date().to_string())
}
