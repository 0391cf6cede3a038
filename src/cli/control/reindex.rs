//! `gazetted reindex`: the search index, built anew.

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::{Target, send};
use crate::clock;
use crate::daemon::Request;
use crate::search::{SearchIndex, rebuild};
use crate::store::Store;

/// Arguments of `gazetted reindex`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Reindex {
    #[command(flatten)]
    target: Target,
}

/// Progress as it is printed: one line that is written over on a terminal, else one for each tenth.
struct Progress {
    is_json: bool,
    /// Tenth that was printed last.
    tenth: Option<u64>,
}

/// Has the daemon build the index anew, or does it where none is running.
pub(super) fn run(arguments: &Reindex) -> anyhow::Result<ExitCode> {
    let Target { place, json } = &arguments.target;
    let mut progress = Progress {
        is_json: *json,
        tenth: None,
    };
    let mut n_stories = 0;
    if let Some(answer) = send(place, &Request::Reindex)? {
        for line in answer {
            let line = line?;
            if let (Some(done), Some(total)) = (line["done"].as_u64(), line["total"].as_u64()) {
                n_stories = done;
                progress.show(done, total)?;
            }
        }
    } else {
        let store = Arc::new(Store::open_existing(&place.dir(), clock::now())?);
        let index = Arc::new(SearchIndex::beside(store.dir()));
        let shown = std::cell::RefCell::new(&mut progress);
        rebuild(&index, &store, &|done, total| {
            // Nobody need read it.
            let _ = shown.borrow_mut().show(done, total);
        })?;
        n_stories = store.counts()?.stories;
    }
    progress.end(n_stories)?;
    Ok(ExitCode::SUCCESS)
}

impl Progress {
    fn show(&mut self, done: u64, total: u64) -> io::Result<()> {
        if self.is_json {
            return writeln!(io::stdout(), "{}", json!({"done": done, "total": total}));
        }
        let tenth = done * 10 / total.max(1);
        let mut out = io::stderr().lock();
        if out.is_terminal() {
            write!(out, "\rindexing: {done} of {total} stories")?;
            return out.flush();
        }
        if self.tenth.replace(tenth) == Some(tenth) {
            return Ok(());
        }
        writeln!(out, "indexing: {done} of {total} stories")
    }

    fn end(&self, n_stories: u64) -> io::Result<()> {
        if self.is_json {
            return writeln!(io::stdout(), "{}", json!({"ready": true}));
        }
        if io::stderr().is_terminal() && self.tenth.is_none() {
            eprintln!();
        }
        match n_stories {
            0 => writeln!(io::stdout(), "the search index is up to date"),
            n => writeln!(io::stdout(), "the search index is up to date: {n} stories"),
        }
    }
}
