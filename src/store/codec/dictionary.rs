//! What the items of one volume have in common, so that it is not stored with each.
//!
//! Items are too short for zstd to learn much from one of them alone. A dictionary
//! is trained on a sample of a volume's own items and lies in that volume, so that
//! a volume can be read without any other.

use std::sync::OnceLock;

use zstd::zstd_safe::{CDict, DDict};

/// How hard zstd tries.
pub(in crate::store) const ZSTD_LEVEL: i32 = 1;

/// Bytes of a dictionary. More takes more memory, and hardly less disk.
const DICTIONARY_BYTES: usize = 48 << 10;

/// Fewer samples say nothing of the others.
const MIN_SAMPLES: usize = 100;

/// A dictionary.
pub(in crate::store) struct Dictionary {
    bytes: Vec<u8>,
    to_read: OnceLock<DDict<'static>>,
    to_write: OnceLock<CDict<'static>>,
}

impl Dictionary {
    pub(in crate::store) fn of(bytes: Vec<u8>) -> Dictionary {
        Dictionary {
            bytes,
            to_read: OnceLock::new(),
            to_write: OnceLock::new(),
        }
    }

    /// Learns from samples, if they have anything to teach.
    pub(in crate::store) fn train(samples: &[Vec<u8>]) -> Option<Dictionary> {
        if samples.len() < MIN_SAMPLES {
            return None;
        }
        let trained = zstd::dict::from_samples(samples, DICTIONARY_BYTES);
        trained.ok().map(Dictionary::of)
    }

    pub(in crate::store) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(in crate::store) fn to_read(&self) -> &DDict<'static> {
        self.to_read.get_or_init(|| DDict::create(&self.bytes))
    }

    pub(in crate::store) fn to_write(&self) -> &CDict<'static> {
        self.to_write
            .get_or_init(|| CDict::create(&self.bytes, ZSTD_LEVEL))
    }
}
