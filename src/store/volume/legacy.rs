//! Volumes of layouts up to 5, which kept a database of sled above their tables.
//!
//! ```text
//!   tables ‖ what sled holds ──▶ one more table    cut off here, it is made once more
//!                                manifest          from here on the volume is one of ours
//!                                sled's files go
//! ```

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::manifest::{MANIFEST_FILE, Manifest};
use super::swap::link;
use super::{DICTIONARY_FILE, TREES, block_kind, tree};
use crate::store::codec::period::Period;
use crate::store::disk::damage::DamageLog;
use crate::store::disk::database::{self, SledIter};
use crate::store::disk::quarantine;
use crate::store::error::StoreError;
use crate::store::table::{Table, TableWriter};

/// Name of the file of a database.
const SLED_FILE: &str = "db";

/// Page cache of a database that is read once, in bytes.
const CACHE_BYTES: u64 = 16 << 20;

/// Brings up the volumes in `volumes` that have a database. Returns those of which not all could be read:
/// their databases are kept aside.
///
/// # Errors
///
/// Those of the disk; what was not brought up is at the next start.
pub(super) fn convert_all(
    volumes: &Path,
    now: Timestamp,
    damage: &DamageLog,
) -> Result<Vec<Period>, StoreError> {
    let failed = |error| StoreError::io(format!("read {}", volumes.display()), error);
    let mut shortened = Vec::new();
    for entry in fs::read_dir(volumes).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let period: Option<Period> = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        let (dir, Some(period)) = (entry.path(), period) else {
            continue;
        };
        if !dir.join(SLED_FILE).exists() {
            continue;
        }
        if !dir.join(MANIFEST_FILE).exists() {
            tracing::info!("bringing up volume {period}");
            let is_whole = convert(&dir, period, now, damage)?;
            shortened.extend((!is_whole).then_some(period));
        }
        let remove = |path: PathBuf| match path.is_dir() {
            true => fs::remove_dir_all(path),
            false => fs::remove_file(path),
        };
        let removed = of_sled(&dir).and_then(|paths| paths.into_iter().try_for_each(remove));
        removed.map_err(|error| StoreError::io(format!("tidy {}", dir.display()), error))?;
    }
    Ok(shortened)
}

/// Makes a manifest of a volume, and a table of what its database holds; returns whether all of that could
/// be read.
fn convert(
    dir: &Path,
    period: Period,
    now: Timestamp,
    damage: &DamageLog,
) -> Result<bool, StoreError> {
    let name = format!("volume {period}");
    let failed = |error| StoreError::io(format!("write to {}", dir.display()), error);
    let opened = match database::open(dir, &name, CACHE_BYTES, TREES, damage) {
        Ok((db, trees)) => Some((db, trees)),
        Err(StoreError::Damaged { .. }) => None,
        Err(refused) => return Err(refused),
    };
    let mut manifest = Manifest::default();
    let mut is_whole = opened.is_some();
    if let Some((_, [.., meta])) = &opened {
        let entries = readable(meta, &name, &mut is_whole);
        manifest.meta = entries.collect::<Result<BTreeMap<_, _>, _>>()?;
    }
    let mut numbers = match manifest.tables() {
        Some(numbers) => numbers,
        None => Table::numbers(dir).map_err(failed)?,
    };
    if let Some((_, [records @ .., _])) = &opened
        && !records.iter().all(sled::Tree::is_empty)
    {
        let number = 1 + numbers.last().copied().unwrap_or_default();
        let draft = dir.join(Table::draft_name(number));
        write_table(&draft, &name, records, &mut is_whole)?;
        fs::rename(draft, dir.join(Table::file_name(number))).map_err(failed)?;
        numbers.push(number);
    }
    drop(opened);
    manifest.set_tables(numbers.into_iter());
    if !is_whole {
        keep_aside(dir, period, now).map_err(failed)?;
    }
    manifest.write(dir).map_err(failed)?;
    Ok(is_whole)
}

/// Writes a table of the trees of a database, delete markers included.
fn write_table(
    path: &Path,
    what: &str,
    trees: &[sled::Tree],
    is_whole: &mut bool,
) -> Result<(), StoreError> {
    let failed = |error| StoreError::io(format!("write {}", path.display()), error);
    let mut out = TableWriter::create(path).map_err(failed)?;
    for (number, tree) in (tree::ITEMS..).zip(trees) {
        out.begin(block_kind(number)).map_err(failed)?;
        for entry in readable(tree, what, is_whole) {
            let (key, value) = entry?;
            out.put(&key, &value).map_err(failed)?;
        }
    }
    out.finish().map_err(failed)
}

/// Iterates over what is not damaged of a tree; `is_whole` hears of the rest.
fn readable(
    tree: &sled::Tree,
    what: &str,
    is_whole: &mut bool,
) -> impl Iterator<Item = Result<(sled::IVec, sled::IVec), StoreError>> {
    SledIter::all(tree).filter_map(|entry| {
        let entry = entry.map_err(|error| StoreError::sled(what, error));
        let is_damaged = matches!(entry, Err(StoreError::Damaged { .. }));
        *is_whole &= !is_damaged;
        (!is_damaged).then_some(entry)
    })
}

/// Keeps the files of a damaged database in a folder that says so.
fn keep_aside(dir: &Path, period: Period, now: Timestamp) -> io::Result<()> {
    let volumes = dir.parent().unwrap_or(dir);
    let kept = quarantine::free_name(
        volumes,
        &period.to_string(),
        quarantine::DAMAGED_SUFFIX,
        now,
    );
    fs::create_dir(&kept)?;
    link_all(&of_sled(dir)?, &kept)?;
    fs::File::open(volumes)?.sync_all()
}

/// Links files, and those of folders, into a folder.
fn link_all(paths: &[PathBuf], to: &Path) -> io::Result<()> {
    for path in paths {
        let target = to.join(path.file_name().unwrap_or_default());
        if !path.is_dir() {
            link(path, &target)?;
            continue;
        }
        fs::create_dir(&target)?;
        let below: io::Result<Vec<PathBuf>> =
            fs::read_dir(path)?.map(|entry| Ok(entry?.path())).collect();
        link_all(&below?, &target)?;
    }
    Ok(())
}

/// Returns what lies in the folder of a volume and is none of its files, the database last: without it nobody
/// looks for the rest.
fn of_sled(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let paths = fs::read_dir(dir)?.map(|entry| entry.map(|entry| entry.path()));
    let is_ours = |path: &PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name.ends_with(".table") || *name == *MANIFEST_FILE || *name == *DICTIONARY_FILE
    };
    let mut paths: Vec<PathBuf> = paths
        .filter(|path| !path.as_ref().is_ok_and(is_ours))
        .collect::<io::Result<_>>()?;
    paths.sort_by_key(|path| path.ends_with(SLED_FILE));
    Ok(paths)
}
