//! zstd dictionaries: what the items of one volume have in common is not stored with each.
//!
//! Items are too short for zstd to learn much from one of them alone. A dictionary
//! is trained on a sample of a volume's own items and lies in that volume, so that
//! a volume can be read without any other.

use std::sync::OnceLock;

use zstd::zstd_safe::{CDict, DDict};

/// zstd level of items, with a dictionary and without.
pub(in crate::store) const ZSTD_LEVEL: i32 = 1;

/// Size of a dictionary, in bytes. More takes more memory, and hardly less disk.
pub(in crate::store) const DICTIONARY_BYTES: usize = 48 << 10;

/// Fewest samples to train on; fewer say nothing of the others.
const MIN_SAMPLES: usize = 100;

/// zstd dictionary of the items of one volume, at most [`DICTIONARY_BYTES`].
///
/// Trained by major compaction, kept in the volume's `meta`; prepared for reading and for writing when
/// first needed.
pub(in crate::store) struct Dictionary {
    /// Dictionary as zstd trained it, and as it lies on the disk.
    bytes: Vec<u8>,
    /// Form for decompressing, made once.
    to_read: OnceLock<DDict<'static>>,
    /// Form for compressing at [`ZSTD_LEVEL`], made once.
    to_write: OnceLock<CDict<'static>>,
}

impl Dictionary {
    /// Wraps a dictionary that was stored or trained.
    pub(in crate::store) fn of(bytes: Vec<u8>) -> Dictionary {
        Dictionary {
            bytes,
            to_read: OnceLock::new(),
            to_write: OnceLock::new(),
        }
    }

    /// Trains a dictionary on raw records; `None` if there are fewer than [`MIN_SAMPLES`], or zstd
    /// finds nothing in common.
    pub(in crate::store) fn train(samples: &[Vec<u8>]) -> Option<Dictionary> {
        if samples.len() < MIN_SAMPLES {
            return None;
        }
        let trained = zstd::dict::from_samples(samples, DICTIONARY_BYTES);
        trained.ok().map(Dictionary::of)
    }

    /// Returns the dictionary as it is stored.
    pub(in crate::store) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// Returns the form for decompressing.
    pub(in crate::store) fn to_read(&self) -> &DDict<'static> {
        self.to_read.get_or_init(|| DDict::create(&self.bytes))
    }

    /// Returns the form for compressing.
    pub(in crate::store) fn to_write(&self) -> &CDict<'static> {
        self.to_write
            .get_or_init(|| CDict::create(&self.bytes, ZSTD_LEVEL))
    }
}
