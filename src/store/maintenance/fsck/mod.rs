//! Whether everything in the store agrees, and mending what can be derived.
//!
//! ```text
//!   items       are the truth; an unreadable one is forgotten, so that its
//!               source brings it back
//!   stories     follow from the items that name them
//!   indexes     follow from the stories
//!   the ledger  follows from all volumes, but for the states of sources
//! ```

mod ledger;
mod salvage;
mod volume;

use std::fmt::Display;

use crate::store::error::StoreError;
use crate::store::ledger::changes::Digest;
use crate::store::{Damage, Store};

/// Findings that are described one by one; more are only counted.
const MAX_DESCRIBED: usize = 1000;

/// What a check found.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Volumes that were looked at.
    pub volumes: usize,
    /// Items in them that can be read.
    pub items: u64,
    /// Stories in them that can be read.
    pub stories: u64,
    /// Sources with a state that can be read.
    pub sources: u64,
    /// What does not agree.
    pub findings: Vec<Finding>,
    /// How many of these there are, with those that are not described.
    pub n_findings: u64,
    /// How many of these were mended.
    pub n_mended: u64,
    /// What was moved aside, now or before.
    pub damage: Vec<Damage>,
}

/// One thing that does not agree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// For machines: `item_unreadable`, `index_missing`, …
    pub code: &'static str,
    /// Where and what, for people.
    pub what: String,
}

/// What to do about a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// Nothing.
    Look,
    /// Mend it.
    Mend,
}

/// A check on its way.
struct Check<'a> {
    store: &'a Store,
    mode: Mode,
    found: Findings,
    digest: Digest,
}

impl Store {
    /// Checks every record and every index. `progress` hears what is looked at.
    ///
    /// What is mended is on the disk when this returns.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn check(&self, mode: Mode, progress: &dyn Fn(String)) -> Result<Findings, StoreError> {
        let _writer = self.writer();
        self.checkpoint()?;
        let mut check = Check::new(self, mode);
        for period in self.volumes.present() {
            progress(format!("volume {period}"));
            if mode == Mode::Mend {
                check.salvage(period)?;
            }
            if let Some(volume) = self.volumes.find(period)? {
                check.volume(period, &volume)?;
            }
            if mode == Mode::Look && self.damage.is_unsound(period) {
                check.part_unreadable(period);
            }
        }
        progress("the ledger".to_owned());
        check.ledger()?;
        self.recent.clear();
        check.found.damage = self.damage();
        Ok(check.found)
    }

    /// Makes volumes agree with themselves that were cut off in the middle of a
    /// group. The writer's lock has to be held.
    pub(in crate::store) fn mend_shortened(&self) -> Result<(), StoreError> {
        for period in self.volumes.take_shortened() {
            if let Some(volume) = self.volumes.find(period)? {
                Check::new(self, Mode::Mend).volume(period, &volume)?;
            }
        }
        Ok(())
    }
}

impl Findings {
    /// What was found and not mended.
    #[must_use]
    pub fn n_left(&self) -> u64 {
        self.n_findings - self.n_mended
    }
}

impl<'a> Check<'a> {
    fn new(store: &'a Store, mode: Mode) -> Check<'a> {
        Check {
            store,
            mode,
            found: Findings::default(),
            digest: Digest::default(),
        }
    }

    /// Notes something that can be mended; whether it is to be.
    fn mendable(&mut self, code: &'static str, what: impl Display) -> bool {
        self.note(code, what);
        let mends = self.mode == Mode::Mend;
        self.found.n_mended += u64::from(mends);
        mends
    }

    fn note(&mut self, code: &'static str, what: impl Display) {
        self.found.n_findings += 1;
        if self.found.findings.len() < MAX_DESCRIBED {
            let what = what.to_string();
            self.found.findings.push(Finding { code, what });
        }
    }
}
