//! `gazetted backup`, `restore`, `export` and `import`: the store as a file.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use super::output::Output;
use super::state_dir::StateDir;
use crate::clock;
use crate::daemon::CONTROL;
use crate::store::{self, Copied, Store};
use crate::telemetry;

/// Arguments that `backup` and `restore` share: location of the store, and form of the report.
#[derive(Args, Debug)]
struct StoreTarget {
    #[command(flatten)]
    place: StateDir,
    /// Say what was done as one JSON object
    #[arg(long)]
    json: bool,
}

/// Arguments of `gazetted backup`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Backup {
    /// The file to write, replaced if it is there; a pipe or device is written to; `-` for standard
    /// output
    file: PathBuf,
    #[command(flatten)]
    target: StoreTarget,
}

/// Arguments of `gazetted restore`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Restore {
    /// A file that `gazetted backup` wrote
    file: PathBuf,
    #[command(flatten)]
    target: StoreTarget,
}

/// Arguments of `gazetted export`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Export {
    /// The file to write [default: standard output]
    file: Option<PathBuf>,
    #[command(flatten)]
    place: StateDir,
    /// As lines of JSON, the one format there is
    #[arg(long)]
    jsonl: bool,
}

/// Arguments of `gazetted import`.
#[derive(Args, Debug)]
pub(in crate::cli) struct Import {
    /// A file that `gazetted export` wrote [default: standard input]
    file: Option<PathBuf>,
    #[command(flatten)]
    place: StateDir,
}

/// Writes a backup, through the daemon if one is running; reads it back before it takes the
/// place of the file.
pub(in crate::cli) fn back_up(arguments: &Backup) -> anyhow::Result<ExitCode> {
    telemetry::init("warn");
    let dir = arguments.target.place.dir();
    let output = Output::of(&arguments.file)?;
    let mut copied = None;
    let counted = &mut copied;
    let bytes = output
        .write(
            |out| {
                let mut out = Counting { out, bytes: 0 };
                ask(&dir, "backup", &mut out)?;
                Ok(out.bytes)
            },
            |written| {
                *counted = Some(store::verify(BufReader::new(written))?);
                Ok(())
            },
        )
        .context("there is no backup")?;
    Ok(report(arguments, bytes, copied.as_ref()))
}

/// Says what was written; where standard output is the backup, on standard error.
fn report(arguments: &Backup, bytes: u64, copied: Option<&Copied>) -> ExitCode {
    let file = arguments.file.display();
    let Some(copied) = copied else {
        eprintln!("{file}: {bytes} bytes, not read back");
        return ExitCode::SUCCESS;
    };
    match arguments.target.json {
        true => println!(
            "{}",
            json!({
                "file": file.to_string(), "bytes": bytes, "databases": copied.databases,
                "records": copied.records, "damaged": copied.missing,
            })
        ),
        false => println!(
            "{file}: {} records of {} databases in {bytes} bytes, read back and whole",
            copied.records, copied.databases
        ),
    }
    if copied.missing.is_empty() {
        return ExitCode::SUCCESS;
    }
    eprintln!(
        "warning: {} is damaged, so that not all of it is in the backup; `gazetted fsck` says what is lost",
        copied.missing.join(", ")
    );
    ExitCode::FAILURE
}

/// Makes a store of a backup, all of which is verified before anything is made.
pub(in crate::cli) fn restore(arguments: &Restore) -> anyhow::Result<ExitCode> {
    telemetry::init("warn");
    be_durable();
    let open = || {
        let file = File::open(&arguments.file);
        file.with_context(|| format!("cannot open {}", arguments.file.display()))
    };
    // All of it is looked at before anything is made.
    store::verify(BufReader::new(open()?))?;
    let dir = arguments.target.place.dir();
    let copied = store::restore(BufReader::new(open()?), &dir)?;
    if copied.missing.is_empty() {
        store::confirm_readable(&dir, clock::now())?;
    }
    let dir = dir.display();
    match arguments.target.json {
        true => println!(
            "{}",
            json!({"state": dir.to_string(), "databases": copied.databases, "records": copied.records})
        ),
        false => println!(
            "{dir}: {} records of {} databases",
            copied.records, copied.databases
        ),
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the store as lines of JSON, through the daemon if one is running.
pub(in crate::cli) fn export(arguments: &Export) -> anyhow::Result<ExitCode> {
    telemetry::init("warn");
    let dir = arguments.place.dir();
    let file = arguments.file.as_deref().unwrap_or(Path::new("-"));
    Output::of(file)?.write(|out| ask(&dir, "export", out), |_| Ok(()))?;
    Ok(ExitCode::SUCCESS)
}

/// Makes a store of lines of JSON as `export` wrote them.
pub(in crate::cli) fn import(arguments: &Import) -> anyhow::Result<ExitCode> {
    telemetry::init("warn");
    be_durable();
    let from: Box<dyn BufRead> = match &arguments.file {
        Some(file) => {
            let opened = File::open(file);
            Box::new(BufReader::new(
                opened.with_context(|| format!("cannot open {}", file.display()))?,
            ))
        }
        None => Box::new(BufReader::new(io::stdin())),
    };
    let dir = arguments.place.dir();
    let imported = store::import(from, &dir, clock::now())?;
    println!(
        "{}: {} items, {} stories",
        dir.display(),
        imported.items,
        imported.stories
    );
    Ok(ExitCode::SUCCESS)
}

/// Sends `word` (`backup` or `export`) to the daemon's control socket and copies the answer
/// to `out`; where none is running, opens the store.
fn ask(dir: &Path, word: &str, out: &mut dyn Write) -> anyhow::Result<()> {
    let line = match UnixStream::connect(dir.join(CONTROL)) {
        Ok(line) => line,
        Err(_) => return read_closed(dir, word, out),
    };
    writeln!(&line, "{word}")?;
    let mut answer = BufReader::with_capacity(1 << 16, line);
    let mut said = String::new();
    answer.by_ref().take(200).read_line(&mut said)?;
    if said.trim() != "ok" {
        bail!("the daemon says: {}", said.trim());
    }
    io::copy(&mut answer, out).context("the daemon broke off; its log says why")?;
    out.flush()?;
    Ok(())
}

/// Opens the store of which no daemon has the lock, and writes its backup or export.
fn read_closed(dir: &Path, word: &str, mut out: &mut dyn Write) -> anyhow::Result<()> {
    let store = Store::open_existing(dir, clock::now())?;
    match word {
        "backup" => drop(store.back_up(&mut out)?),
        _ => drop(store.export(&mut out)?),
    }
    out.flush()?;
    Ok(())
}

/// Writer that counts.
struct Counting<'a> {
    out: &'a mut dyn Write,
    bytes: u64,
}

impl Write for Counting<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n_written = self.out.write(bytes)?;
        self.bytes += n_written as u64;
        Ok(n_written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Turns on durable writing for what is restored; warns if the system cannot do it.
fn be_durable() {
    if let Err(why) = store::make_durable() {
        eprintln!("warning: {why}");
    }
}
