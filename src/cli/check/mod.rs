//! `gazetted check`: is this file good? The same verdict as `run`, without running.

pub(super) mod attempt;
mod cluster;
mod snapshot;
mod stage;
mod trial;
mod visit;

use std::io::{self, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::config::{Config, ConfigError, json_schema};
use crate::daemon::select;
use snapshot::Snapshots;
use trial::TrialOutcome;

/// Arguments of `gazetted check`.
#[derive(Args, Debug)]
pub(super) struct Check {
    /// The configuration
    #[arg(default_value = "feeds.toml", value_name = "FILE")]
    file: PathBuf,
    /// The configuration, as other commands are told of it
    #[arg(long, value_name = "FILE", conflicts_with = "file")]
    config: Option<PathBuf>,
    /// Print the verdict as one JSON object
    #[arg(long)]
    json: bool,
    /// Also ask for the pages of [[source.test]], and see what the rules make of them; of
    /// sources without, say what comes through, stage by stage. Of all sources, or of one, or of
    /// a channel
    #[arg(long, value_name = "ID|CHANNEL", num_args = 0..=1, require_equals = true)]
    live: Option<Option<String>>,
    /// Keep the pages of tests with a `snapshot` as that file, for tests without the network
    #[arg(long, requires = "live")]
    save: bool,
}

/// Prints the verdict: what is good on stdout, what is not on stderr.
///
/// Exits with 0, 78 if the file is not good, or 1 if a test of rules failed.
pub(super) fn run(arguments: &Check) -> anyhow::Result<ExitCode> {
    let file = arguments.config.as_ref().unwrap_or(&arguments.file);
    let loaded = Config::load(file);
    let trials = match &loaded {
        Ok(config) => tried(config, file, arguments)?,
        Err(_) => Vec::new(),
    };
    let n_failed = trials
        .iter()
        .filter(|trial| trial.failure.is_some())
        .count();
    let code = match &loaded {
        Ok(_) if n_failed > 0 => ExitCode::FAILURE,
        Ok(_) => ExitCode::SUCCESS,
        Err(_) => ExitCode::from(super::EXIT_CONFIG),
    };
    match (&loaded, arguments.json) {
        (Ok(config), true) => {
            writeln!(io::stdout(), "{}", good_as_json(config, &trials))?;
        }
        (Err(error), true) => writeln!(io::stdout(), "{}", bad_as_json(error))?,
        (Ok(config), false) => {
            for warning in &config.warnings {
                writeln!(io::stderr(), "warning: {warning}")?;
            }
            let verdict = verdict(config);
            writeln!(io::stdout(), "{} is good: {verdict}", file.display())?;
            if let Some(cluster) = &config.cluster {
                writeln!(io::stdout(), "{}", cluster::line(cluster))?;
            }
            if arguments.live.is_some() || !trials.is_empty() {
                let tests = counted(trials.len(), "test");
                writeln!(io::stdout(), "{tests} of rules, {n_failed} failed")?;
            }
        }
        (Err(error), false) if is_colourful() => write!(io::stderr(), "{}", error.coloured())?,
        (Err(error), false) => write!(io::stderr(), "{error}")?,
    }
    Ok(code)
}

/// Runs the tests of rules: on the pages as they are now, or on their snapshots.
fn tried(config: &Config, file: &Path, arguments: &Check) -> anyhow::Result<Vec<TrialOutcome>> {
    let told = |outcome: &TrialOutcome| {
        if !arguments.json {
            // A closed pipe is noticed by the verdict.
            let _ = writeln!(io::stdout(), "{}", outcome.line());
        }
    };
    let snapshots = Snapshots::beside(file);
    let Some(what) = &arguments.live else {
        return Ok(trial::of_snapshots(config, &snapshots, told));
    };
    let only = select(config, &what.iter().cloned().collect::<Vec<_>>())?;
    trial::live(config, &only, arguments.save.then_some(&snapshots), told)
}

/// Prints the schema of feeds.toml.
pub(super) fn schema() -> anyhow::Result<ExitCode> {
    writeln!(io::stdout(), "{:#}", json_schema())?;
    Ok(ExitCode::SUCCESS)
}

/// Sums up a good configuration: `12 sources in 5 channels, 1 warning`
fn verdict(config: &Config) -> String {
    let n_channels = config.channels.len() - 1; // the root is no channel to a reader
    let mut verdict = format!(
        "{} in {}",
        counted(config.sources.len(), "source"),
        counted(n_channels, "channel")
    );
    if !config.warnings.is_empty() {
        verdict.push_str(", ");
        verdict.push_str(&counted(config.warnings.len(), "warning"));
    }
    verdict
}

fn good_as_json(config: &Config, trials: &[TrialOutcome]) -> Value {
    let warnings = config.warnings.iter().map(|warning| {
        json!({
            "line": warning.line,
            "column": warning.column,
            "message": warning.message,
        })
    });
    json!({
        "good": true,
        "sources": config.sources.len(),
        "channels": config.channels.len() - 1,
        "cluster": config.cluster.as_ref().map(cluster::as_json),
        "problems": [],
        "warnings": warnings.collect::<Vec<_>>(),
        "tests": trials.iter().map(TrialOutcome::as_json).collect::<Vec<_>>(),
    })
}

fn bad_as_json(error: &ConfigError) -> Value {
    let problems = error.problems().iter().map(|problem| {
        json!({
            "file": problem.file,
            "line": problem.line,
            "column": problem.column,
            "message": problem.message,
            "help": problem.help,
        })
    });
    json!({
        "good": false,
        "problems": problems.collect::<Vec<_>>(),
        "warnings": [],
    })
}

fn is_colourful() -> bool {
    io::stderr().is_terminal() && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
}

fn counted(n: usize, thing: &str) -> String {
    match n {
        1 => format!("1 {thing}"),
        _ => format!("{n} {thing}s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_good_file_is_counted() {
        let text = "[[source]]\nid = \"a/b/c\"\nurl = \"http://a.example/\"\n\
                    [[channel]]\nid = \"x\"\n";
        let config = Config::parse("feeds.toml", text).unwrap();
        assert_eq!(verdict(&config), "1 source in 3 channels, 1 warning");
        assert_eq!(good_as_json(&config, &[])["warnings"][0]["line"], 5);
    }

    #[test]
    fn machines_are_told_where() {
        let error = Config::parse("feeds.toml", "\nx = 1\n[[source]]").unwrap_err();
        let json = bad_as_json(&error);
        assert_eq!(json["good"], false);
        assert_eq!(json["problems"][0]["line"], 2);
        assert_eq!(json["problems"][0]["column"], 1);
        assert_eq!(json["problems"].as_array().unwrap().len(), 3);
    }
}
