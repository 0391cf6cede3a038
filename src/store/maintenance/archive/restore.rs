//! A store from the stream that `backup` writes.
//!
//! Records come tree by tree and in the order of their keys, so what is of a volume goes straight into a table
//! of it.

use std::fs;
use std::io::{self, Read, Write};
use std::mem;
use std::path::{Path, PathBuf};

use super::backup::{BackupSource, Copied, Part, bad};
use crate::store::disk::damage::DamageLog;
use crate::store::disk::{database, lock, version};
use crate::store::error::StoreError;
use crate::store::ledger;
use crate::store::table::{Table, TableWriter};
use crate::store::volume::manifest::Manifest;
use crate::store::volume::{TREES, block_kind, tree};

/// Bytes that are written to a database at a time.
const BATCH_BYTES: usize = 1 << 20;

/// Page cache of the database that is being restored, in bytes.
const CACHE_BYTES: u64 = 16 << 20;

/// Makes a store of a backup in `dir`, which must be empty or not there.
///
/// # Errors
///
/// If the backup is cut off or damaged, `dir` holds something, or the disk
/// refuses. Then what was made is of no use, and says so when it is opened.
pub fn restore(backup: impl Read, dir: &Path) -> Result<Copied, StoreError> {
    let mut source = BackupSource::open(backup)?;
    let _lock = lock::claim_empty(dir)?;
    let mut target = Target::Nothing;
    loop {
        match source.next()? {
            Part::Database(name) => {
                mem::replace(&mut target, Target::Nothing).close()?;
                target = Target::open(dir, &name)?;
            }
            Part::Tree(name) => target.tree(&name)?,
            Part::Record(key, value) => target.record(&key, &value)?,
            Part::File(name, bytes) => {
                let path = dir.join(&name);
                write_file(&path, &bytes)
                    .map_err(|error| StoreError::io(format!("write {}", path.display()), error))?;
            }
            Part::Missing => {}
            Part::End => break,
        }
    }
    target.close()?;
    let volumes = dir.join("volumes");
    if volumes.exists() {
        let synced = fs::File::open(&volumes).and_then(|volumes| volumes.sync_all());
        synced.map_err(|error| StoreError::io(format!("sync {}", volumes.display()), error))?;
    }
    version::finish(dir, source.layout)?;
    Ok(source.copied)
}

/// Place of the records that are read.
enum Target {
    /// None, between two of them.
    Nothing,
    Ledger(LedgerTarget),
    Volume(Box<VolumeTarget>),
}

impl Target {
    /// Makes the ledger, or the volume, of this name.
    fn open(dir: &Path, name: &str) -> Result<Target, StoreError> {
        match name.strip_prefix("volumes/") {
            None => LedgerTarget::open(&dir.join(name)).map(Target::Ledger),
            Some(_) => {
                VolumeTarget::open(dir.join(name)).map(|volume| Target::Volume(Box::new(volume)))
            }
        }
    }

    fn tree(&mut self, name: &str) -> Result<(), StoreError> {
        match self {
            Target::Nothing => Err(bad("a tree of no database")),
            Target::Ledger(ledger) => ledger.tree(name),
            Target::Volume(volume) => volume.tree(name),
        }
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        match self {
            Target::Nothing => Err(bad("a record of no tree")),
            Target::Ledger(ledger) => ledger.record(key, value),
            Target::Volume(volume) => volume.record(key, value),
        }
    }

    /// Makes what was written durable.
    fn close(self) -> Result<(), StoreError> {
        match self {
            Target::Nothing => Ok(()),
            Target::Ledger(ledger) => ledger.close(),
            Target::Volume(volume) => volume.close(),
        }
    }
}

/// Ledger that is being filled.
struct LedgerTarget {
    db: sled::Db,
    /// Tree that is written, with what was not written yet, and its size in bytes.
    tree: Option<(sled::Tree, sled::Batch, usize)>,
}

impl LedgerTarget {
    fn open(dir: &Path) -> Result<LedgerTarget, StoreError> {
        let damage = DamageLog::default();
        let (db, []) = database::open(dir, ledger::NAME, CACHE_BYTES, [], &damage)?;
        Ok(LedgerTarget { db, tree: None })
    }

    fn tree(&mut self, name: &str) -> Result<(), StoreError> {
        self.write()?;
        let tree = self.db.open_tree(name).map_err(ledger::failed)?;
        self.tree = Some((tree, sled::Batch::default(), 0));
        Ok(())
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        let (_, batch, size) = self
            .tree
            .as_mut()
            .ok_or_else(|| bad("a record of no tree"))?;
        batch.insert(key, value);
        *size += key.len() + value.len();
        match *size > BATCH_BYTES {
            true => self.write(),
            false => Ok(()),
        }
    }

    /// Writes what was not written yet.
    fn write(&mut self) -> Result<(), StoreError> {
        let Some((tree, batch, size)) = &mut self.tree else {
            return Ok(());
        };
        *size = 0;
        tree.apply_batch(mem::take(batch)).map_err(ledger::failed)
    }

    fn close(mut self) -> Result<(), StoreError> {
        self.write()?;
        self.db.flush().map(drop).map_err(ledger::failed)
    }
}

/// Volume that is being written: one table, and its manifest.
struct VolumeTarget {
    dir: PathBuf,
    table: TableWriter,
    manifest: Manifest,
    /// Trees so far.
    seen: Vec<u8>,
    /// Number of the tree that is written; `None` before the first, and for one that is none of ours.
    tree: Option<u8>,
    /// Last key of that tree.
    last: Option<Vec<u8>>,
}

impl VolumeTarget {
    /// Number of the only table.
    const NUMBER: u32 = 1;

    fn open(dir: PathBuf) -> Result<VolumeTarget, StoreError> {
        let failed = |error| StoreError::io(format!("write to {}", dir.display()), error);
        fs::create_dir_all(&dir).map_err(failed)?;
        let path = dir.join(Table::file_name(VolumeTarget::NUMBER));
        let table = TableWriter::create(&path).map_err(failed)?;
        Ok(VolumeTarget {
            dir,
            table,
            manifest: Manifest::default(),
            seen: Vec::new(),
            tree: None,
            last: None,
        })
    }

    fn tree(&mut self, name: &str) -> Result<(), StoreError> {
        let number = (0_u8..).zip(TREES).find(|(_, known)| *known == name);
        self.tree = number.map(|(number, _)| number);
        self.last = None;
        let Some(number) = self.tree else {
            return Ok(());
        };
        if self.seen.contains(&number) {
            return Err(bad("it holds a tree twice"));
        }
        self.seen.push(number);
        match number {
            tree::META => Ok(()),
            _ => {
                let begun = self.table.begin(block_kind(number));
                begun.map_err(|error| self.failed(error))
            }
        }
    }

    fn record(&mut self, key: &[u8], value: &[u8]) -> Result<(), StoreError> {
        if self.last.as_deref().is_some_and(|last| last >= key) {
            return Err(bad("its records are not in their order"));
        }
        self.last = Some(key.to_vec());
        match self.tree {
            None => Ok(()),
            Some(tree::META) => {
                self.manifest.meta.insert(key.into(), value.into());
                Ok(())
            }
            Some(_) => {
                let put = self.table.put(key, value);
                put.map_err(|error| self.failed(error))
            }
        }
    }

    fn close(mut self) -> Result<(), StoreError> {
        let failed = |error| StoreError::io(format!("write to {}", self.dir.display()), error);
        self.manifest.set_tables([VolumeTarget::NUMBER].into_iter());
        self.table.finish().map_err(failed)?;
        self.manifest.write(&self.dir).map_err(failed)
    }

    fn failed(&self, error: io::Error) -> StoreError {
        StoreError::io(format!("write to {}", self.dir.display()), error)
    }
}

/// Writes a file that is none of a database, durably.
fn write_file(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut file = fs::File::create(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}
