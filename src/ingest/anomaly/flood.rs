//! Held-back entries: entries from the future, entries without a date where that is asked
//! for, and a document in which nearly all is new (a flood).
//!
//! A known source that suddenly has nothing but new entries has been moved, rebuilt, or
//! answers with something else; passing that on would flood readers with what they have
//! read. It is held back for a few polls. Where the entries can be new, because they are
//! dated after the last poll, or because that was long ago, they are.

use jiff::{SignedDuration, Timestamp};

use super::notice;
use crate::config::{Future, Source, Undated};
use crate::ingest::identity::{Flood, IdentifiedEntry, MAX_REVISION_SECONDS};
use crate::ingest::item::sort_key;
use crate::model::{Draft, FailureKind, Health, Precision, SeenEntries, SourceState, StoredItem};

/// Share of new entries above which a document is a flood, unless `expect.new_ratio_max` says
/// otherwise.
const NEW_RATIO_MAX: f64 = 0.8;

/// Number of new entries below which there is no flood.
const MIN_FLOOD_ENTRIES: usize = 5;

/// Polls in a row that are held back; what is still there then is meant.
const MAX_HELD_POLLS: u8 = 2;

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
}

impl Disposition {
    /// Whether the entry is looked at again at the next poll.
    #[must_use]
    pub fn is_waiting(self) -> bool {
        matches!(
            self,
            Disposition::Early | Disposition::Flood | Disposition::Notice
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
    flood: Flood,
    now: Timestamp,
    has_page: impl Fn(&Draft) -> bool,
) -> Vec<Disposition> {
    let is_flood = matches!(flood, Flood::HeldBack { .. });
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
fn is_new(entry: &IdentifiedEntry, held: Option<&StoredItem>) -> bool {
    held.is_none() && entry.was.is_none()
}

/// Decides whether a complete document is a flood: at least 5 new entries, more than the
/// allowed share, at a known source, and not made since the last good poll by their dates.
///
/// Held back twice, then released. After a release, the next polls (their number is in the
/// seen set) are never a flood.
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
    if new.len() < MIN_FLOOD_ENTRIES
        || !is_most
        || roll.flood_grace_polls > 0
        || may_be_news(&new, last, now)
    {
        return Flood::None;
    }
    match roll.held_back >= MAX_HELD_POLLS {
        true => Flood::Released,
        false => Flood::HeldBack {
            n_new: new.len(),
            n_entries: entries.len(),
        },
    }
}

/// Whether entries that appear now can have been made since the last good poll: most are
/// dated after it (less 12 h), and not all at one time.
fn may_be_news(new: &[&IdentifiedEntry], last: Timestamp, now: Timestamp) -> bool {
    if now.duration_since(last) > MAX_POLL_GAP {
        return true;
    }
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
/// reads it again; marks the source as failing if it was a flood.
pub fn mark(state: &mut SourceState, before: &SourceState, fates: &[Disposition], flood: Flood) {
    if fates.iter().any(|fate| fate.is_waiting()) {
        state.validators = None;
        state.body_hash = None;
    }
    if let Flood::HeldBack { n_new, n_entries } = flood {
        state.succeeded = before.succeeded;
        state.trouble = Some(FailureKind::Content);
        state.health = Health::Failing {
            code: "held_back".to_owned(),
            message: format!(
                "{n_new} of {n_entries} entries are new at once and not dated since the last poll: \
                 held back, published if they are still there in {MAX_HELD_POLLS} polls; if that is \
                 normal here, raise expect.new_ratio_max"
            ),
        };
    }
}
