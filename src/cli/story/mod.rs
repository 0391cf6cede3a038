//! `gazetted story`: why items are one story, and an admin's last word on it.

use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use serde_json::Value;

use super::store::state_dir::StateDir;
use crate::clock;
use crate::config::Config;
use crate::daemon::{CONTROL, correct};
use crate::store::Store;
use crate::telemetry;

/// Commands of `gazetted story`.
#[derive(Debug, Subcommand)]
pub(super) enum Story {
    /// Say why two items are one story, or are not, with the figures
    #[command(after_help = "\
Example:
  gazetted story explain 61d7…9a 0f3c…77

An id is what stands behind /story/ in an address, or `item` in a JSON feed.
Exits with 0 if they are one story, 1 if not.")]
    Explain(Two),
    /// Take a copy out of a story, for good
    #[command(after_help = "\
Example:
  gazetted story split 61d7…9a 0f3c…77

The first id is that of the story, the second that of the copy (`explain` and the
JSON feed name it). The copy that a story began with keeps its address; then the
others move. Works while the daemon runs, and when it does not.")]
    Split(Two),
    /// Make two stories one, for good; the first one stays
    #[command(after_help = "\
Example:
  gazetted story join 61d7…9a 0f3c…77

The address of the second one leads to the first from then on.")]
    Join(Two),
    /// Choose anew which copy of each story is shown, by the priorities of feeds.toml
    #[command(after_help = "\
Example:
  gazetted story rechoose

A copy keeps the rank that its source had when it came, until it comes again. After
`priority` has changed this ranks all copies of all stories anew; stories that show
another one then are updated for readers. A running daemon goes by the feeds.toml that
it has read last.")]
    Rechoose(Rechoose),
}

/// Arguments of `explain`, `split` and `join`: two ids.
#[derive(Args, Debug)]
pub(super) struct Two {
    /// A story or one of its copies
    one: String,
    /// Another one
    other: String,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: StateDir,
}

/// Arguments of `rechoose`.
#[derive(Args, Debug)]
pub(super) struct Rechoose {
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: StateDir,
}

/// Runs the command. `explain` exits with 1 if the two items are two stories.
pub(super) fn run(story: &Story) -> anyhow::Result<ExitCode> {
    telemetry::init("warn");
    match story {
        Story::Explain(two) => {
            let answer = two.ask("explain")?;
            match two.json {
                true => println!("{answer}"),
                false => print!("{}", in_words(&answer)),
            }
            Ok(match answer["one_story"] == Value::Bool(true) {
                true => ExitCode::SUCCESS,
                false => ExitCode::FAILURE,
            })
        }
        Story::Split(two) => say(two, "split", "the copy is now in story"),
        Story::Join(two) => say(two, "join", "both are now story"),
        Story::Rechoose(rechoose) => {
            let answer = ask(&rechoose.place, "rechoose")?;
            match rechoose.json {
                true => println!("{answer}"),
                false => println!("{} stories show another copy", answer["stories"]),
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

fn say(two: &Two, verb: &str, done: &str) -> anyhow::Result<ExitCode> {
    let answer = two.ask(verb)?;
    match two.json {
        true => println!("{answer}"),
        false => println!("{done} {}", answer["story"].as_str().unwrap_or_default()),
    }
    Ok(ExitCode::SUCCESS)
}

/// Sends `words` to the daemon's control socket; where none is running, opens the
/// store.
fn ask(place: &StateDir, words: &str) -> anyhow::Result<Value> {
    let dir = place.dir();
    match UnixStream::connect(dir.join(CONTROL)) {
        Ok(line) => ask_daemon(line, words),
        Err(_) => ask_store(&dir, place.checked().as_ref(), words),
    }
}

impl Two {
    fn ask(&self, verb: &str) -> anyhow::Result<Value> {
        ask(&self.place, &format!("{verb} {} {}", self.one, self.other))
    }
}

/// Sends `words` to the daemon and reads its answer.
pub(super) fn ask_daemon(line: UnixStream, words: &str) -> anyhow::Result<Value> {
    writeln!(&line, "{words}")?;
    let mut answer = BufReader::new(line);
    let mut said = String::new();
    answer.by_ref().take(1000).read_line(&mut said)?;
    if said.trim() != "ok" {
        bail!("{}", said.trim());
    }
    let mut rest = String::new();
    answer.read_to_string(&mut rest)?;
    serde_json::from_str(&rest).context("the daemon broke off; its log says why")
}

fn ask_store(dir: &Path, config: Option<&Config>, words: &str) -> anyhow::Result<Value> {
    let now = clock::now();
    let store = Store::open_existing(dir, now)?;
    correct((&store, None), config, words, now)
}

fn in_words(answer: &Value) -> String {
    let mut text = String::new();
    let mut line = |name: &str, value: String| text.push_str(&format!("{name:<34}{value}\n"));
    let verdict = match answer["one_story"] == Value::Bool(true) {
        true => "one story",
        false => "two stories",
    };
    let shown = |value: &Value| match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    line(verdict, shown(&answer["why"]));
    for item in answer["items"].as_array().into_iter().flatten() {
        line("", String::new());
        for name in ["title", "source", "url", "at", "item", "story"] {
            line(name, shown(&item[name]));
        }
    }
    line("", String::new());
    for (name, value) in answer["figures"].as_object().into_iter().flatten() {
        line(
            &name.replace('_', " "),
            match value {
                Value::Object(tally) => {
                    format!(
                        "{} the same, {} contradicting",
                        tally["same"], tally["contradicting"]
                    )
                }
                other => shown(other),
            },
        );
    }
    text.lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}
