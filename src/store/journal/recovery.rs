//! A store that cannot be written: what it says of itself, and how it recovers.
//!
//! After an error sled has to be opened anew, and it cannot be while the disk is
//! full. So a store in trouble is read as long as it is open, and opened again
//! once something can be written.

use std::sync::MutexGuard;

use crate::store::Store;
use crate::store::disk::{lock, reserve};
use crate::store::error::StoreError;
use crate::store::ledger;
use crate::sync;

/// Most parts that are made anew while the store is opened, before it is given up.
const MAX_RENEWALS: usize = 20;

/// Reason why the store takes no commits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::store) struct Trouble {
    /// Sentence for people.
    pub(in crate::store) why: String,
}

/// State of the only writer; its lock is the right to write.
#[derive(Default)]
pub(in crate::store) struct WriterState {
    /// Whether the last write failed, so that sled has to be opened anew before the next.
    pub(in crate::store) has_failed: bool,
    /// Whether only the journal refused that write, so that sled can stay open.
    pub(in crate::store) is_sound: bool,
}

impl Store {
    /// Returns the reason why commits are not written at present; `None` if they are.
    #[must_use]
    pub fn trouble(&self) -> Option<String> {
        let trouble = sync::lock(&self.trouble);
        trouble.as_ref().map(|trouble| trouble.why.clone())
    }

    /// Returns whether the store can be read; not so if the disk was too full to open it.
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.ledger.get().is_ok()
    }

    /// Tries to write again after a failure; does nothing if there was none.
    ///
    /// # Errors
    ///
    /// The failure, if it lasts.
    pub fn mend(&self) -> Result<(), StoreError> {
        let mut writer = self.writer();
        match writer.has_failed || self.trouble().is_some() {
            true => self.guarded(&mut writer, || Ok(())),
            false => Ok(()),
        }
    }

    /// Checks that the folder of the store is still the one that was opened.
    ///
    /// # Errors
    ///
    /// [`StoreError::Displaced`] if not; [`Store::trouble`] says so, too.
    pub fn check_place(&self) -> Result<(), StoreError> {
        if self.overlay.is_some() || lock::is_in_place(&self.dir, &self.lock) {
            return Ok(());
        }
        let why = StoreError::Displaced(self.dir.clone());
        self.tell(Some(&why));
        Err(why)
    }

    /// Opens everything for the first time. On a full disk the store is read-only, as far as the
    /// reserve could open it, and [`Store::trouble`] says so.
    ///
    /// # Errors
    ///
    /// Anything but a full disk.
    pub(in crate::store) fn begin(&self) -> Result<(), StoreError> {
        let opened = match self.open_all() {
            Err(StoreError::Full) => {
                let _ = self.open_from_reserve();
                Err(StoreError::Full)
            }
            opened => opened,
        };
        if opened.is_err() || self.overlay.is_some() {
            self.writer().has_failed = true;
        }
        if let Some(overlay) = &self.overlay {
            if overlay.is_read_only {
                self.tell(Some(&StoreError::ReadOnly));
            }
            return opened;
        }
        match opened.and_then(|()| reserve::keep_reserve(&self.dir)) {
            Err(full @ StoreError::Full) => {
                self.writer().has_failed = true;
                self.tell(Some(&full));
                Ok(())
            }
            other => other,
        }
    }

    /// Opens everything on a full disk, and spends no more of the reserve than that takes.
    fn open_from_reserve(&self) -> Result<(), StoreError> {
        let mut opened = Err(StoreError::Full);
        while matches!(opened, Err(StoreError::Full)) && reserve::spend(&self.dir) {
            opened = self.open_all();
        }
        // What opening has let go again is kept for the next start.
        let _ = reserve::keep_reserve(&self.dir);
        opened
    }

    /// Opens everything. A part that turns out to be damaged is written anew without what cannot be
    /// read; if it is damaged still, it is moved aside.
    fn open_all(&self) -> Result<(), StoreError> {
        let mut seen = Vec::new();
        loop {
            match self.open_once() {
                Err(StoreError::Damaged { what, why }) if seen.len() < MAX_RENEWALS => {
                    tracing::error!("{what} of the store is damaged, it is made anew: {why}");
                    let is_second = seen.contains(&what);
                    if !self.renew(&what, &why, is_second)? {
                        return Err(StoreError::Damaged { what, why });
                    }
                    seen.push(what);
                }
                opened => return opened,
            }
        }
    }

    /// Makes a damaged part anew, the first time, or moves it aside; returns whether anything could be
    /// done.
    fn renew(&self, what: &str, why: &str, is_second: bool) -> Result<bool, StoreError> {
        if what == ledger::NAME {
            self.ledger.distrust();
            return Ok(!is_second);
        }
        let Some(period) = what
            .strip_prefix("volume ")
            .and_then(|name| name.parse().ok())
        else {
            return Ok(false);
        };
        let is_salvaged = match is_second {
            true => false,
            false => self.salvage(period).is_ok(),
        };
        if !is_salvaged {
            self.volumes.set_aside(period, why.to_owned())?;
        }
        Ok(true)
    }

    /// Opens ledger and volumes, replays the journal, and ends removals and rewrites that were cut off.
    fn open_once(&self) -> Result<(), StoreError> {
        self.close_journal();
        self.volumes.close();
        self.bands.clear();
        self.ledger.reopen(&self.volumes, &self.damage)?;
        self.volumes.warm()?;
        self.replay()?;
        self.finish_removals()?;
        self.volumes.miss()?;
        self.mend_shortened()
    }

    /// Runs `write` under the writer's lock, after opening everything anew if the last write failed.
    ///
    /// Keeps [`WriterState`] and [`Store::trouble`] up to date, also if sled panics.
    ///
    /// # Errors
    ///
    /// Those of opening and of `write`. On a full disk the store is opened again from the reserve, to
    /// be read.
    pub(in crate::store) fn guarded<T>(
        &self,
        writer: &mut WriterState,
        write: impl FnOnce() -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        if self.overlay.is_some() {
            return Err(StoreError::ReadOnly);
        }
        self.check_place()?;
        let was_in_trouble = writer.has_failed;
        // Also if sled panics.
        writer.has_failed = true;
        if was_in_trouble {
            self.forget_stories();
            self.generations.upheave();
        }
        let was_sound = std::mem::take(&mut writer.is_sound);
        let reopened = match (was_in_trouble, was_sound) {
            (false, _) if self.ledger.is_suspect() => self.open_all(),
            (false, _) => Ok(()),
            (true, true) => reserve::check(&self.dir),
            (true, false) => reserve::check(&self.dir).and_then(|()| self.open_all()),
        };
        let is_unused = was_in_trouble && was_sound && reopened.is_err();
        let written = reopened.and_then(|()| write());
        match &written {
            Ok(_) => {
                writer.has_failed = false;
                self.tell(None);
            }
            Err(why) => {
                self.ledger.suspect(why);
                // Part of it may be there.
                self.forget_stories();
                self.generations.upheave();
                let was_refused = self.journal.take_refused();
                writer.is_sound = was_refused || is_unused;
                if matches!(why, StoreError::Full) && !was_in_trouble && !was_refused {
                    // sled reads nothing more after an error of writing.
                    if let Err(why) = self.open_from_reserve() {
                        tracing::error!("the store cannot be read either: {why}");
                    }
                }
                self.tell(Some(why));
            }
        }
        written
    }

    /// Sets the reason that [`Store::trouble`] gives, and logs a change.
    fn tell(&self, why: Option<&StoreError>) {
        let mut trouble = sync::lock(&self.trouble);
        let next = why.map(|why| Trouble {
            why: why.to_string(),
        });
        if *trouble == next {
            return;
        }
        match &next {
            Some(Trouble { why }) => {
                tracing::error!("the store takes no commits, and is read as it is: {why}");
            }
            None => tracing::info!("the store takes commits again"),
        }
        *trouble = next;
    }

    /// Locks the writer's state; blocks while another write is under way.
    pub(in crate::store) fn writer(&self) -> MutexGuard<'_, WriterState> {
        sync::lock(&self.writer)
    }
}
