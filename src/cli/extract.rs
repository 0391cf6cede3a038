//! `gazetted extract`: the article on a page, without rules.

use std::path::Path;
use std::process::ExitCode;

use jiff::tz::TimeZone;
use serde::Serialize;

use super::jsonl::{self, Question};
use crate::model::{Article, Document};
use crate::source::page::ArticleRules;
use crate::source::{self, Setting};
use crate::text::html::to_text;

/// Article, as a line of JSON. Absent fields are null.
#[derive(Debug, Default, Serialize)]
struct Answer {
    id: String,
    title: Option<String>,
    published: Option<String>,
    author: Vec<String>,
    source: Option<String>,
    text: Option<String>,
    html: Option<String>,
    image: Option<String>,
}

/// Answers questions on standard input until it ends.
///
/// # Errors
///
/// If a line is no question, or names a file that cannot be read.
pub(super) fn run_lines() -> anyhow::Result<ExitCode> {
    jsonl::answer_all(reply)
}

/// Prints the article in `file`, a page that came from `url`.
///
/// # Errors
///
/// If the file cannot be read, or holds no page.
pub(super) fn run(file: &Path, url: &str) -> anyhow::Result<ExitCode> {
    let document = jsonl::document(file, url, None)?;
    let answer = jsonl::with_setting(|setting| read(&document, setting))??;
    let fields = [
        ("title", answer.title),
        ("published", answer.published),
        ("source", answer.source),
        (
            "author",
            Some(answer.author.join(", ")).filter(|names| !names.is_empty()),
        ),
        ("image", answer.image),
    ];
    for (name, value) in fields {
        println!("{name:10} {}", value.as_deref().unwrap_or("-"));
    }
    println!("\n{}", answer.text.unwrap_or_default());
    Ok(ExitCode::SUCCESS)
}

fn reply(question: &Question, setting: &Setting<'_>) -> anyhow::Result<Answer> {
    let content_type = question.content_type.clone();
    let document = jsonl::document(&question.file, &question.url, content_type)?;
    // A page that cannot be read has no article; the next one may.
    let answer = read(&document, setting).unwrap_or_default();
    Ok(Answer {
        id: question.id.clone(),
        ..answer
    })
}

fn read(document: &Document, setting: &Setting<'_>) -> Result<Answer, source::ReadError> {
    let article = source::read_article(&ArticleRules::default(), document, setting)?;
    let zone = zone_of(&article, setting);
    Ok(Answer {
        id: String::new(),
        published: article.published.map(|moment| jsonl::iso(&moment, &zone)),
        text: article.content.as_deref().map(to_text),
        image: article.figures.into_iter().next().map(|figure| figure.url),
        title: article.title,
        author: article.authors,
        source: article.origin,
        html: article.content,
    })
}

/// Chooses the zone in which dates are shown: the offset they were written with, else that of
/// the setting.
fn zone_of(article: &Article, setting: &Setting<'_>) -> TimeZone {
    article
        .offset
        .map_or_else(|| setting.zone.clone(), |offset| offset.to_time_zone())
}
