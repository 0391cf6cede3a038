//! Real articles as they are, all within a day: whatever is joined is told, to be looked at.
//!
//! They come as lines of JSON with `url`, `title` and `text`; all of one host are of one source.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context;
use gazetted::config::Dedupe;
use serde_json::Value;

use super::articles::Article;
use super::set::Set;

/// Reads articles, each a family of its own, from the host that it came from.
pub(super) fn read(path: &Path) -> anyhow::Result<Set> {
    let lines =
        std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    let mut set = Set::default();
    let mut hosts: BTreeMap<String, usize> = BTreeMap::new();
    for line in lines.lines() {
        let page: Value = serde_json::from_str(line)?;
        let (Some(text), Some(title)) = (page["text"].as_str(), page["title"].as_str()) else {
            continue;
        };
        let url = page["url"].as_str().unwrap_or_default();
        let host = url.split('/').nth(2).unwrap_or("none").to_owned();
        let known = hosts.len();
        let source = *hosts.entry(host).or_insert(known);
        let article = Article {
            language: "zh",
            title: title.to_owned(),
            paragraphs: text.lines().map(str::to_owned).collect(),
            retold: None,
        };
        set.stranger(&format!("paper-{source}"), article);
    }
    Ok(set)
}

/// Prints how many pairs are joined, and which.
pub(super) fn tell(set: &Set, dedupe: Dedupe) {
    let joined = set.joined(dedupe);
    for said in &joined {
        println!("{said}");
    }
    println!("{} articles, {} joined pairs", set.len(), joined.len());
}
