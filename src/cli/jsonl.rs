//! JSON Lines: one JSON object in, one out, by which the page commands are measured.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use bytes::Bytes;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use crate::clock;
use crate::model::{Document, WebUrl};
use crate::source::{Setting, gate::Limits};

/// Time zone of dates that name none.
const ZONE: &str = "Asia/Shanghai";

/// Address of pages whose own is unknown or no web address.
const NOWHERE: &str = "https://unknown.invalid/";

/// Question of one line: an id to repeat, a saved page, and its address and media type.
#[derive(Debug, Deserialize)]
pub(super) struct Question {
    pub(super) id: String,
    pub(super) file: PathBuf,
    pub(super) url: String,
    pub(super) content_type: Option<String>,
}

/// Answers every line of standard input on standard output.
///
/// # Errors
///
/// If a line is no question, `reply` fails, or the output is closed. Lines before it are
/// answered.
pub(super) fn answer_all<A: Serialize>(
    reply: impl Fn(&Question, &Setting<'_>) -> anyhow::Result<A>,
) -> anyhow::Result<ExitCode> {
    let (input, output) = (io::stdin().lock(), io::BufWriter::new(io::stdout().lock()));
    with_setting(|setting| answer(input, output, |question| reply(question, setting)))??;
    Ok(ExitCode::SUCCESS)
}

/// Answers every line of `input` with a line of `output`; empty lines are skipped.
fn answer<A: Serialize>(
    input: impl BufRead,
    mut output: impl Write,
    reply: impl Fn(&Question) -> anyhow::Result<A>,
) -> anyhow::Result<()> {
    for line in input.lines() {
        let line = line.context("cannot read standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        let question: Question =
            serde_json::from_str(&line).with_context(|| format!("not a question: {line}"))?;
        let answer = reply(&question)?;
        serde_json::to_writer(&mut output, &answer)?;
        writeln!(output)?;
    }
    output.flush()?;
    Ok(())
}

/// Reads the page in a file, as if it had been fetched from `url`.
pub(super) fn document(
    file: &Path,
    url: &str,
    content_type: Option<String>,
) -> anyhow::Result<Document> {
    let body = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    let url = WebUrl::parse(url).or_else(|| WebUrl::parse(NOWHERE));
    let url = url.expect("a constant address");
    Ok(Document {
        url,
        content_type,
        content_language: None,
        robots: Vec::new(),
        body: Bytes::from(body),
    })
}

/// Calls `read` with the setting of all page commands: the present time, zone Asia/Shanghai,
/// default limits.
pub(super) fn with_setting<T>(read: impl FnOnce(&Setting<'_>) -> T) -> anyhow::Result<T> {
    let zone = TimeZone::get(ZONE).context("the time zone database is missing")?;
    Ok(read(&Setting {
        now: clock::now(),
        zone: &zone,
        encoding: None,
        limits: Limits::default(),
    }))
}

/// Formats a moment in ISO 8601 local time, as exact as it was given: day, minute or second.
pub(super) fn iso(moment: &crate::model::Moment, zone: &TimeZone) -> String {
    use crate::model::Precision;
    let civil = zone.to_datetime(moment.at);
    let format = match moment.precision {
        Precision::Day => "%Y-%m-%d",
        Precision::Minute => "%Y-%m-%dT%H:%M",
        Precision::Second => "%Y-%m-%dT%H:%M:%S",
    };
    civil.strftime(format).to_string()
}
