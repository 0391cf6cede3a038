//! `gazetted poll` and `release`: sources are polled now.

use std::process::ExitCode;

use clap::Args;

use super::log::print;
use super::{Target, ask};
use crate::daemon::Request;

/// Arguments of `gazetted poll`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Poll {
    /// Ids of sources, or channels
    #[arg(required_unless_present = "all", value_name = "ID|CHANNEL")]
    what: Vec<String>,
    /// All sources
    #[arg(long, conflicts_with = "what")]
    all: bool,
    #[command(flatten)]
    target: Target,
}

/// Arguments of `gazetted release`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Release {
    /// Ids of sources, or channels
    #[arg(required = true, value_name = "ID|CHANNEL")]
    what: Vec<String>,
    #[command(flatten)]
    target: Target,
}

/// Polls sources and prints a line for each. Exits with 1 if one of them is in trouble, or was not
/// polled.
pub(super) fn poll(arguments: &Poll) -> anyhow::Result<ExitCode> {
    order(&arguments.what, false, &arguments.target)
}

/// Polls sources as [`poll`] does, and takes what comes as it is.
pub(super) fn release(arguments: &Release) -> anyhow::Result<ExitCode> {
    order(&arguments.what, true, &arguments.target)
}

fn order(what: &[String], release: bool, target: &Target) -> anyhow::Result<ExitCode> {
    let what = what.to_vec();
    let mut is_good = true;
    for line in ask(&target.place, &Request::Poll { what, release })? {
        let line = line?;
        is_good &= line["message"].is_null() && line["waits"].is_null();
        print(&line, target.json)?;
    }
    Ok(match is_good {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
