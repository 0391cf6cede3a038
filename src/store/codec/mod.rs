//! The on-disk format: every record as bytes, and as JSON for `export`.
//!
//! The only folder of the store with serde types. A change here needs a new version of the record, and fixtures of the
//! old one that still open (`tests/fixtures/layout-*.store.zst`).
//!
//! Every record opens with a byte that names its version; what follows is postcard, for items within a zstd frame.
//! Bytes that we did not write give [`Unreadable`], never a panic and never more memory than the longest record takes.

pub(super) mod compress;
pub(super) mod dictionary;
pub(super) mod entry;
pub(super) mod frame;
pub(super) mod item;
pub(super) mod key;
pub(super) mod log;
pub(super) mod period;
pub(super) mod scalar;
pub(super) mod source;
pub(super) mod story;
pub(super) mod tombstones;

use serde::{Deserialize, Serialize};

/// Version byte of the records that this release writes. Stories have their own
/// (`story::wire::VERSION`), items also `compress::DICTIONARY_VERSION`.
pub(super) const VERSION: u8 = 1;

/// Error for bytes that are no record of this release: another version, cut off, or out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the bytes are not a record of this release")]
pub(super) struct Unreadable;

/// Encodes a small record: [`VERSION`] (1 byte), then postcard.
pub(super) fn seal<T: Serialize>(record: &T) -> Vec<u8> {
    seal_as(VERSION, record)
}

/// Encodes a small record under a version of its own kind.
pub(super) fn seal_as<T: Serialize>(version: u8, record: &T) -> Vec<u8> {
    postcard::to_extend(record, vec![version]).expect("plain fields serialise")
}

/// Decodes a record of [`seal`].
///
/// # Errors
///
/// [`Unreadable`] if the version is another one, or postcard cannot read it. Bytes behind the record
/// are ignored.
pub(super) fn unseal<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T, Unreadable> {
    unseal_as(VERSION, bytes)
}

/// Decodes a record of [`seal_as`].
///
/// # Errors
///
/// [`Unreadable`], as [`unseal`].
pub(super) fn unseal_as<'a, T>(version: u8, bytes: &'a [u8]) -> Result<T, Unreadable>
where
    T: Deserialize<'a>,
{
    match bytes.split_first() {
        Some((first, record)) if *first == version => {
            postcard::from_bytes(record).map_err(|_| Unreadable)
        }
        _ => Err(Unreadable),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_newer_record_is_not_guessed_at() {
        let mut bytes = seal(&7_u64);
        assert_eq!(unseal::<u64>(&bytes), Ok(7));
        bytes[0] = VERSION + 1;
        assert_eq!(unseal::<u64>(&bytes), Err(Unreadable));
    }
}
