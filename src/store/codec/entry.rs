//! Directory entries as bytes: what the ledger knows of an item.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::period::Period;
use super::scalar::WireTime;
use super::{Unreadable, seal, unseal};
use crate::model::{Item, StoredItem};

/// Directory entry of one item: fingerprint and the two times by which it is found.
///
/// Written with each commit to ledger tree `items` under the item's id, read by each poll to tell new
/// items from known ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::store) struct DirectoryEntry {
    /// Hash of the item's substance, as in [`Item::fingerprint`].
    pub(in crate::store) fingerprint: u64,
    /// First time the item was seen; decides its volume.
    pub(in crate::store) first_seen: Timestamp,
    /// Time by which the item stands in listings.
    pub(in crate::store) sort_key: Timestamp,
}

impl DirectoryEntry {
    /// Draws the entry from an item.
    pub(in crate::store) fn of(item: &Item) -> DirectoryEntry {
        DirectoryEntry {
            fingerprint: item.fingerprint,
            first_seen: item.first_seen,
            sort_key: item.sort_key,
        }
    }

    /// Returns the volume that holds the item.
    pub(in crate::store) fn period(self) -> Period {
        Period::of(self.first_seen)
    }

    /// Encodes the entry: version byte, then postcard.
    pub(in crate::store) fn to_bytes(self) -> Vec<u8> {
        seal(&WireEntry {
            fingerprint: self.fingerprint.to_le_bytes(),
            first_seen: WireTime::of(self.first_seen),
            sort_key: WireTime::of(self.sort_key),
        })
    }

    /// Decodes an entry.
    ///
    /// # Errors
    ///
    /// [`Unreadable`] if the version is another one, or a time is none.
    pub(in crate::store) fn read(bytes: &[u8]) -> Result<DirectoryEntry, Unreadable> {
        let wire: WireEntry = unseal(bytes)?;
        Ok(DirectoryEntry {
            fingerprint: u64::from_le_bytes(wire.fingerprint),
            first_seen: wire.first_seen.read().ok_or(Unreadable)?,
            sort_key: wire.sort_key.read().ok_or(Unreadable)?,
        })
    }
}

impl From<DirectoryEntry> for StoredItem {
    fn from(entry: DirectoryEntry) -> StoredItem {
        StoredItem {
            fingerprint: entry.fingerprint,
            first_seen: entry.first_seen,
            sort_key: entry.sort_key,
            is_removed: false,
        }
    }
}

/// Entry in postcard order; part of the on-disk format.
#[derive(Serialize, Deserialize)]
struct WireEntry {
    /// Little-endian: a hash has all its bits in use, so it is shorter as bytes than as a varint.
    fingerprint: [u8; 8],
    first_seen: WireTime,
    sort_key: WireTime,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn an_entry_reads_back(fingerprint: u64, at in any_time()) {
            let entry = DirectoryEntry { fingerprint, first_seen: at, sort_key: at };
            prop_assert_eq!(DirectoryEntry::read(&entry.to_bytes()), Ok(entry));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in vec(any::<u8>(), 1..300)) {
            let _ = DirectoryEntry::read(&bytes);
        }
    }

    fn any_time() -> impl Strategy<Value = Timestamp> {
        let range = Timestamp::MIN.as_nanosecond()..=Timestamp::MAX.as_nanosecond();
        range.prop_map(|nanoseconds| Timestamp::from_nanosecond(nanoseconds).unwrap())
    }
}
