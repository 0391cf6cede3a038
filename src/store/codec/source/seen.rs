//! Seen set of a source as bytes: what its entries are recognised by.

use serde::{Deserialize, Serialize};

use crate::model::{ItemId, SeenEntries, SeenEntry};
use crate::store::codec::{Unreadable, seal, unseal};

/// Encodes the seen set of a source: version byte, postcard of [`WireRoll`], postcard of
/// [`WireFloods`]. The key in ledger tree `rolls` is the name of the source.
pub(in crate::store) fn write_roll(roll: &SeenEntries) -> Vec<u8> {
    let bytes = seal(&WireRoll {
        known: roll.known.iter().map(WireKnown::of).collect(),
        shared: roll.shared.iter().map(|hash| hash.to_le_bytes()).collect(),
        strikes: roll.guid_churn,
        held_back: roll.held_back,
        tolerance: roll.flood_grace_polls,
    });
    let held = roll.held_entries.iter();
    let floods = WireFloods {
        held: held.map(|hash| hash.to_le_bytes()).collect(),
        debt: roll.flood_debt,
    };
    postcard::to_extend(&floods, bytes).expect("plain fields serialise")
}

/// Decodes a seen set.
///
/// # Errors
///
/// [`Unreadable`] if the version is another one, or it is cut off.
pub(in crate::store) fn read_roll(bytes: &[u8]) -> Result<SeenEntries, Unreadable> {
    let wire: WireRoll = unseal(bytes)?;
    let floods = read_floods(bytes)?;
    Ok(SeenEntries {
        known: wire.known.into_iter().map(WireKnown::read).collect(),
        shared: wire.shared.into_iter().map(u64::from_le_bytes).collect(),
        guid_churn: wire.strikes,
        held_back: wire.held_back,
        flood_grace_polls: wire.tolerance,
        held_entries: floods.held.into_iter().map(u64::from_le_bytes).collect(),
        flood_debt: floods.debt,
    })
}

/// Decodes [`WireFloods`] behind the seen set in `bytes`; its default where an older release wrote
/// none.
///
/// # Errors
///
/// [`Unreadable`] if either of the two is.
fn read_floods(bytes: &[u8]) -> Result<WireFloods, Unreadable> {
    let record = bytes.get(1..).unwrap_or_default();
    let (_, rest) = postcard::take_from_bytes::<WireRoll>(record).map_err(|_| Unreadable)?;
    match rest {
        [] => Ok(WireFloods::default()),
        rest => postcard::from_bytes(rest).map_err(|_| Unreadable),
    }
}

/// Seen set in postcard order; part of the on-disk format.
#[derive(Serialize, Deserialize)]
struct WireRoll {
    known: Vec<WireKnown>,
    /// Hashes that several entries share, little-endian.
    shared: Vec<[u8; 8]>,
    strikes: u8,
    held_back: u8,
    tolerance: u8,
}

/// Fields that seen sets got after their first layout; stand behind [`WireRoll`].
#[derive(Default, Serialize, Deserialize)]
struct WireFloods {
    /// Hashes of the entries that were held back, little-endian.
    held: Vec<[u8; 8]>,
    debt: u8,
}

/// Seen entry in postcard order. Hashes are little-endian bytes: all their bits are in use, so that is
/// shorter than a varint.
#[derive(Serialize, Deserialize)]
struct WireKnown {
    item: [u8; 16],
    guid: Option<[u8; 8]>,
    link: Option<[u8; 8]>,
    title: Option<[u8; 8]>,
    date: Option<i64>,
    text: Option<[u8; 8]>,
    edits: u8,
}

impl WireKnown {
    /// Borrows an entry for encoding.
    fn of(known: &SeenEntry) -> WireKnown {
        let bytes = |hash: Option<u64>| hash.map(u64::to_le_bytes);
        WireKnown {
            item: *known.item.as_bytes(),
            guid: bytes(known.guid),
            link: bytes(known.link),
            title: bytes(known.title),
            date: known.date,
            text: bytes(known.text),
            edits: known.edits,
        }
    }

    /// Reads an entry; any bytes are one.
    fn read(self) -> SeenEntry {
        let hash = |bytes: Option<[u8; 8]>| bytes.map(u64::from_le_bytes);
        SeenEntry {
            item: ItemId::from_bytes(self.item),
            guid: hash(self.guid),
            link: hash(self.link),
            title: hash(self.title),
            date: self.date,
            text: hash(self.text),
            edits: self.edits,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::collection::vec;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_roll_reads_back(roll in any_roll()) {
            prop_assert_eq!(read_roll(&write_roll(&roll)), Ok(roll));
        }

        #[test]
        fn one_of_an_earlier_release_is_read(roll in any_roll()) {
            let earlier = SeenEntries { held_entries: Vec::new(), flood_debt: 0, ..roll };
            let bytes = write_roll(&earlier);
            // An empty list and a zero.
            prop_assert_eq!(read_roll(&bytes[..bytes.len() - 2]), Ok(earlier));
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(mut bytes in vec(any::<u8>(), 1..300)) {
            bytes[0] = 1;
            let _ = read_roll(&bytes);
        }
    }

    prop_compose! {
        fn any_known()(
            id: [u8; 16], guid: Option<u64>, link: Option<u64>, title: Option<u64>,
            date: Option<i64>, text: Option<u64>, edits: u8,
        ) -> SeenEntry {
            SeenEntry { item: ItemId::from_bytes(id), guid, link, title, date, text, edits }
        }
    }

    prop_compose! {
        fn any_roll()(
            known in vec(any_known(), 0..5), shared: Vec<u64>, held_entries: Vec<u64>,
            counts: [u8; 4],
        ) -> SeenEntries {
            let [guid_churn, held_back, flood_grace_polls, flood_debt] = counts;
            SeenEntries {
                known, shared, guid_churn, held_back, flood_grace_polls, held_entries, flood_debt,
            }
        }
    }
}
