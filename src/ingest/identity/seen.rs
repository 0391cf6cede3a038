//! Seen set of a source: the entries remembered from one poll to the next.

use std::collections::HashSet;

use super::Guids;
use super::hashes;
use super::hashes::EntryParts;
use crate::config::Source;
use crate::model::{ItemId, SeenEntries, SeenEntry, WebUrl};

/// Least capacity of a seen set, in entries; else twice those of the last document.
const MIN_KNOWN: usize = 120;

/// Capacity after a document that is a part: twice the entries that a document may have.
const MAX_KNOWN: usize = 4000;

/// Upper limit of guids remembered as useless.
const MAX_SHARED: usize = 200;

/// Upper limit of guid churn, so that guids are trusted again some polls after they have
/// settled.
const MAX_GUID_CHURN: u8 = 6;

/// Polls after a release that are not held back.
const FLOOD_GRACE_POLLS: u8 = 50;

/// Polls of that grace which another flood takes.
const FLOOD_GRACE_COST: u8 = 10;

/// Memory of one released flood, in documents that are none.
const FLOOD_DEBT: u8 = 64;

/// Whether a document is a flood.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Flood {
    /// No flood.
    #[default]
    None,
    /// Flood soon after one that was released.
    Tolerated,
    /// Flood that has stayed for several polls in a row: it is meant.
    Released,
    /// Flood to be held back.
    HeldBack(HeldFlood),
}

/// Flood that is held back.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeldFlood {
    /// New entries of the document.
    pub n_new: usize,
    /// All entries of the document.
    pub n_entries: usize,
    /// Whether most of the new entries are others than those that were held back before.
    pub is_other: bool,
    /// Polls that it still has to stay for.
    pub n_left: u8,
    /// Hashes by which the new entries are known again.
    pub entries: Vec<u64>,
}

/// Returns how often floods were released lately, 0 to 4.
#[must_use]
pub fn n_released(seen: &SeenEntries) -> u8 {
    seen.flood_debt.div_ceil(FLOOD_DEBT)
}

/// Computes the seen set after a document with the entries `seen`; after `is_part` of a
/// document nothing is forgotten for being absent.
///
/// Guid churn (`guid_churn`) rises if more known entries changed their guid than kept it, falls
/// if some kept it and no more than those changed it, and stays if none did either.
#[must_use]
pub fn next(
    before: &SeenEntries,
    seen: Vec<SeenEntry>,
    guids: &Guids,
    flood: &Flood,
    is_part: bool,
) -> SeenEntries {
    let guid_churn = match guids {
        Guids {
            n_kept, n_changed, ..
        } if n_changed > n_kept => (before.guid_churn + 1).min(MAX_GUID_CHURN),
        Guids { n_kept: 0, .. } => before.guid_churn,
        _ => before.guid_churn.saturating_sub(1),
    };
    let mut shared = before.shared.clone();
    shared.extend(&guids.shared);
    shared.drain(..shared.len().saturating_sub(MAX_SHARED));
    SeenEntries {
        known: known(before, seen, is_part),
        shared,
        guid_churn,
        held_back: match flood {
            Flood::HeldBack(held) if held.is_other => 1,
            Flood::HeldBack(_) => before.held_back.saturating_add(1),
            Flood::None | Flood::Tolerated | Flood::Released => 0,
        },
        flood_grace_polls: match flood {
            // Who floods again and again is not told from who does it for a reason.
            Flood::Released if before.flood_debt == 0 => FLOOD_GRACE_POLLS,
            Flood::Released => 0,
            Flood::Tolerated => before.flood_grace_polls.saturating_sub(FLOOD_GRACE_COST),
            Flood::None | Flood::HeldBack(_) => before.flood_grace_polls.saturating_sub(1),
        },
        held_entries: match flood {
            Flood::HeldBack(held) => held.entries.clone(),
            Flood::None | Flood::Tolerated | Flood::Released => Vec::new(),
        },
        flood_debt: match flood {
            Flood::Released => before.flood_debt.saturating_add(FLOOD_DEBT),
            Flood::None => before.flood_debt.saturating_sub(1),
            Flood::Tolerated | Flood::HeldBack(_) => before.flood_debt,
        },
    }
}

/// Returns whether a link is one of the seen set `seen` of `source`.
pub fn has_seen<'s>(source: &'s Source, seen: &SeenEntries) -> impl Fn(&WebUrl) -> bool + use<'s> {
    let links: HashSet<u64> = seen.known.iter().filter_map(|known| known.link).collect();
    move |url| links.contains(&hashes::link(url, source))
}

/// Joins the entries seen and those before that are not among them, ascending by id among the
/// seen ones, cut at the capacity.
fn known(before: &SeenEntries, mut seen: Vec<SeenEntry>, is_part: bool) -> Vec<SeenEntry> {
    // The same document in another order leaves the roll as it is.
    seen.sort_unstable_by_key(|known| known.item);
    let here: HashSet<ItemId> = seen.iter().map(|known| known.item).collect();
    let most = match is_part {
        true => (before.known.len() + seen.len()).clamp(MIN_KNOWN, MAX_KNOWN),
        false => (2 * seen.len()).max(MIN_KNOWN),
    };
    let said: HashSet<EntryParts> = seen.iter().map(hashes::parts).collect();
    // What says the same as an entry that is here cannot be told from it.
    let is_gone =
        |known: &&SeenEntry| !here.contains(&known.item) && !said.contains(&hashes::parts(known));
    let gone = before.known.iter().filter(is_gone);
    seen.extend(gone);
    seen.truncate(most);
    seen
}
