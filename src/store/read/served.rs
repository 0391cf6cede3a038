//! Latest date that readers were given beyond what the store itself dates.
//!
//! A document may have to be dated later than its last change: the configuration changed, the clock
//! went back, or it changed twice in a second. A date that was given is never taken back, also not by
//! a restart, so the latest of them is kept in a file beside the ledger. Losing it costs one download.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use jiff::Timestamp;
use tracing::debug;

use crate::clock;
use crate::store::Store;
use crate::sync;

/// Name of the file in the store's folder.
const NAME: &str = "served";

/// Latest date that readers were given beyond the store's own, in memory and in its file.
pub(in crate::store) struct Served {
    /// Folder of the store.
    dir: PathBuf,
    latest: Mutex<Option<Timestamp>>,
}

impl Served {
    /// Reads the file in `dir`; one that is not there, or says no date, is none.
    pub(in crate::store) fn open(dir: &Path) -> Served {
        let text = fs::read_to_string(dir.join(NAME)).ok();
        Served {
            dir: dir.to_owned(),
            latest: Mutex::new(text.and_then(|text| text.trim().parse().ok())),
        }
    }

    /// Replaces the file.
    fn write(&self, at: Timestamp) -> io::Result<()> {
        let new = self.dir.join(format!("{NAME}.new"));
        fs::write(&new, format!("{at}\n"))?;
        fs::rename(new, self.dir.join(NAME))
    }
}

impl Store {
    /// Returns the latest date given to [`Store::note_served`], also before a restart; none that only a
    /// fast clock can have given, as it would keep all documents without a date until it comes.
    #[must_use]
    pub fn served(&self, now: Timestamp) -> Option<Timestamp> {
        let latest = *sync::lock(&self.served.latest);
        latest.filter(|at| !clock::is_ahead(*at, now))
    }

    /// Notes that readers were given a date that no change of the store has. On a disk that takes
    /// nothing it is known until the end of the process.
    pub fn note_served(&self, at: Timestamp, now: Timestamp) {
        let mut latest = sync::lock(&self.served.latest);
        if latest.is_some_and(|latest| latest >= at && !clock::is_ahead(latest, now)) {
            return;
        }
        *latest = Some(at);
        if let Err(why) = self.served.write(at) {
            debug!("cannot keep the date that readers were given: {why}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_outlives_the_store_and_only_grows() {
        let dir = tempfile::TempDir::new().unwrap();
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let open = || Store::open(dir.path(), at("2026-11-20T12:00:00Z")).unwrap();
        let now = at("2026-11-20T12:00:02Z");
        let store = open();
        assert_eq!(store.served(now), None);
        store.note_served(at("2026-11-20T12:00:01Z"), now);
        store.note_served(at("2026-11-20T11:00:00Z"), now);
        drop(store);
        assert_eq!(open().served(now), Some(at("2026-11-20T12:00:01Z")));
        fs::write(dir.path().join(NAME), "garbage").unwrap();
        assert_eq!(open().served(now), None);
    }

    #[test]
    fn a_date_of_a_fast_clock_is_forgotten_once_it_is_right() {
        let dir = tempfile::TempDir::new().unwrap();
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let (now, fast) = (at("2026-11-20T12:00:00Z"), at("2036-11-20T12:00:00Z"));
        let store = Store::open(dir.path(), now).unwrap();
        store.note_served(fast, fast);
        assert_eq!(store.served(fast), Some(fast));
        assert_eq!(store.served(now), None);
        store.note_served(now, now);
        assert_eq!(store.served(now), Some(now));
    }
}
