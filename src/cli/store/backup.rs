//! `gazetted backup`, `restore`, `export` and `import`: the store as a file.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Args;
use serde_json::json;

use super::state_dir::StateDir;
use crate::clock;
use crate::daemon::CONTROL;
use crate::store::{self, Store};
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
    /// The file to write; replaced if it is there
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
    let draft = draft(&arguments.file);
    let done = write_whole(&draft, |out| ask(&dir, "backup", out));
    let copied = done.and_then(|()| {
        let written = File::open(&draft)?;
        Ok(store::verify(BufReader::new(written))?)
    });
    let copied = match copied {
        Ok(copied) => copied,
        Err(why) => {
            let _ = fs::remove_file(&draft);
            return Err(why.context("there is no backup"));
        }
    };
    publish(&draft, &arguments.file)?;
    let bytes = fs::metadata(&arguments.file)?.len();
    let file = arguments.file.display();
    match arguments.target.json {
        true => println!(
            "{}",
            json!({"file": file.to_string(), "bytes": bytes, "databases": copied.databases, "records": copied.records})
        ),
        false => println!(
            "{file}: {} records of {} databases in {bytes} bytes, read back and whole",
            copied.records, copied.databases
        ),
    }
    Ok(ExitCode::SUCCESS)
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
    let Some(file) = &arguments.file else {
        let out = io::stdout().lock();
        ask(&dir, "export", &mut BufWriter::with_capacity(1 << 16, out))?;
        return Ok(ExitCode::SUCCESS);
    };
    let draft = draft(file);
    if let Err(why) = write_whole(&draft, |out| ask(&dir, "export", out)) {
        let _ = fs::remove_file(&draft);
        return Err(why);
    }
    publish(&draft, file)?;
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

/// Names the temporary file `FILE.part`, beside the file so that it can take its place at
/// once.
fn draft(file: &Path) -> PathBuf {
    let mut name = file.file_name().unwrap_or_default().to_owned();
    name.push(".part");
    file.with_file_name(name)
}

/// Writes a new file, readable by its owner alone, and syncs it to the disk.
fn write_whole(
    draft: &Path,
    write: impl FnOnce(&mut dyn Write) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    // It holds what subscriptions are signed with.
    let file = File::options()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(draft)
        .with_context(|| format!("cannot write {}", draft.display()))?;
    let mut out = BufWriter::with_capacity(1 << 16, file);
    write(&mut out)?;
    out.into_inner()
        .map_err(io::IntoInnerError::into_error)?
        .sync_all()?;
    Ok(())
}

/// Renames the temporary file to its final name and syncs the folder.
fn publish(draft: &Path, file: &Path) -> anyhow::Result<()> {
    fs::rename(draft, file).with_context(|| format!("cannot write {}", file.display()))?;
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

/// Turns on durable writing for what is restored; warns if the system cannot do it.
fn be_durable() {
    if let Err(why) = store::make_durable() {
        eprintln!("warning: {why}");
    }
}
