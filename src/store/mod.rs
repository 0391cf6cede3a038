//! The disk: a ledger, and one volume for each third of a month.
//!
//! `ledger/` holds source states and the directory of items, in sled; `volumes/2026-11-01/`
//! the items first seen in that period, the stories begun in it and their
//! indexes, in tables; `journal` what is promised and not in these for certain yet;
//! `layout` names the shape of all that. What it holds changes by frames of the
//! journal: [`Store::commit`](crate::store::Store::commit) makes one of a group of commits, retention, corrections
//! and fsck make theirs.
//!
//! A volume that cannot be opened is moved aside and the rest is served; see
//! [`Store::damage`](crate::store::Store::damage).

mod cache;
mod codec;
mod commit;
mod compaction;
mod disk;
mod error;
mod journal;
mod ledger;
mod maintenance;
mod read;
mod table;
mod volume;

use std::collections::BTreeSet;
use std::fmt;
use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use tokio::sync::watch;

use crate::model::{ChannelId, ItemId, StoredItem, Story, StoryId};

pub use codec::period::{BadPeriod, Period};
pub use commit::corrections::Takedown;
pub use compaction::major::{Packed, Which};
pub use disk::crash_markers::{MAX_CRASHES, ReadingGuard};
pub use disk::damage::Damage;
pub use disk::file_cache::{Emptied, FileCache};
pub use disk::fsync::make_durable;
pub use error::StoreError;
pub use ledger::overview::{SourceName, SourceNames, SourceSummaries};
pub use maintenance::archive::backup::{Copied, verify};
pub use maintenance::archive::export::Exported;
pub use maintenance::archive::import::{confirm_readable, import};
pub use maintenance::archive::restore::restore;
pub use maintenance::correct::{CannotCorrect, Correction};
pub use maintenance::explain::Explanation;
pub use maintenance::fsck::{Finding, Findings, Mode};
pub use maintenance::purge::Purged;
pub use maintenance::retention::{ChannelRetention, Retention, Swept};
pub use maintenance::shared_log::{decode_op, encode_op};
pub use maintenance::stats::StoreStats;
pub use read::changes::StoryChanges;
pub use read::generations::Generation;

use codec::compress::Decoders;
use codec::key::IndexPrefix;
use commit::ApplyScratch;
use commit::corrections::Corrections;
use commit::sketch_index::SketchIndex;
use disk::crash_markers::CrashMarkers;
use disk::damage::DamageLog;
use disk::overlay::Overlay;
use journal::Journal;
use journal::recovery::{Trouble, WriterState};
use ledger::handle::LedgerHandle;
use ledger::tombstones::Tombstones;
use read::StoryReader;
use read::archives::ArchiveFolder;
use read::changes::ChangeLog;
use read::generations::Generations;
use read::served::Served;
use read::story_cache::StoryCache;
use volume::set::Volumes;

/// Store of one daemon: a ledger, volumes by period, a journal.
///
/// Readers do not wait for each other; writers do. All calls block.
pub struct Store {
    /// Folder of the store.
    dir: PathBuf,
    ledger: LedgerHandle,
    volumes: Volumes,
    tombstones: Tombstones,
    corrections: Corrections,
    bands: SketchIndex,
    damage: Arc<DamageLog>,
    decoders: Decoders,
    recent: StoryCache,
    /// Stories that changed, for who follows.
    changes: ChangeLog,
    /// Scratch of commits; locked only under the writer's lock.
    tools: Mutex<ApplyScratch>,
    /// Crash markers.
    marks: Arc<CrashMarkers>,
    journal: Journal,
    writer: Mutex<WriterState>,
    /// Lock of whoever changes the tables of volumes; taken after the writer's, never before it.
    rewriting: Mutex<()>,
    /// Whether packing is to be given up.
    is_stopping: AtomicBool,
    /// Reason why commits are not written, if they are not.
    trouble: Mutex<Option<Trouble>>,
    /// Sweep that waits for an admin's word, and the reason.
    waiting: Mutex<Option<(Retention, String)>>,
    /// Latest date that readers were given beyond the store's own.
    served: Served,
    /// Rendered archives, for `serve`.
    archives: ArchiveFolder,
    /// Number of groups of commits since the start.
    commits: watch::Sender<u64>,
    /// Generations of channels, for caches.
    generations: Generations,
    /// Copy that the store is read through, if it is.
    overlay: Option<Overlay>,
    /// Lock of the folder; released last.
    lock: File,
}

/// Counts of what a group of commits did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Items that were not there.
    pub new: usize,
    /// Items that were there and changed.
    pub changed: usize,
    /// New items that joined a story of another source.
    pub joined: usize,
}

/// Position that a page of stories begins behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Sort key of the last story seen: that of its canonical copy.
    pub sort_key: Timestamp,
    /// Id of that story.
    pub story: StoryId,
}

impl Store {
    /// Opens the store in `dir`, making it if it is not there.
    ///
    /// `now` dates the names of what has to be moved aside.
    ///
    /// # Errors
    ///
    /// If it is in use, was written by a newer release, or the disk refuses. A full disk is no error:
    /// then there is [`Store::trouble`].
    pub fn open(dir: &Path, now: Timestamp) -> Result<Store, StoreError> {
        match disk::lock::claim(dir) {
            Err(StoreError::Io { said, .. }) if said.kind() == ErrorKind::ReadOnlyFilesystem => {
                let overlay = Overlay::of(dir, true)?;
                let lock = disk::lock::claim(&overlay.dir)?;
                Store::open_claimed(&overlay.dir.clone(), now, lock, Some(overlay))
            }
            lock => Store::open_claimed(dir, now, lock?, None),
        }
    }

    /// Opens a copy of the store in `dir`, which has to be there, so that nothing in it is
    /// touched. It takes no commits.
    ///
    /// # Errors
    ///
    /// As [`Store::open_existing`], and if there is no room for the copy.
    pub fn open_copy(dir: &Path, now: Timestamp) -> Result<Store, StoreError> {
        if !disk::version::is_there(dir) {
            return Err(StoreError::NotThere(dir.to_owned()));
        }
        let overlay = Overlay::of(dir, false)?;
        let lock = disk::lock::claim(&overlay.dir)?;
        Store::open_claimed(&overlay.dir.clone(), now, lock, Some(overlay))
    }

    fn open_claimed(
        dir: &Path,
        now: Timestamp,
        lock: File,
        overlay: Option<Overlay>,
    ) -> Result<Store, StoreError> {
        let damage = Arc::new(DamageLog::default());
        let volumes = loop {
            match Volumes::open(dir.join("volumes"), now, Arc::clone(&damage)) {
                // Bringing up an earlier layout takes room.
                Err(StoreError::Full) if disk::reserve::spend(dir) => {}
                opened => break opened?,
            }
        };
        let ledger = LedgerHandle::new(dir, now, &damage)?;
        let tombstones = Tombstones::open(dir.join("tombstones"), now, &damage)?;
        let store = Store {
            dir: dir.to_owned(),
            ledger,
            volumes,
            tombstones,
            corrections: Corrections::open(dir, now, &damage)?,
            bands: SketchIndex::default(),
            damage: Arc::clone(&damage),
            decoders: Decoders::default(),
            recent: StoryCache::default(),
            changes: ChangeLog::default(),
            tools: Mutex::default(),
            marks: Arc::new(CrashMarkers::open(dir)?),
            journal: Journal::new(dir, now, &damage)?,
            writer: Mutex::default(),
            rewriting: Mutex::default(),
            is_stopping: AtomicBool::new(false),
            trouble: Mutex::default(),
            waiting: Mutex::default(),
            served: Served::open(dir),
            archives: ArchiveFolder::new(dir),
            commits: watch::Sender::new(0),
            generations: Generations::default(),
            overlay,
            lock,
        };
        store.begin()?;
        Ok(store)
    }

    /// Whether there is a store in `dir`.
    #[must_use]
    pub fn is_there(dir: &Path) -> bool {
        disk::version::is_there(dir)
    }

    /// Empties `dir` if a restore into it was cut off; returns whether it was.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn clear_unfinished(dir: &Path) -> Result<bool, StoreError> {
        match disk::version::found_in(dir, disk::version::LAYOUT) {
            Err(StoreError::Unfinished(_)) => disk::version::clear(dir).map(|()| true),
            Ok(_) | Err(_) => Ok(false),
        }
    }

    /// Opens the store in `dir`, which has to be there, as commands do that know
    /// nothing of its configuration: what they take over from the journal has to
    /// last, so flushes are made durable where that can be.
    ///
    /// # Errors
    ///
    /// As [`Store::open`], and if there is none.
    pub fn open_existing(dir: &Path, now: Timestamp) -> Result<Store, StoreError> {
        match disk::version::is_there(dir) {
            true => {
                if let Err(why) = make_durable() {
                    tracing::warn!("{why}");
                }
                Store::open(dir, now)
            }
            false => Err(StoreError::NotThere(dir.to_owned())),
        }
    }

    /// Returns the directory's knowledge of these items, in their order; [`StoredItem::REMOVED`] for
    /// one that was removed.
    ///
    /// An item that was lost with a damaged volume counts as not held, so that it is brought back while
    /// its source still has it.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn held(&self, items: &[ItemId]) -> Result<Vec<Option<StoredItem>>, StoreError> {
        let has_doubts = self.volumes.has_doubts();
        let ledger = self.ledger.get()?;
        let mut reading = StoryReader::new(self);
        let held = items
            .iter()
            .map(|id| {
                let entry = ledger.entry(*id, &self.damage)?;
                match entry {
                    Some(entry)
                        if has_doubts
                            && self.volumes.is_doubtful(entry.period())
                            && !reading.has_item(*id, entry.period())? =>
                    {
                        Ok(None)
                    }
                    Some(entry) => Ok(Some(StoredItem::from(entry))),
                    None if self.tombstones.contains(*id)? => Ok(Some(StoredItem::REMOVED)),
                    None => Ok(None),
                }
            })
            .collect();
        self.noting(held)
    }

    /// Returns the newest stories of a channel and all below it, at most `limit`, those behind `before`
    /// if given.
    ///
    /// # Errors
    ///
    /// If the disk refuses. Damaged parts are passed over.
    pub fn page(
        &self,
        channel: &ChannelId,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Arc<Story>>, StoreError> {
        self.noting(StoryReader::new(self).page(channel, before, limit))
    }

    /// Returns one story; `None` if it is not there or cannot be read.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        match self.period_of_story(id)? {
            Some(period) => {
                let story = StoryReader::new(self).story(id, period)?;
                Ok(story.map(Arc::unwrap_or_clone))
            }
            None => Ok(None),
        }
    }

    /// Returns the volume of a story, which is that of the item it began with, also where that was
    /// removed from it.
    fn period_of_story(&self, id: StoryId) -> Result<Option<Period>, StoreError> {
        let first = id.first_item();
        match self.ledger.get()?.entry(first, &self.damage)? {
            Some(entry) => Ok(Some(entry.period())),
            None => self.tombstones.period_of(first),
        }
    }

    /// Returns a number that changes whenever a reader of the channel would see a change; for caches.
    #[must_use]
    pub fn generation(&self, channel: &ChannelId) -> u64 {
        self.generations.number(channel)
    }

    /// Returns the same number as one that can be watched without a lock.
    #[must_use]
    pub fn watched_generation(&self, channel: &ChannelId) -> Generation {
        self.generations.watched(channel)
    }

    /// Returns a receiver of the number of groups of commits since the start, polls without news
    /// included; it wakes after each.
    #[must_use]
    pub fn commits(&self) -> watch::Receiver<u64> {
        self.commits.subscribe()
    }

    /// Returns the time of the last change that a reader of the channel would see; the same after a
    /// restart.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn changed(&self, channel: &ChannelId) -> Result<Option<Timestamp>, StoreError> {
        self.ledger.get()?.changed(IndexPrefix::channel(channel))
    }

    /// Marks the ledger as damaged if reading has found it so.
    fn noting<T>(&self, read: Result<T, StoreError>) -> Result<T, StoreError> {
        read.inspect_err(|why| self.ledger.suspect(why))
    }

    /// Counts a change of these channels.
    fn bump_generations(&self, channels: &BTreeSet<IndexPrefix>) {
        self.generations.bump(channels);
        self.commits.send_modify(|number| *number += 1);
    }
}

impl Drop for Store {
    /// Makes tables of what is in the journal. What is left in it is safe; without it the next start is faster.
    fn drop(&mut self) {
        if !self.writer().has_failed
            && let Err(why) = self.checkpoint()
        {
            tracing::warn!("the journal of the store is kept for the next start: {why}");
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.dir).finish()
    }
}
