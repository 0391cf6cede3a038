//! `gazetted fsck`: does everything in the store agree?

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::state_dir::StateDir;
use crate::clock;
use crate::store::{Damage, Findings, Mode, Store, StoreError};
use crate::telemetry;

/// Exit code of fsck(8): all that did not agree was mended.
const EXIT_MENDED: u8 = 1;
/// Exit code of fsck(8): something does not agree, or cannot be read.
const EXIT_LEFT: u8 = 4;
/// Exit code of fsck(8): the store could not be checked.
const EXIT_FAILED: u8 = 8;

/// Arguments of `gazetted fsck`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Fsck {
    #[command(flatten)]
    place: StateDir,
    /// Mend what can be derived: indexes, stories, the ledger
    #[arg(long)]
    repair: bool,
    /// Print the findings as one JSON object
    #[arg(long)]
    json: bool,
}

/// Checks, and with `--repair` mends, a store that no daemon is using.
pub(in crate::cli) fn run(arguments: &Fsck) -> anyhow::Result<ExitCode> {
    telemetry::init("warn");
    let mode = match arguments.repair {
        true => Mode::Mend,
        false => Mode::Look,
    };
    let found = match check(arguments, mode) {
        Ok(found) => found,
        Err(why) => {
            eprintln!("gazetted: {why}");
            return Ok(ExitCode::from(EXIT_FAILED));
        }
    };
    match arguments.json {
        true => writeln!(io::stdout(), "{:#}", as_json(&found))?,
        false => tell(&found, mode)?,
    }
    Ok(ExitCode::from(verdict(&found)))
}

fn check(arguments: &Fsck, mode: Mode) -> Result<Findings, StoreError> {
    let dir = arguments.place.dir();
    // Who only looks leaves everything as it is.
    let store = match mode {
        Mode::Look => Store::open_copy(&dir, clock::now())?,
        Mode::Mend => Store::open_existing(&dir, clock::now())?,
    };
    store.check(mode, &|what| {
        if !arguments.json {
            eprintln!("checking {what}");
        }
    })
}

/// Chooses the exit code: 4 if something is left, 1 if all is mended, 0 if all agrees.
fn verdict(found: &Findings) -> u8 {
    let is_unreadable = |damage: &Damage| matches!(damage, Damage::Unreadable { .. });
    if found.n_left() > 0 || found.n_mended == 0 && found.damage.iter().any(is_unreadable) {
        EXIT_LEFT
    } else if found.n_mended > 0 {
        EXIT_MENDED
    } else {
        0
    }
}

fn tell(found: &Findings, mode: Mode) -> io::Result<()> {
    let mut out = io::stdout().lock();
    for finding in &found.findings {
        writeln!(out, "{}: {}", finding.code, finding.what)?;
    }
    for damage in &found.damage {
        writeln!(out, "damaged: {damage}")?;
    }
    writeln!(
        out,
        "{} volumes, {} items, {} stories, {} sources: {}",
        found.volumes,
        found.items,
        found.stories,
        found.sources,
        match (found.n_findings, found.n_left()) {
            (0, _) if found.damage.is_empty() => "all agree".to_owned(),
            (0, _) => "what is left agrees, after the damage above".to_owned(),
            (all, 0) => format!("{all} things did not agree, all mended"),
            (all, left) if mode == Mode::Mend =>
                format!("{all} things did not agree, {left} cannot be mended"),
            (all, _) => format!("{all} things do not agree; --repair mends what can be derived"),
        }
    )
}

fn as_json(found: &Findings) -> Value {
    let findings = found.findings.iter();
    let damage = found.damage.iter();
    json!({
        "volumes": found.volumes,
        "items": found.items,
        "stories": found.stories,
        "sources": found.sources,
        "findings": findings
            .map(|finding| json!({"code": finding.code, "what": finding.what}))
            .collect::<Vec<_>>(),
        "found": found.n_findings,
        "mended": found.n_mended,
        "left": found.n_left(),
        "damage": damage.map(ToString::to_string).collect::<Vec<_>>(),
    })
}
