//! `gazetted retain`: what is too old goes, if an admin says so.

use std::os::unix::net::UnixStream;
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use super::state_dir::StateDir;
use crate::cli::EXIT_CONFIG;
use crate::cli::story::ask_daemon;
use crate::clock;
use crate::config::Config;
use crate::daemon::CONTROL;
use crate::store::{Retention, Store};
use crate::telemetry;

/// Arguments of `retain`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Retain {
    #[command(flatten)]
    place: StateDir,
    /// Remove it, however much it is
    #[arg(long)]
    yes: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// Tells the daemon; where none is running, opens the store.
pub(in crate::cli) fn run(arguments: &Retain) -> anyhow::Result<ExitCode> {
    telemetry::init("warn");
    let config = match Config::load(arguments.place.config()) {
        Ok(config) => config,
        Err(problems) => {
            eprint!("{problems}");
            return Ok(ExitCode::from(EXIT_CONFIG));
        }
    };
    let dir = arguments.place.dir();
    let answer = match UnixStream::connect(dir.join(CONTROL)) {
        Ok(line) => ask_daemon(
            line,
            if arguments.yes {
                "retain yes"
            } else {
                "retain"
            },
        )?,
        Err(_) => {
            let now = clock::now();
            let store = Store::open_existing(&dir, now)?;
            let retention = Retention::of(&config);
            let swept = match arguments.yes {
                true => store.retain_all(&retention, now)?,
                false => store.retain(&retention, now)?,
            };
            json!({"items": swept.items, "volumes": swept.volumes.len(), "waiting": swept.waits})
        }
    };
    match (arguments.json, &answer["waiting"]) {
        (true, _) => println!("{answer}"),
        (false, Value::String(why)) => println!("{why}"),
        (false, _) => println!(
            "removed {} items, {} volumes of them whole",
            answer["items"], answer["volumes"]
        ),
    }
    Ok(match answer["waiting"].is_null() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    })
}
