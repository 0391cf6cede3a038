//! `gazetted parse`: what is in a feed.
//!
//! With a file, for people. Without one, a protocol for programs: one JSON
//! request per line on standard input, one JSON answer per line on standard
//! output, in the same order.

use std::io::{self, BufRead, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use jiff::tz::TimeZone;
use serde::Deserialize;
use serde_json::{Map, Value, json};

use crate::clock;
use crate::model::{Document, WebUrl};
use crate::source::gate::Limits;
use crate::source::{ReadError, Reading, Setting, feed};

mod answer;

/// What to read.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct Args {
    /// The feed; without it, requests are read from standard input.
    pub(super) file: Option<PathBuf>,
    /// Where the feed came from, for relative links.
    #[arg(long)]
    pub(super) url: Option<String>,
    /// Print JSON.
    #[arg(long)]
    pub(super) json: bool,
}

/// One line of standard input.
#[derive(Deserialize)]
struct Request {
    id: Value,
    file: PathBuf,
    content_type: Option<String>,
    #[serde(default)]
    headers: Map<String, Value>,
    base_url: Option<String>,
}

/// Reads what `args` name, prints what is in it.
///
/// # Errors
///
/// When a file cannot be read or the output is closed.
pub(super) fn run(args: &Args) -> anyhow::Result<ExitCode> {
    let mut out = io::stdout().lock();
    let Some(file) = &args.file else {
        return answer_all(io::stdin().lock(), &mut out);
    };
    let body = std::fs::read(file).with_context(|| format!("cannot read {}", file.display()))?;
    match read(body, None, None, args.url.as_deref()) {
        Ok(reading) if args.json => {
            serde_json::to_writer_pretty(&mut out, &answer::of(&reading))?;
            writeln!(out)?;
        }
        Ok(reading) => answer::summary(&reading, &mut out)?,
        Err(error) => {
            tell(file, &error, &mut out)?;
            return Ok(ExitCode::FAILURE);
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn answer_all(requests: impl BufRead, out: &mut impl Write) -> anyhow::Result<ExitCode> {
    for line in requests.lines() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let request: Request = serde_json::from_str(&line).context("this is no request")?;
        let id = request.id.clone();
        let mut answer = match answer_one(request) {
            Ok(reading) => answer::of(&reading),
            Err(error) => json!({ "error": error.to_string() }),
        };
        answer["id"] = id;
        serde_json::to_writer(&mut *out, &answer)?;
        writeln!(out)?;
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn answer_one(request: Request) -> anyhow::Result<Reading> {
    let header = |wanted: &str| {
        let (_, value) = request
            .headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))?;
        value.as_str().map(str::to_owned)
    };
    let body = std::fs::read(&request.file)?;
    let language = header("Content-Language");
    Ok(read(
        body,
        request.content_type.clone(),
        language,
        request.base_url.as_deref(),
    )?)
}

fn read(
    body: Vec<u8>,
    content_type: Option<String>,
    content_language: Option<String>,
    url: Option<&str>,
) -> Result<Reading, ReadError> {
    let setting = Setting {
        now: clock::now(),
        zone: &TimeZone::UTC,
        encoding: None,
        limits: Limits::default(),
    };
    let known = url.and_then(WebUrl::parse);
    let nowhere = || WebUrl::parse("http://unknown.invalid/").expect("this is a web address");
    let is_known = known.is_some();
    let document = Document {
        url: known.unwrap_or_else(nowhere),
        content_type,
        content_language,
        body: body.into(),
    };
    match is_known {
        true => feed::read(&document, &setting),
        false => feed::read_detached(&document, &setting),
    }
}

fn tell(file: &Path, error: &ReadError, out: &mut impl Write) -> io::Result<()> {
    writeln!(out, "{}: {error}", file.display())
}
