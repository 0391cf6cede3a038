//! `gazetted pack`: volumes that are over take less room, and how much.

use std::io::{self, Write};
use std::process::ExitCode;

use clap::Args;
use serde_json::json;

use super::state_dir::StateDir;
use crate::clock;
use crate::store::{Packed, Store, Which};
use crate::telemetry;

/// Arguments of `gazetted pack`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Pack {
    #[command(flatten)]
    place: StateDir,
    /// Also the newest two volumes, which will grow again
    #[arg(long)]
    all: bool,
    /// Print what came of it as one JSON object
    #[arg(long)]
    json: bool,
}

/// Packs a store that no daemon is using, and prints the savings of each volume.
pub(in crate::cli) fn run(arguments: &Pack) -> anyhow::Result<ExitCode> {
    telemetry::init("warn");
    let store = Store::open_existing(&arguments.place.dir(), clock::now())?;
    let which = match arguments.all {
        true => Which::All,
        false => Which::Over,
    };
    let all = store.pack(which, &|packed| {
        if !arguments.json {
            println!("{}", sentence(packed));
        }
    })?;
    let mut out = io::stdout().lock();
    if arguments.json {
        let volumes: Vec<_> = all.iter().map(as_json).collect();
        writeln!(out, "{:#}", json!({ "packed": volumes }))?;
    } else if all.is_empty() {
        let why = match which {
            Which::Over => "the newest two volumes are still written, the others are packed",
            Which::All => "all volumes are packed",
        };
        writeln!(out, "nothing to pack: {why}")?;
    }
    Ok(ExitCode::SUCCESS)
}

fn sentence(packed: &Packed) -> String {
    let each = |bytes: u64| bytes / packed.items.max(1);
    format!(
        "{}: {} items, {} bytes each, with a dictionary of {} bytes {}; disk {} bytes, now {}",
        packed.volume,
        packed.items,
        each(packed.before),
        packed.dictionary,
        each(packed.after),
        packed.disk_before,
        packed.disk_after
    )
}

fn as_json(packed: &Packed) -> serde_json::Value {
    json!({
        "volume": packed.volume.to_string(),
        "items": packed.items,
        "item_bytes_before": packed.before,
        "item_bytes_after": packed.after,
        "dictionary_bytes": packed.dictionary,
        "disk_bytes_before": packed.disk_before,
        "disk_bytes_after": packed.disk_after,
    })
}
