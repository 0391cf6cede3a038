//! `gazetted parse-date`: the date in a piece of text.
//!
//! With a text, for people. Without one, a protocol for programs: `{"id",
//! "text", "now"}` per line on standard input, `{"id", "published"}` per line
//! on standard output.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use anyhow::Context;
use jiff::{Timestamp, fmt::temporal::Pieces, tz::TimeZone};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::clock;
use crate::model::Precision;
use crate::text::date::{FoundDate, find};

/// Time zone of a text without `now`, and of texts for people.
const ZONE: &str = "Asia/Shanghai";

/// Request of one line: an id to repeat, the text, and the time that relative dates count
/// from.
#[derive(Deserialize)]
struct Request {
    id: Value,
    text: String,
    now: Option<String>,
}

/// Answer of one line; `published` is null if there is no date in the text.
#[derive(Serialize)]
struct Answer {
    id: Value,
    published: Option<String>,
}

/// Prints the date in `text`. Exits with 1 if there is none.
///
/// # Errors
///
/// If standard output is closed.
pub(in crate::cli) fn run(text: &str) -> anyhow::Result<ExitCode> {
    let found = find(text, clock::now(), &home()?);
    let mut output = io::stdout().lock();
    match found {
        Some(found) => writeln!(output, "{}", iso(&found))?,
        None => writeln!(output, "there is no date in this text")?,
    }
    Ok(if found.is_some() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Answers requests on standard input until it ends.
///
/// # Errors
///
/// If a line is no request, or standard output is closed.
pub(in crate::cli) fn run_lines() -> anyhow::Result<ExitCode> {
    let mut output = io::BufWriter::new(io::stdout().lock());
    for line in io::stdin().lock().lines() {
        let line = line.context("cannot read standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        let request: Request = serde_json::from_str(&line).context("this is no request")?;
        let (now, zone) = match &request.now {
            Some(now) => instant(now)?,
            None => (clock::now(), home()?),
        };
        let published = find(&request.text, now, &zone).map(|found| iso(&found));
        serde_json::to_writer(
            &mut output,
            &Answer {
                id: request.id,
                published,
            },
        )?;
        writeln!(output)?;
    }
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn home() -> anyhow::Result<TimeZone> {
    TimeZone::get(ZONE).context("the time zone database is missing")
}

/// Parses an instant, and the zone that it was written in (UTC if it names none).
fn instant(text: &str) -> anyhow::Result<(Timestamp, TimeZone)> {
    let now: Timestamp = text
        .parse()
        .with_context(|| format!("not an instant: {text}"))?;
    let offset = Pieces::parse(text)
        .ok()
        .and_then(|pieces| pieces.to_numeric_offset());
    Ok((
        now,
        offset.map_or(TimeZone::UTC, |offset| offset.to_time_zone()),
    ))
}

/// Formats a date in ISO 8601, as exact as it was written, with the offset that was written.
fn iso(found: &FoundDate) -> String {
    let format = match found.precision {
        Precision::Day => return found.civil.date().to_string(),
        Precision::Minute => "%Y-%m-%dT%H:%M",
        Precision::Second => "%Y-%m-%dT%H:%M:%S",
    };
    let mut text = found.civil.strftime(format).to_string();
    if let Some(offset) = found.offset {
        let minutes = offset.seconds() / 60;
        let sign = if minutes < 0 { '-' } else { '+' };
        let (hours, minutes) = (minutes.abs() / 60, minutes.abs() % 60);
        text.push_str(&format!("{sign}{hours:02}:{minutes:02}"));
    }
    text
}
