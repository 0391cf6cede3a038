//! Decoding, dates and cleaning on documents from the open web.

use std::fs;
use std::path::{Path, PathBuf};

use gazetted::model::WebUrl;
use gazetted::text::{charset, date, html};
use jiff::{Timestamp, fmt::temporal::Pieces, tz::TimeZone};
use serde_json::Value;

/// Where the documents are, or `None` and a word about it.
fn corpus(name: &str) -> Option<PathBuf> {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/corpora")).join(name);
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
        return None;
    }
    Some(folder)
}

fn lines(file: &Path) -> Vec<Value> {
    let text = fs::read_to_string(file).expect("the corpus is readable");
    let value = |line| serde_json::from_str(line).expect("the corpus holds JSON");
    text.lines().map(value).collect()
}

/// What a document says in plain text, as far as it matters.
fn expected_texts(case: &Value) -> Vec<&str> {
    let expects = case["expects"].as_array().into_iter().flatten();
    let is_text = |expect: &&Value| expect["kind"] == "text" && expect["tier"] == "core";
    expects
        .filter(is_text)
        .filter_map(|expect| expect["value"].as_str())
        .collect()
}

#[test]
fn feeds_are_decoded_as_they_were_meant() {
    let Some(folder) = corpus("feeds/dev") else {
        return;
    };
    let (mut n_good, mut n_all) = (0, 0);
    for case in lines(&folder.join("expect.jsonl")) {
        if !case["category"]
            .as_str()
            .unwrap()
            .starts_with("gen-encoding")
        {
            continue;
        }
        let bytes = fs::read(folder.join(case["file"].as_str().unwrap())).unwrap();
        let decoded = charset::decode_xml(&bytes, case["content_type"].as_str(), None);
        let text = html::entities::decode(&decoded.text);
        let text: String = text.split_whitespace().collect();
        let is_there = |want: &&str| {
            let want: String = want.split_whitespace().collect();
            text.contains(&want)
        };
        let is_good = expected_texts(&case).iter().all(is_there);
        n_all += 1;
        n_good += usize::from(is_good);
        if !is_good {
            println!("{}: read as {}", case["id"], decoded.encoding);
        }
    }
    assert!(n_good * 100 >= n_all * 98, "{n_good} of {n_all}");
}

#[test]
fn dates_of_the_wild_are_found() {
    let Some(folder) = corpus("pages/dev/dates") else {
        return;
    };
    let (mut n_good, mut n_all) = (0, 0);
    for case in lines(&folder.join("strings.jsonl")) {
        let now = case["now"].as_str().unwrap();
        let offset = Pieces::parse(now).unwrap().to_numeric_offset().unwrap();
        let now: Timestamp = now.parse().unwrap();
        let zone = offset.to_time_zone();
        let found = date::find(case["text"].as_str().unwrap(), now, &zone);
        let is_good = match (case["expect"].as_str(), found) {
            (None, found) => found.is_none(),
            (Some(want), Some(found)) => is_same(want, &found, &zone),
            (Some(_), None) => false,
        };
        n_all += 1;
        n_good += usize::from(is_good);
        if !is_good {
            println!("{}: found {found:?}", case["text"]);
        }
    }
    assert!(n_good * 100 >= n_all * 98, "{n_good} of {n_all}");
}

/// Whether `found` is `want`, as exactly as that was given.
fn is_same(want: &str, found: &date::FoundDate, zone: &TimeZone) -> bool {
    let at = found.resolve(zone).map(|moment| moment.at);
    let civil = found.civil.to_string();
    match want.parse::<Timestamp>() {
        Ok(want) => Some(want) == at,
        Err(_) => civil.starts_with(want),
    }
}

#[test]
fn nothing_unsafe_survives_cleaning() {
    let Some(folder) = corpus("feeds/dev") else {
        return;
    };
    for case in lines(&folder.join("sanitize.jsonl")) {
        let base = case["base_url"].as_str().and_then(WebUrl::parse);
        let safe = html::sanitize(case["html"].as_str().unwrap(), base.as_ref());
        let must_not = &case["must_not"];
        let forbid = |list: &str, around: fn(&str) -> String| {
            for word in must_not[list].as_array().into_iter().flatten() {
                let trace = around(word.as_str().unwrap());
                assert!(
                    !safe.as_str().contains(&trace),
                    "{}: {trace} in {}",
                    case["id"],
                    safe.as_str()
                );
            }
        };
        forbid("elements", |name| format!("<{name}"));
        forbid("attributes", |name| format!(" {name}="));
        forbid("url_schemes", |scheme| format!("\"{scheme}:"));
        if let Some(kept) = case["must_keep_text"].as_str() {
            let without_gaps = |text: &str| text.split_whitespace().collect::<String>();
            let text = without_gaps(&html::to_text(safe.as_str()));
            assert!(text.contains(&without_gaps(kept)), "{}: {text}", case["id"]);
        }
        assert_eq!(
            html::sanitize(safe.as_str(), base.as_ref()),
            safe,
            "{}",
            case["id"]
        );
    }
}

#[test]
fn pages_keep_their_text_when_cleaned() {
    let Some(folder) = corpus("pages/dev/articles") else {
        return;
    };
    for page in fs::read_dir(folder).unwrap() {
        let path = page.unwrap().path();
        if path.extension().is_none_or(|ending| ending != "html") {
            continue;
        }
        let bytes = fs::read(&path).unwrap();
        let decoded = charset::decode_html(&bytes, Some("text/html"), None);
        let safe = html::sanitize(&decoded.text, None);
        assert_eq!(
            html::sanitize(safe.as_str(), None),
            safe,
            "{}",
            path.display()
        );
    }
}
