//! Held-back entries: entries from the future, entries without a date where that is asked
//! for, and a document in which nearly all is new (a flood).
//!
//! A known source that suddenly has nothing but new entries has been moved, rebuilt, or
//! answers with something else; passing that on would flood readers with what they have
//! read. It is held back, and published if the same entries stay for a few polls; a source whose
//! floods repeat has to keep them longer each time, and one that is another at every poll is held
//! back for as long as it is. Where the entries can be new, because they are dated after the last
//! poll, or because that was long ago, they are. Of those one source may bring so many a day.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use super::notice;
use crate::config::{Future, Source, Undated};
use crate::ingest::identity::{
    Flood, HeldFlood, IdentifiedEntry, MAX_REVISION_SECONDS, n_released,
};
use crate::ingest::item::sort_key;
use crate::model::{Draft, FailureKind, Health, Precision, SeenEntries, SourceState, StoredItem};

/// Share of new entries above which a document is a flood, unless `expect.new_ratio_max` says
/// otherwise.
const NEW_RATIO_MAX: f64 = 0.8;

/// Number of new entries below which there is no flood.
const MIN_FLOOD_ENTRIES: usize = 5;

/// Polls in a row that are held back; what is still there then is meant.
const MAX_HELD_POLLS: u8 = 2;

/// Upper limit of these polls, where floods were released again and again.
const MAX_HELD_POLLS_OF_REPEATED: u8 = 128;

/// New entries of a flood by which it is known again, from the head of the document.
const MAX_KNOWN_ENTRIES: usize = 200;

/// Time by which entries may appear in a feed after the date they bear.
const MAX_DATE_LAG: SignedDuration = SignedDuration::from_hours(12);

/// Time since the last good poll after which any news may have replaced all that was there.
const MAX_POLL_GAP: SignedDuration = SignedDuration::from_hours(36);

/// Time ahead beyond which a date is a mistake, not an appointment.
const MAX_DATE_AHEAD: SignedDuration = SignedDuration::from_hours(31 * 24);

/// Disposition of an entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Disposition {
    /// Processed as ever.
    Taken,
    /// Held: dated in the future (`future = "hold"`); looked at again at the next poll.
    Early,
    /// Dropped: has no date, and such are not wanted (`undated = "drop"`).
    Undated,
    /// Held: no news, but words to readers of feeds; looked at again at the next poll.
    Notice,
    /// Held: part of a flood; looked at again at the next poll.
    Flood,
    /// Held: more than the source may bring in a day (`max_new_per_day`); looked at again at the
    /// next poll.
    Surplus,
}

impl Disposition {
    /// Whether the entry is looked at again at the next poll.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(
            self,
            Disposition::Early | Disposition::Flood | Disposition::Notice | Disposition::Surplus
        )
    }
}

/// Classifies the entries of a document; only new ones are ever held or dropped. `held` is
/// what the store has, entry by entry. An entry whose page will be read (`has_page`) may get its
/// date there.
#[must_use]
pub fn classify(
    source: &Source,
    entries: &[IdentifiedEntry],
    held: &[Option<StoredItem>],
    flood: &Flood,
    now: Timestamp,
    has_page: impl Fn(&Draft) -> bool,
) -> Vec<Disposition> {
    let is_flood = matches!(flood, Flood::HeldBack(_));
    let is_dated_only = source.undated == Undated::Drop;
    let fate = |(entry, held): (&IdentifiedEntry, &Option<StoredItem>)| {
        let published = entry.draft.published.map(|moment| moment.at);
        let is_dated = entry.draft.date().and_then(sort_key::believable).is_some();
        let ahead = published.map(|at| at.duration_since(now));
        let is_ahead = ahead.is_some_and(|ahead| ahead.is_positive() && ahead <= MAX_DATE_AHEAD);
        match is_new(entry, held.as_ref()) {
            true if is_ahead && source.future == Future::Hold => Disposition::Early,
            true if !is_dated && is_dated_only && !has_page(&entry.draft) => Disposition::Undated,
            true if notice::is_notice(&entry.draft) => Disposition::Notice,
            true if is_flood => Disposition::Flood,
            _ => Disposition::Taken,
        }
    };
    entries.iter().zip(held).map(fate).collect()
}

/// Whether an entry that is on no roll is news, although we hold or held something
/// under its id: it is dated long after that. Of what was removed nothing is known but
/// that it was old.
#[must_use]
pub fn is_again(entry: &IdentifiedEntry, held: &StoredItem, before: &SourceState) -> bool {
    let date = entry.draft.date().and_then(sort_key::believable);
    let (Some(date), None) = (date, entry.was) else {
        return false;
    };
    if held.is_removed {
        let since = before
            .succeeded
            .and_then(|at| at.checked_sub(MAX_DATE_LAG).ok());
        return since.is_some_and(|since| date.at >= since);
    }
    let later = date.at.duration_since(held.sort_key).as_secs();
    later > MAX_REVISION_SECONDS && held.fingerprint != entry.fingerprint
}

/// Whether neither the store nor the seen set has the entry.
#[must_use]
pub fn is_new(entry: &IdentifiedEntry, held: Option<&StoredItem>) -> bool {
    held.is_none() && entry.was.is_none()
}

/// Decides whether a complete document is a flood: at least 5 new entries, more than the
/// allowed share, at a known source, and not made since the last good poll by their dates.
///
/// Held back twice, then released if the same entries are there; after releases lately four times
/// as often for each. After a first release, some more floods are let through.
#[must_use]
pub fn flood(
    source: &Source,
    before: &SourceState,
    roll: &SeenEntries,
    entries: &[IdentifiedEntry],
    held: &[Option<StoredItem>],
    now: Timestamp,
) -> Flood {
    let new = entries.iter().zip(held);
    let new: Vec<&IdentifiedEntry> = new
        .filter(|(entry, held)| is_new(entry, held.as_ref()))
        .map(|(entry, _)| entry)
        .collect();
    let most = source.expect.new_ratio_max.unwrap_or(NEW_RATIO_MAX);
    let is_same_address = before.asked.as_ref() == Some(&source.url);
    let is_known = !roll.known.is_empty() && is_same_address;
    let (Some(last), true) = (before.succeeded, is_known) else {
        return Flood::None;
    };
    let is_most = new.len() as f64 > most * entries.len() as f64;
    // While a flood is held back, the last good poll is long ago, and that says nothing.
    let read = before.polled.filter(|_| roll.held_back > 0).unwrap_or(last);
    let is_gap = now.duration_since(read) > MAX_POLL_GAP;
    if new.len() < MIN_FLOOD_ENTRIES || !is_most || is_gap || may_be_news(&new, last) {
        return Flood::None;
    }
    if roll.flood_grace_polls > 0 {
        return Flood::Tolerated;
    }
    let n_held = match stays(roll, &new) {
        true => roll.held_back,
        false => 0,
    };
    let n_needed = n_needed(roll);
    match n_held >= n_needed {
        true => Flood::Released,
        false => Flood::HeldBack(HeldFlood {
            n_new: new.len(),
            n_entries: entries.len(),
            is_other: roll.held_back > 0 && n_held == 0,
            n_left: n_needed - n_held,
            entries: marks(&new),
        }),
    }
}

/// Computes the polls for which a flood has to stay.
fn n_needed(roll: &SeenEntries) -> u8 {
    let factor = 4_u8.saturating_pow(u32::from(n_released(roll)));
    MAX_HELD_POLLS
        .saturating_mul(factor)
        .min(MAX_HELD_POLLS_OF_REPEATED)
}

/// Whether most of the new entries are those that were held back at the last poll.
fn stays(roll: &SeenEntries, new: &[&IdentifiedEntry]) -> bool {
    let held: HashSet<u64> = roll.held_entries.iter().copied().collect();
    let looked_at = new.iter().take(MAX_KNOWN_ENTRIES);
    let n_looked_at = looked_at.len();
    let is_held = |entry: &&&IdentifiedEntry| marks_of(entry).any(|mark| held.contains(&mark));
    looked_at.filter(is_held).count() * 2 > n_looked_at
}

/// Lists the hashes by which new entries are known again at the next poll.
fn marks(new: &[&IdentifiedEntry]) -> Vec<u64> {
    let looked_at = new.iter().take(MAX_KNOWN_ENTRIES);
    looked_at.flat_map(|entry| marks_of(entry)).collect()
}

/// Iterates over the hashes of an entry's address, or its text where it has none, and of its title.
fn marks_of(entry: &IdentifiedEntry) -> impl Iterator<Item = u64> + use<> {
    let known = entry.known;
    known.link.or(known.text).into_iter().chain(known.title)
}

/// Holds back the new entries that are too many for one day, those at the end of the document:
/// `allowed` more may come.
pub fn cap(
    fates: &mut [Disposition],
    entries: &[IdentifiedEntry],
    held: &[Option<StoredItem>],
    allowed: usize,
) {
    let mut n_new = 0;
    for (fate, (entry, held)) in fates.iter_mut().zip(entries.iter().zip(held)) {
        if *fate == Disposition::Taken && is_new(entry, held.as_ref()) {
            n_new += 1;
            if n_new > allowed {
                *fate = Disposition::Surplus;
            }
        }
    }
}

/// Computes how many new items a source may still bring: `n_more` came besides those that its
/// state counts. A first reading, and one that an admin let through, is not counted.
#[must_use]
pub fn allowed(source: &Source, before: &SourceState, n_more: u32, now: Timestamp) -> usize {
    if before.succeeded.is_none() || before.asked.as_ref() != Some(&source.url) {
        return usize::MAX;
    }
    let n_brought = before.intake.of(now).saturating_add(n_more);
    let allowed = source.max_new_per_day.saturating_sub(n_brought);
    usize::try_from(allowed).unwrap_or(usize::MAX)
}

/// Whether entries that appear now can have been made since the last good poll: most are
/// dated after it (less 12 h), and not all at one time.
fn may_be_news(new: &[&IdentifiedEntry], last: Timestamp) -> bool {
    let since = last.saturating_sub(MAX_DATE_LAG).unwrap_or(last);
    let dated = new.iter().filter_map(|entry| entry.draft.date());
    let mut dates: Vec<Timestamp> = dated
        .map(|moment| match moment.precision {
            Precision::Day => moment.at.saturating_add(SignedDuration::from_hours(24)),
            Precision::Minute | Precision::Second => Ok(moment.at),
        })
        .filter_map(Result::ok)
        .filter(|at| *at >= since)
        .collect();
    let n_recent = dates.len();
    dates.sort_unstable();
    dates.dedup();
    // A move gives all of them the time it took place.
    let is_spread = dates.len() * 2 > n_recent;
    n_recent * 2 > new.len() && is_spread
}

/// Drops validators and body hash if not all of the document was taken, so that the next poll
/// reads it again; marks the source as failing if it was a flood, or more than it may bring in a
/// day.
pub fn mark(
    state: &mut SourceState,
    (source, before): (&Source, &SourceState),
    fates: &[Disposition],
    flood: &Flood,
) {
    if fates.iter().any(|fate| fate.is_waiting()) {
        state.validators = None;
        state.body_hash = None;
    }
    let n_surplus = fates.iter().filter(|fate| **fate == Disposition::Surplus);
    let (code, message) = match (flood, n_surplus.count()) {
        (Flood::HeldBack(held), _) => {
            state.succeeded = before.succeeded;
            ("held_back", told(held))
        }
        (_, 0) => return,
        (_, n_surplus) => {
            let most = source.max_new_per_day;
            let message = format!(
                "{n_surplus} more entries are new than it may bring in a day ({most}): they wait; \
                 if so many are normal here, raise max_new_per_day"
            );
            ("too_many", message)
        }
    };
    let code = code.to_owned();
    state.trouble = Some(FailureKind::Content);
    state.health = Health::Failing { code, message };
}

/// Says of a flood that it is held back, until when, and what to do.
fn told(held: &HeldFlood) -> String {
    let (n_new, n_entries, n_left) = (held.n_new, held.n_entries, held.n_left);
    let others = match held.is_other {
        true => ", and others than at the last poll",
        false => "",
    };
    let polls = match n_left {
        1 => "another poll".to_owned(),
        n => format!("{n} polls"),
    };
    format!(
        "{n_new} of {n_entries} entries are new at once and not dated since the last poll{others}: \
         held back, published if they are still there in {polls}; if that is normal here, raise \
         expect.new_ratio_max"
    )
}
