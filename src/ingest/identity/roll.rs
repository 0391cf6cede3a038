//! What is remembered of the entries of a source from one poll to the next.

use std::collections::HashSet;

use super::Guids;
use super::marks::{self, Parts};
use crate::ingest::hold::Flood;
use crate::model::{ItemId, Known, Roll};

/// Entries that are remembered of a source: twice those of its last document,
/// and at least so many.
const MIN_KNOWN: usize = 120;

/// The most entries that are remembered: twice those that a document may have.
const MAX_KNOWN: usize = 4000;

/// The most guids that are remembered as useless.
const MAX_SHARED: usize = 200;

/// No more strikes than these are counted, so that guids are trusted again some
/// polls after they have settled.
const MAX_STRIKES: u8 = 6;

/// Polls after a release that are not held back.
const TOLERANCE: u8 = 50;

/// The roll after a document with the entries `seen`; what `is_part` of one
/// makes nothing forgotten.
#[must_use]
pub fn next(before: &Roll, seen: Vec<Known>, guids: &Guids, flood: Flood, is_part: bool) -> Roll {
    let strikes = match guids {
        Guids {
            n_kept, n_changed, ..
        } if n_changed > n_kept => (before.strikes + 1).min(MAX_STRIKES),
        Guids { n_kept: 0, .. } => before.strikes,
        _ => before.strikes.saturating_sub(1),
    };
    let mut shared = before.shared.clone();
    shared.extend(&guids.shared);
    shared.drain(..shared.len().saturating_sub(MAX_SHARED));
    Roll {
        known: known(before, seen, is_part),
        shared,
        strikes,
        held_back: match flood {
            Flood::HeldBack { .. } => before.held_back.saturating_add(1),
            Flood::None | Flood::Released => 0,
        },
        tolerance: match flood {
            Flood::Released => TOLERANCE,
            Flood::None | Flood::HeldBack { .. } => before.tolerance.saturating_sub(1),
        },
    }
}

fn known(before: &Roll, mut seen: Vec<Known>, is_part: bool) -> Vec<Known> {
    // The same document in another order leaves the roll as it is.
    seen.sort_unstable_by_key(|known| known.item);
    let here: HashSet<ItemId> = seen.iter().map(|known| known.item).collect();
    let most = match is_part {
        true => (before.known.len() + seen.len()).clamp(MIN_KNOWN, MAX_KNOWN),
        false => (2 * seen.len()).max(MIN_KNOWN),
    };
    let said: HashSet<Parts> = seen.iter().map(marks::parts).collect();
    // What says the same as an entry that is here cannot be told from it.
    let is_gone =
        |known: &&Known| !here.contains(&known.item) && !said.contains(&marks::parts(known));
    let gone = before.known.iter().filter(is_gone);
    seen.extend(gone);
    seen.truncate(most);
    seen
}
