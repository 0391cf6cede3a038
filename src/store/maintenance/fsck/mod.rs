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

use crate::store::codec::frame::Frame;
use crate::store::error::StoreError;
use crate::store::ledger::changes::Digest;
use crate::store::volume::{CHECKED, tree};
use crate::store::{Damage, Store};

/// Findings that are described one by one; more are only counted.
const MAX_DESCRIBED: usize = 1000;

/// Result of a check.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Findings {
    /// Volumes that were checked.
    pub volumes: usize,
    /// Items in them that can be read.
    pub items: u64,
    /// Stories in them that can be read.
    pub stories: u64,
    /// Sources with a state that can be read.
    pub sources: u64,
    /// Descriptions of the findings, the first thousand.
    pub findings: Vec<Finding>,
    /// Number of findings, with those that are not described.
    pub n_findings: u64,
    /// Number of findings that were mended.
    pub n_mended: u64,
    /// Parts that were moved aside, now or before.
    pub damage: Vec<Damage>,
}

/// Disagreement between two parts, or a part that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Code for machines: `item_unreadable`, `index_missing`, …
    pub code: &'static str,
    /// Place and fault, for people.
    pub what: String,
}

/// Treatment of findings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// None: they are only told.
    Look,
    /// Mending, as far as it can be derived.
    Mend,
}

/// Check under way.
struct Check<'a> {
    store: &'a Store,
    mode: Mode,
    found: Findings,
    digest: Digest,
}

impl Store {
    /// Checks every record and every index; `progress` hears what is looked at.
    ///
    /// Mended parts are durable when it returns.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn check(&self, mode: Mode, progress: &dyn Fn(String)) -> Result<Findings, StoreError> {
        let mut writer = self.writer();
        if writer.has_failed && self.overlay.is_none() {
            self.guarded(&mut writer, || Ok(()))?;
        }
        self.checkpoint()?;
        let mut check = Check::new(self, mode);
        for period in self.volumes.present() {
            progress(format!("volume {period}"));
            if mode == Mode::Mend {
                check.salvage(period)?;
            }
            check.volume(period)?;
            if mode == Mode::Look && self.damage.is_unsound(period) {
                check.part_unreadable(period);
            }
        }
        progress("the ledger".to_owned());
        check.ledger()?;
        self.forget_stories();
        check.found.damage = self.damage();
        Ok(check.found)
    }

    /// Checks and mends the volumes that were cut off in the middle of a group. The caller holds the
    /// writer's lock.
    pub(in crate::store) fn mend_shortened(&self) -> Result<(), StoreError> {
        for period in self.volumes.take_shortened()? {
            if self.volumes.find(period)?.is_none() {
                continue;
            }
            Check::new(self, Mode::Mend).volume(period)?;
            let mut frame = Frame::default();
            frame.volume(period);
            let n_damaged = self.volumes.n_damaged(period)?;
            frame.put(tree::META, CHECKED, &n_damaged.to_be_bytes());
            self.append_and_apply(frame.bytes())?;
        }
        Ok(())
    }
}

impl Findings {
    /// Returns the number of findings that were not mended.
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

    /// Counts a finding that can be mended; returns whether it is to be.
    fn mendable(&mut self, code: &'static str, what: impl Display) -> bool {
        self.note(code, what);
        let mends = self.mode == Mode::Mend;
        self.found.n_mended += u64::from(mends);
        mends
    }

    /// Counts a finding.
    fn note(&mut self, code: &'static str, what: impl Display) {
        self.found.n_findings += 1;
        if self.found.findings.len() < MAX_DESCRIBED {
            let what = what.to_string();
            self.found.findings.push(Finding { code, what });
        }
    }
}
