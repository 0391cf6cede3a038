//! `gazetted links`: the list of news on a page, without rules.

use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;

use super::jsonl::{self, Question};
use crate::model::{Document, Draft};
use crate::source::page::{Rules, list};
use crate::source::{ReadError, Setting};

/// List, as a line of JSON.
#[derive(Debug, Serialize)]
struct Answer {
    id: String,
    links: Vec<Link>,
}

/// Entry of a list.
#[derive(Debug, Serialize)]
struct Link {
    url: String,
    title: Option<String>,
    published: Option<String>,
}

/// Answers questions on standard input until it ends.
///
/// # Errors
///
/// If a line is no question, or names a file that cannot be read.
pub(super) fn run_lines() -> anyhow::Result<ExitCode> {
    jsonl::answer_all(reply)
}

/// Prints the list in `file`, a page that came from `url`.
///
/// # Errors
///
/// If the file cannot be read, or holds no page.
pub(super) fn run(file: &Path, url: &str) -> anyhow::Result<ExitCode> {
    let document = jsonl::document(file, url, None)?;
    let links = jsonl::with_setting(|setting| read(&document, setting))??;
    for link in links {
        let published = link.published.as_deref().unwrap_or("-");
        let title = link.title.as_deref().unwrap_or("-");
        println!("{published:16} {title}\n{:16} {}", "", link.url);
    }
    Ok(ExitCode::SUCCESS)
}

fn reply(question: &Question, setting: &Setting<'_>) -> anyhow::Result<Answer> {
    let content_type = question.content_type.clone();
    let document = jsonl::document(&question.file, &question.url, content_type)?;
    Ok(Answer {
        id: question.id.clone(),
        // A page that cannot be read has no list; the next one may.
        links: read(&document, setting).unwrap_or_default(),
    })
}

fn read(document: &Document, setting: &Setting<'_>) -> Result<Vec<Link>, ReadError> {
    let rules = Rules::default();
    let reading = list::read(&rules, document, setting)?;
    let link = |draft: Draft| {
        Some(Link {
            url: draft.link?.as_str().to_owned(),
            title: draft.title,
            published: draft
                .published
                .map(|moment| jsonl::iso(&moment, setting.zone)),
        })
    };
    Ok(reading.drafts.into_iter().filter_map(link).collect())
}
