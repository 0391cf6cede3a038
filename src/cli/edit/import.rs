//! `gazetted import-opml`: the feeds of another reader.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use serde_json::json;

use super::Target;
use crate::config::edit;
use crate::config::edit::Imported;
use crate::model::ChannelId;
use crate::text::charset;

/// Arguments of `gazetted import-opml`.
#[derive(Args, Debug)]
pub(in crate::cli) struct ImportOpml {
    /// The OPML file
    file: PathBuf,
    /// The channel below which all of it goes
    #[arg(long)]
    channel: Option<ChannelId>,
    #[command(flatten)]
    target: Target,
}

/// Adds the feeds of a file and says which, and what was left out.
pub(super) fn run(arguments: &ImportOpml) -> anyhow::Result<ExitCode> {
    let name = arguments.file.display();
    let bytes = fs::read(&arguments.file).with_context(|| format!("cannot read {name}"))?;
    let opml = charset::decode_xml(&bytes, None, None);
    let mut editor = arguments.target.editor()?;
    let imported = edit::import(&mut editor, &opml.text, arguments.channel.as_ref());
    let imported = imported.with_context(|| format!("cannot import {name}"))?;
    arguments.target.write(&editor)?;
    tell(&imported, &arguments.target);
    Ok(ExitCode::SUCCESS)
}

fn tell(imported: &Imported, target: &Target) {
    let Imported {
        added,
        known,
        left_out,
    } = imported;
    if target.dry_run {
        return;
    }
    if target.json {
        println!(
            "{}",
            json!({"added": added, "known": known, "left_out": left_out})
        );
        return;
    }
    println!("added {} sources", added.len());
    for id in added {
        println!("  {id}");
    }
    if !known.is_empty() {
        println!("passed over {} that are there already", known.len());
    }
    if !left_out.is_empty() {
        println!("left out:");
        for what in left_out {
            println!("  {what}");
        }
    }
    println!("`gazetted reload` tells the daemon");
}
