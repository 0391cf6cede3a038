//! Articles of a corpus of pages.

use std::path::Path;

use anyhow::Context;
use serde_json::Value;

use super::articles::Article;

/// Those that are long enough to be cut.
pub(super) fn read(folder: &Path) -> anyhow::Result<Vec<Article>> {
    let path = folder.join("expect.jsonl");
    let lines = std::fs::read_to_string(&path)
        .with_context(|| format!("cannot read {}", path.display()))?;
    let mut articles = Vec::new();
    for (nth, line) in lines.lines().enumerate() {
        let page: Value = serde_json::from_str(line)
            .with_context(|| format!("{}:{}", path.display(), nth + 1))?;
        articles.extend(article(&page));
    }
    Ok(articles)
}

fn article(page: &Value) -> Option<Article> {
    let text = page["text"].as_str()?;
    let lines = text.lines().map(str::trim);
    let paragraphs: Vec<String> = lines
        .filter(|line| line.chars().count() > 15)
        .map(str::to_owned)
        .collect();
    let language = match page["lang"].as_str() {
        Some("zh") => "zh",
        Some("ja") => "ja",
        Some("de") => "de",
        Some("ru") => "ru",
        _ => "en",
    };
    let is_long = paragraphs.len() >= 3 && text.chars().count() > 300;
    (is_long && !text.contains("Lorem ipsum")).then(|| Article {
        language,
        title: page["title"].as_str().unwrap_or("—").to_owned(),
        paragraphs,
        retold: None,
    })
}
