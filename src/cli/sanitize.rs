//! `gazetted sanitize`: what readers get of a piece of markup.
//!
//! A protocol for programs: `{"id", "html", "base_url"}` per line on standard
//! input, `{"id", "html"}` per line on standard output.

use std::io::{self, BufRead, Write};
use std::process::ExitCode;

use anyhow::Context;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{SafeHtml, WebUrl};
use crate::text::html::sanitize;

/// Request of one line: an id to repeat, markup, and the address that its links are relative
/// to.
#[derive(Deserialize)]
struct Request {
    id: Value,
    html: String,
    base_url: Option<String>,
}

#[derive(Serialize)]
struct Answer<'a> {
    id: Value,
    html: &'a str,
}

/// Answers requests on standard input until it ends.
///
/// # Errors
///
/// If a line is no request, or standard output is closed.
pub(super) fn run_lines() -> anyhow::Result<ExitCode> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let line = line.context("cannot read standard input")?;
        if line.trim().is_empty() {
            continue;
        }
        let Request { id, html, base_url } =
            serde_json::from_str(&line).context("this is no request")?;
        let safe = clean(&html, base_url.as_deref());
        let html = safe.as_str();
        serde_json::to_writer(&mut output, &Answer { id, html })?;
        writeln!(output)?;
        output.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn clean(html: &str, base: Option<&str>) -> SafeHtml {
    sanitize(html, base.and_then(WebUrl::parse).as_ref())
}
