//! Manifest of a volume: its `meta`, with the list of its tables, in one file that is replaced as a whole.
//!
//! ```text
//!   magic (8) ‖ puts of a frame ‖ CRC-32 (u32 LE)
//! ```

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::Path;
use std::sync::Arc;

use sled::IVec;

use super::{DICTIONARY, DICTIONARY_FILE, TABLES, tree};
use crate::store::codec::dictionary::Dictionary;
use crate::store::codec::frame::{Frame, FrameStep, Steps};
use crate::store::error::StoreError;
use crate::store::table::Table;

/// Name of the file, in the folder of the volume.
pub(in crate::store) const MANIFEST_FILE: &str = "manifest";

/// Name of one that is being written.
pub(in crate::store) const MANIFEST_DRAFT_FILE: &str = "manifest.new";

/// First bytes of the file.
const MAGIC: &[u8; 8] = b"gzmani1\n";

/// Values of `meta` by key, as of the last table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::store) struct Manifest {
    pub(in crate::store) meta: BTreeMap<IVec, IVec>,
}

impl Manifest {
    /// Reads the manifest of the volume in `dir`; `None` if it has none.
    ///
    /// # Errors
    ///
    /// [`StoreError::Damaged`] if it cannot be read; `what` is the volume's name for people. Those of the
    /// disk.
    pub(in crate::store) fn open(dir: &Path, what: &str) -> Result<Option<Manifest>, StoreError> {
        let path = dir.join(MANIFEST_FILE);
        let damaged = |why: String| StoreError::Damaged {
            what: what.to_owned(),
            why,
        };
        match fs::read(&path) {
            Ok(bytes) => match Manifest::read(&bytes) {
                Some(manifest) => Ok(Some(manifest)),
                None => Err(damaged("its list of tables has changed".to_owned())),
            },
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                Err(damaged("there is a file in its place".to_owned()))
            }
            Err(error) => Err(StoreError::io(format!("read {}", path.display()), error)),
        }
    }

    /// Writes the manifest beside the one of the volume in `dir`; [`Manifest::take_place`] makes it the
    /// volume's.
    pub(in crate::store) fn draft(&self, dir: &Path) -> io::Result<()> {
        let mut file = File::create(dir.join(MANIFEST_DRAFT_FILE))?;
        file.write_all(&self.to_bytes())?;
        file.sync_all()
    }

    /// Puts the file of [`Manifest::draft`] in its place; durable once `dir` is synced.
    pub(super) fn take_place(dir: &Path) -> io::Result<()> {
        fs::rename(dir.join(MANIFEST_DRAFT_FILE), dir.join(MANIFEST_FILE))
    }

    /// Writes the manifest of the volume in `dir`; durable when it returns, with whatever else was named in
    /// `dir` before.
    pub(in crate::store) fn write(&self, dir: &Path) -> io::Result<()> {
        self.draft(dir)?;
        Manifest::take_place(dir)?;
        File::open(dir)?.sync_all()
    }

    /// Returns the numbers of the tables, oldest first; `None` if it does not say.
    pub(in crate::store) fn tables(&self) -> Option<Vec<u32>> {
        let numbers = self.meta.get(TABLES)?.chunks(4).map(<[u8; 4]>::try_from);
        Some(numbers.flatten().map(u32::from_be_bytes).collect())
    }

    /// Sets the numbers of the tables, oldest first.
    pub(in crate::store) fn set_tables(&mut self, numbers: impl Iterator<Item = u32>) {
        let numbers: Vec<u8> = numbers.flat_map(u32::to_be_bytes).collect();
        self.meta.insert(TABLES.into(), numbers.into());
    }

    /// Decodes a manifest; `None` if it is none.
    fn read(bytes: &[u8]) -> Option<Manifest> {
        let (body, crc) = bytes.split_last_chunk()?;
        if crc32fast::hash(body) != u32::from_le_bytes(*crc) {
            return None;
        }
        let mut meta = BTreeMap::new();
        for step in Steps(body.strip_prefix(MAGIC)?) {
            let FrameStep::Put(tree::META, key, value) = step? else {
                return None;
            };
            meta.insert(key.into(), value.into());
        }
        Some(Manifest { meta })
    }

    /// Encodes it.
    fn to_bytes(&self) -> Vec<u8> {
        let mut frame = Frame::default();
        for (key, value) in &self.meta {
            frame.put(tree::META, key, value);
        }
        let mut bytes = [MAGIC, frame.bytes()].concat();
        let crc = crc32fast::hash(&bytes);
        bytes.extend(crc.to_le_bytes());
        bytes
    }
}

/// Removes the tables, and drafts of tables, in the folder of a volume that its manifest does not list.
pub(in crate::store) fn tidy(dir: &Path) {
    let Ok(Some(manifest)) = Manifest::open(dir, "a volume") else {
        return;
    };
    let listed = manifest.tables().unwrap_or_default();
    let kept: Vec<String> = listed.into_iter().map(Table::file_name).collect();
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_kept = kept.contains(&name) || name == MANIFEST_FILE || name == DICTIONARY_FILE;
        // One that cannot be removed now is next time.
        if !is_kept {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Returns the dictionary that the manifest has, and puts a copy of it into a file beside the tables; without a
/// manifest returns that copy.
pub(super) fn dictionary_in(
    dir: &Path,
    manifest: Option<&Manifest>,
) -> Result<Option<Arc<Dictionary>>, StoreError> {
    let path = dir.join(DICTIONARY_FILE);
    let Some(manifest) = manifest else {
        return match fs::read(&path) {
            Ok(copy) => Ok(Some(Arc::new(Dictionary::of(copy)))),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(StoreError::io(format!("read {}", path.display()), error)),
        };
    };
    let bytes = manifest.meta.get(DICTIONARY);
    if let Some(bytes) = bytes
        && !fs::read(&path).is_ok_and(|copy| *bytes == copy)
    {
        // Where there is no room the manifest still has it.
        let _ = fs::write(&path, bytes);
    }
    Ok(bytes.map(|bytes| Arc::new(Dictionary::of(bytes.to_vec()))))
}

#[cfg(test)]
mod tests {
    use proptest::collection::{btree_map, vec};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_manifest_is_read_as_it_was_written(
            meta in btree_map(vec(any::<u8>(), 0..20), vec(any::<u8>(), 0..200), 0..6),
            at: prop::sample::Index,
            bit in 0..8,
        ) {
            let meta = meta.into_iter().map(|(key, value)| (key.into(), value.into()));
            let manifest = Manifest { meta: meta.collect() };
            let mut bytes = manifest.to_bytes();
            prop_assert_eq!(Manifest::read(&bytes), Some(manifest));
            prop_assert_eq!(Manifest::read(&bytes[..at.index(bytes.len())]), None);
            let at = at.index(bytes.len());
            bytes[at] ^= 1_u8 << bit;
            prop_assert_eq!(Manifest::read(&bytes), None);
        }

        #[test]
        fn any_bytes_are_no_manifest(bytes in vec(any::<u8>(), 0..300)) {
            prop_assert_eq!(Manifest::read(&bytes), None);
        }

        #[test]
        fn tables_are_listed_in_their_order(numbers in vec(any::<u32>(), 0..9)) {
            let mut manifest = Manifest::default();
            prop_assert_eq!(manifest.tables(), None);
            manifest.set_tables(numbers.iter().copied());
            prop_assert_eq!(manifest.tables(), Some(numbers));
        }
    }
}
