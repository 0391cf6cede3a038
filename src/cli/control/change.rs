//! `gazetted reload`, `pause`, `resume`, `purge`, `takedown`: what an admin changes.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::{Value, json};

use super::log::second;
use super::{Reached, Target, ask, ask_or_open, reach};
use crate::cli::EXIT_CONFIG;
use crate::clock;
use crate::config::Config;
use crate::daemon::{Pauses, Request, select};

/// Arguments of `gazetted reload`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Reload {
    #[command(flatten)]
    target: Target,
}

/// Arguments of `gazetted plan`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Plan {
    /// The changed file [default: that of --config]
    file: Option<PathBuf>,
    #[command(flatten)]
    target: Target,
}

/// Arguments of `gazetted pause` and `resume`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Pause {
    /// Ids of sources, or channels
    #[arg(required_unless_present = "all", value_name = "ID|CHANNEL")]
    what: Vec<String>,
    /// All sources
    #[arg(long, conflicts_with = "what")]
    all: bool,
    #[command(flatten)]
    target: Target,
}

/// Arguments of `gazetted purge`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Purge {
    /// The id of the source
    source: String,
    #[command(flatten)]
    target: Target,
}

/// Arguments of `gazetted takedown`.
#[derive(Args, Debug)]
pub(in crate::cli) struct TakedownArgs {
    /// The id of the story, or the address of one of its copies
    #[arg(required_unless_present = "list", value_name = "STORY|URL")]
    story: Option<String>,
    /// The reason, for the log and for feed readers
    #[arg(long, default_value = "", hide_default_value = true)]
    reason: String,
    /// Let readers have it again
    #[arg(long, conflicts_with = "reason")]
    undo: bool,
    /// Show what was taken down
    #[arg(long, conflicts_with_all = ["story", "undo", "reason"])]
    list: bool,
    #[command(flatten)]
    target: Target,
}

/// Lets the daemon read feeds.toml again. Exits with 78 if it is not good.
pub(super) fn reload(arguments: &Reload) -> anyhow::Result<ExitCode> {
    let Target { place, json } = &arguments.target;
    let answer = ask(place, &Request::Reload)?.one();
    match answer {
        Ok(answer) => {
            let words = format!("in force, with {}", counted(&answer["sources"], "source"));
            say(*json, &answer, &words)?;
            Ok(ExitCode::SUCCESS)
        }
        Err(why) => {
            match json {
                true => writeln!(io::stdout(), "{}", json!({"error": why.to_string()}))?,
                false => eprintln!("gazetted: {why:#}"),
            }
            Ok(ExitCode::from(EXIT_CONFIG))
        }
    }
}

/// Prints what a file would change, a line each. Exits with 78 if it is not good.
pub(super) fn plan(arguments: &Plan) -> anyhow::Result<ExitCode> {
    let Target { place, json } = &arguments.target;
    let file = arguments.file.as_deref().unwrap_or(place.config());
    if let Err(problems) = Config::load(file) {
        eprint!("{problems}");
        return Ok(ExitCode::from(EXIT_CONFIG));
    }
    let file = file.canonicalize()?;
    let mut n_changes = 0;
    for line in ask(place, &Request::Plan { file })? {
        let line = line?;
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let words = format!(
            "{:<8}  {}  {}",
            text("change"),
            text("subject"),
            text("what")
        );
        say(*json, &line, &words)?;
        n_changes += 1;
    }
    if n_changes == 0 && !json {
        println!("nothing would change");
    }
    Ok(ExitCode::SUCCESS)
}

/// Lets sources rest.
pub(super) fn pause(arguments: &Pause) -> anyhow::Result<ExitCode> {
    let what = arguments.what.clone();
    set(arguments, &Request::Pause { what }, "paused")
}

/// Lets sources go on.
pub(super) fn resume(arguments: &Pause) -> anyhow::Result<ExitCode> {
    let what = arguments.what.clone();
    set(arguments, &Request::Resume { what }, "resumed")
}

fn set(arguments: &Pause, request: &Request, word: &str) -> anyhow::Result<ExitCode> {
    let Target { place, json } = &arguments.target;
    let answer = match reach(place, request)? {
        Reached::Daemon(answer) => answer.one()?,
        // A store is held, so that no daemon reads which sources rest while that changes.
        Reached::Store(_) | Reached::Nobody => {
            let config = Config::load(place.config())?;
            let sources = select(&config, &arguments.what)?;
            let mut pauses =
                Pauses::open(&place.dir()).context("cannot read which sources rest")?;
            let now = matches!(request, Request::Pause { .. }).then(clock::now);
            let n_changed = pauses.set(&sources, &config, now);
            let n_changed = n_changed.context("cannot write which sources rest")?;
            json!({ word: n_changed })
        }
    };
    let words = match answer[word].as_u64() {
        Some(0) => format!("nothing changed: all were {word} before"),
        _ => format!("{word} {}", counted(&answer[word], "source")),
    };
    say(*json, &answer, &words)?;
    Ok(ExitCode::SUCCESS)
}

/// Removes what a source has brought.
pub(super) fn purge(arguments: &Purge) -> anyhow::Result<ExitCode> {
    let source = arguments.source.clone();
    let answers = ask_or_open(&arguments.target.place, &Request::Purge { source })?;
    for answer in answers {
        let removed = format!(
            "removed {} and {}",
            counted(&answer["items"], "item"),
            counted(&answer["stories"], "story")
        );
        let words = match answer["kept"].as_u64() {
            Some(0) | None => removed,
            _ => format!(
                "{removed}; others carried {} too, without these copies they stay",
                counted(&answer["kept"], "story")
            ),
        };
        say(arguments.target.json, &answer, &words)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Takes a story down, puts it back, or lists what is down.
pub(super) fn take_down(arguments: &TakedownArgs) -> anyhow::Result<ExitCode> {
    let Target { place, json } = &arguments.target;
    let Some(story) = &arguments.story else {
        for line in ask_or_open(place, &Request::Takedowns)? {
            let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
            let words = format!(
                "{}  {}  {}  {}",
                second(&text("at")),
                text("story"),
                text("title"),
                text("reason")
            );
            say(*json, &line, words.trim_end())?;
        }
        return Ok(ExitCode::SUCCESS);
    };
    let request = Request::Takedown {
        story: story.clone(),
        reason: arguments.reason.clone(),
        undo: arguments.undo,
    };
    for answer in ask_or_open(place, &request)? {
        say(*json, &answer, &in_words(&answer))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Formats what was taken down, or put back, with its copies.
fn in_words(answer: &Value) -> String {
    let mut lines = Vec::new();
    for story in answer["stories"].as_array().into_iter().flatten() {
        let text = |key: &str| story[key].as_str().unwrap_or_default();
        let done = match story["down"] == Value::Bool(true) {
            true => "taken down",
            false => "put back",
        };
        lines.push(format!("{done} {}: {}", text("story"), text("title")));
        for copy in story["copies"].as_array().into_iter().flatten() {
            let text = |key: &str| copy[key].as_str().unwrap_or("-");
            lines.push(format!("  {}  {}", text("source"), text("url")));
        }
    }
    lines.join("\n")
}

/// Formats a number with what is counted: `1 story`, `2 stories`.
fn counted(n: &Value, thing: &str) -> String {
    match (n.as_u64().unwrap_or_default(), thing.strip_suffix('y')) {
        (1, _) => format!("1 {thing}"),
        (n, Some(stem)) => format!("{n} {stem}ies"),
        (n, None) => format!("{n} {thing}s"),
    }
}

fn say(is_json: bool, answer: &Value, words: &str) -> io::Result<()> {
    match is_json {
        true => writeln!(io::stdout(), "{answer}"),
        false => writeln!(io::stdout(), "{words}"),
    }
}
