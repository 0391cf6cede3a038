//! Log of damage: what was lost, for status and metrics.

use std::collections::BTreeSet;
use std::fmt::{self, Display};
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard};

use crate::store::codec::period::Period;
use crate::sync;

/// Part of the store that could not be used; shown by status, metrics and fsck.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Damage {
    /// Part that was moved aside and is kept there.
    MovedAside {
        /// Name: `volume 2026-11-01`, `the ledger`.
        what: String,
        /// Present path.
        kept: PathBuf,
        /// Reason.
        why: String,
    },
    /// Part that goes on without its last writes; a note says so in its folder.
    Shortened {
        /// Name: `volume 2026-11-01`.
        what: String,
        /// Path of the note.
        note: PathBuf,
        /// Reason, and how much is missing.
        why: String,
    },
    /// Database that was opened without its snapshot, which is kept; the end of what was written may be
    /// missing.
    Repaired {
        /// Name: `volume 2026-11-01`, `the ledger`.
        what: String,
        /// Reason.
        why: String,
    },
    /// Records, or ends of an index, that could not be read since the start.
    Unreadable {
        /// Number of times.
        times: u64,
    },
}

impl fmt::Display for Damage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Damage::MovedAside { what, kept, why } => {
                write!(f, "{what} was moved aside to {}: {why}", kept.display())
            }
            Damage::Shortened { what, note, why } => {
                write!(f, "{what} goes on ({}): {why}", note.display())
            }
            Damage::Repaired { what, why } => {
                write!(f, "{what} was opened without its snapshot: {why}")
            }
            Damage::Unreadable { times } => write!(f, "{times} records could not be read"),
        }
    }
}

/// Log of all that was found damaged since the start, and of what earlier runs moved aside.
#[derive(Debug, Default)]
pub(in crate::store) struct DamageLog {
    /// Parts, in the order in which they were found.
    moved: Mutex<Vec<Damage>>,
    /// Times that a record could not be read.
    unreadable: AtomicU64,
    /// Volumes of which a part cannot be read.
    unsound: Mutex<BTreeSet<Period>>,
}

impl DamageLog {
    /// Logs and notes a part that was moved aside to `kept`.
    pub(in crate::store) fn moved_aside(&self, what: String, kept: PathBuf, why: String) {
        tracing::error!(
            kept = %kept.display(),
            "{what} of the store is damaged and was moved aside, the rest is served: {why}"
        );
        self.remember(Damage::MovedAside { what, kept, why });
    }

    /// Logs and notes a part that has lost its last writes.
    pub(in crate::store) fn shortened(&self, what: String, note: PathBuf, why: String) {
        tracing::error!("{what} of the store is damaged, the rest is served: {why}");
        self.remember(Damage::Shortened { what, note, why });
    }

    /// Logs and notes a database that was opened without its snapshot.
    pub(in crate::store) fn repaired(&self, what: &str, why: &dyn Display) {
        tracing::warn!("{what} of the store was opened without its snapshot: {why}");
        self.remember(Damage::Repaired {
            what: what.to_owned(),
            why: why.to_string(),
        });
    }

    /// Notes damage that was logged before, or by an earlier run.
    pub(in crate::store) fn remember(&self, damage: Damage) {
        sync::lock(&self.moved).push(damage);
    }

    /// Counts a record that cannot be read; logs the first one.
    pub(in crate::store) fn unreadable(&self, what: &str, why: &dyn Display) {
        if self.unreadable.fetch_add(1, Ordering::Relaxed) == 0 {
            tracing::warn!(
                "{what} cannot be read and is skipped; further ones are only counted: {why}"
            );
        }
    }

    /// Notes a volume of which a part cannot be read: its items are asked for again. Counts as
    /// [`DamageLog::unreadable`].
    pub(in crate::store) fn unsound(&self, volume: Period, what: &str, why: &dyn Display) {
        self.unreadable(what, why);
        self.unsound_ones().insert(volume);
    }

    /// Returns whether a part of this volume cannot be read.
    pub(in crate::store) fn is_unsound(&self, volume: Period) -> bool {
        self.unsound_ones().contains(&volume)
    }

    /// Returns whether that is so of any volume.
    pub(in crate::store) fn has_unsound(&self) -> bool {
        !self.unsound_ones().is_empty()
    }

    /// Forgets that a part of a volume could not be read, as it was mended.
    pub(in crate::store) fn is_sound_again(&self, volume: Period) {
        self.unsound_ones().remove(&volume);
    }

    fn unsound_ones(&self) -> MutexGuard<'_, BTreeSet<Period>> {
        sync::lock(&self.unsound)
    }

    /// Returns all damage, for people and metrics.
    pub(in crate::store) fn report(&self) -> Vec<Damage> {
        let moved = sync::lock(&self.moved);
        let mut report = moved.clone();
        let times = self.unreadable.load(Ordering::Relaxed);
        if times > 0 {
            report.push(Damage::Unreadable { times });
        }
        report
    }
}
