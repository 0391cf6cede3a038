//! `gazetted log`: the last polls of a source; and a poll in words.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde_json::Value;

use super::{Target, ask};
use crate::daemon::Request;

/// Arguments of `gazetted log`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Log {
    /// The id of the source
    source: String,
    #[command(flatten)]
    target: Target,
}

/// Prints a line for each poll, the last one at the end.
pub(super) fn run(arguments: &Log) -> anyhow::Result<ExitCode> {
    let source = arguments.source.clone();
    let mut n_lines = 0;
    for line in ask(&arguments.target.place, &Request::Log { source })? {
        print(&line?, arguments.target.json)?;
        n_lines += 1;
    }
    if n_lines == 0 && !arguments.target.json {
        eprintln!(
            "{} was not polled since the daemon started",
            arguments.source
        );
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints the line of a poll.
pub(super) fn print(record: &Value, is_json: bool) -> io::Result<()> {
    match is_json {
        true => writeln!(io::stdout(), "{record}"),
        false => writeln!(io::stdout(), "{}", in_words(record)),
    }
}

/// Formats a poll: time, source, what came or what is wrong, and when the next is due, as in
/// `2026-11-29T12:00:00Z  a/one  3 new, 1 changed of 20 entries, 120 ms; next 2026-11-29T12:30:00Z`
fn in_words(record: &Value) -> String {
    let text = |key: &str| record[key].as_str();
    if let Some(n) = record["missed"].as_u64() {
        return format!("… {n} polls were missed");
    }
    let source = text("source").unwrap_or_default();
    if let Some(why) = text("waits") {
        return format!("{source}  {why}");
    }
    let count = |key: &str| record[key].as_u64().unwrap_or_default();
    let what = match (text("message"), text("outcome")) {
        (Some(message), Some(code)) => format!("{code}: {message}"),
        (_, Some("unchanged")) => "unchanged".to_owned(),
        _ => format!(
            "{} new, {} changed of {} entries",
            count("new"),
            count("changed"),
            count("entries")
        ),
    };
    let held = match count("held") {
        0 => String::new(),
        n => format!(", {n} held back"),
    };
    let due = match text("due") {
        Some(due) => format!("next {}", second(due)),
        None => "not polled any more".to_owned(),
    };
    format!(
        "{}  {source}  {what}{held}, {} ms; {due}",
        second(text("at").unwrap_or_default()),
        count("took_ms")
    )
}

/// Cuts a time at its seconds.
pub(super) fn second(at: &str) -> String {
    match at.split_once('.') {
        Some((seconds, _)) => format!("{seconds}Z"),
        None => at.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_poll_is_one_line() {
        let good = json!({"source": "a/one", "at": "2026-11-29T12:00:00.5Z", "outcome": "read",
            "message": null, "new": 3, "changed": 1, "held": 0, "entries": 20, "took_ms": 120,
            "due": "2026-11-29T12:30:00Z"});
        assert_eq!(
            in_words(&good),
            "2026-11-29T12:00:00Z  a/one  3 new, 1 changed of 20 entries, 120 ms; next 2026-11-29T12:30:00Z"
        );
        let bad = json!({"source": "a/one", "at": "2026-11-29T12:00:00Z", "outcome": "held_back",
            "message": "all is new", "held": 9, "took_ms": 5, "due": null});
        assert_eq!(
            in_words(&bad),
            "2026-11-29T12:00:00Z  a/one  held_back: all is new, 9 held back, 5 ms; not polled any more"
        );
    }
}
