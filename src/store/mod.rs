//! The disk: a ledger, and one volume for each third of a month.
//!
//! `ledger/` holds source states and the directory of items; `volumes/2026-11-01/`
//! the items first seen in that period, the stories begun in it and their
//! indexes; `journal` what is promised and not in these for certain yet;
//! `layout` names the shape of all that. The store changes in one way,
//! [`Store::apply`].
//!
//! A volume that cannot be opened is moved aside and the rest is served; see
//! [`Store::damage`].

mod apply;
mod aside;
mod backup;
mod bands;
mod check;
mod codec;
mod correct;
mod corrections;
mod counts;
mod cut_off;
mod damage;
mod database;
mod dense;
mod dictionary;
mod doubt;
mod drift;
mod durable;
mod error;
mod explain;
mod export;
mod fold;
mod forget;
mod frame;
mod frames;
mod gists;
mod halves;
mod hex;
mod join;
mod journal;
mod keys;
mod layout;
mod ledger;
mod marks;
mod migrate;
mod pace;
mod packing;
mod page;
mod period;
mod raw;
mod rebuild;
mod recent;
mod record;
mod retain;
mod revision;
mod rewrite;
mod robots;
mod roll;
mod room;
mod slot;
mod state;
mod subscription;
mod table;
mod tombstones;
mod tree;
mod trouble;
mod volume;
mod volumes;
mod wire_story;
mod wire_time;
mod writes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;

use crate::model::{
    CallbackToken, ChannelId, Commit, Held, ItemId, SourceId, SourceState, Story, StoryId,
    Subscription,
};

pub use backup::{Copied, restore, verify};
pub use check::{Finding, Findings, Mode};
pub use correct::{CannotCorrect, Correction};
pub use counts::Counts;
pub use damage::Damage;
pub use dense::{Packed, Which};
pub use durable::make_durable;
pub use error::StoreError;
pub use explain::Explanation;
pub use export::{Exported, import};
pub use marks::{MOST_CRASHES, Mark};
pub use period::{BadPeriod, Period};
pub use retain::{ChannelRetention, Retention, Swept};

use apply::{Batch, Draft, Tools};
use bands::Bands;
use corrections::Corrections;
use damage::DamageLog;
use journal::Journal;
use keys::Head;
use marks::Marks;
use packing::Decoders;
use page::Reading;
use recent::Recent;
use slot::LedgerSlot;
use tombstones::Tombstones;
use trouble::{Trouble, Writer};
use volumes::Volumes;

/// The store of one daemon.
///
/// Readers do not wait for each other; writers do. All calls block.
pub struct Store {
    dir: PathBuf,
    ledger: LedgerSlot,
    volumes: Volumes,
    tombstones: Tombstones,
    corrections: Corrections,
    bands: Bands,
    damage: Arc<DamageLog>,
    decoders: Decoders,
    recent: Recent,
    /// Taken only by who holds the writer's lock.
    tools: Mutex<Tools>,
    marks: Arc<Marks>,
    journal: Journal,
    writer: Mutex<Writer>,
    /// Taken by who makes a folder that takes the place of a volume.
    rewriting: Mutex<()>,
    trouble: Mutex<Option<Trouble>>,
    /// A sweep that waits for an admin's word, and why.
    waiting: Mutex<Option<(Retention, String)>>,
    /// How often each channel changed since the start.
    generations: RwLock<HashMap<Head, u64>>,
    /// How often nobody knows what changed.
    upheavals: AtomicU64,
    /// Keeps generations of two runs apart.
    seed: u64,
    /// Released last.
    _lock: File,
}

/// What a batch of commits did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Items that were not there.
    pub new: usize,
    /// Items that were there and changed.
    pub changed: usize,
    /// New items that joined a story of another source.
    pub joined: usize,
}

/// Where a page of stories begins: just below this story.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The sort key of the last story seen: that of its canonical copy.
    pub sort_key: Timestamp,
    /// Its id.
    pub story: StoryId,
}

impl Store {
    /// Opens the store in `dir`, making it if it is not there.
    ///
    /// `now` dates the names of what has to be moved aside.
    ///
    /// # Errors
    ///
    /// If it is in use, was written by a newer release, or the disk refuses. A
    /// full disk is no error: then there is [`Store::trouble`].
    pub fn open(dir: &Path, now: Timestamp) -> Result<Store, StoreError> {
        let lock = layout::claim(dir)?;
        let damage = Arc::new(DamageLog::default());
        let volumes = Volumes::open(dir.join("volumes"), now, Arc::clone(&damage))?;
        let ledger = LedgerSlot::new(dir, now, &damage)?;
        let tombstones = Tombstones::open(dir.join("tombstones"), now, &damage)?;
        let store = Store {
            dir: dir.to_owned(),
            ledger,
            volumes,
            tombstones,
            corrections: Corrections::open(dir)?,
            bands: Bands::default(),
            damage: Arc::clone(&damage),
            decoders: Decoders::default(),
            recent: Recent::default(),
            tools: Mutex::default(),
            marks: Arc::new(Marks::open(dir)?),
            journal: Journal::new(dir, now, &damage)?,
            writer: Mutex::default(),
            rewriting: Mutex::default(),
            trouble: Mutex::default(),
            waiting: Mutex::default(),
            generations: RwLock::default(),
            upheavals: AtomicU64::default(),
            seed: RandomState::new().hash_one("generation") >> 1,
            _lock: lock,
        };
        store.begin()?;
        Ok(store)
    }

    /// Opens the store in `dir`, which has to be there, as commands do that know
    /// nothing of its configuration: what they take over from the journal has to
    /// last, so flushes are made durable where that can be.
    ///
    /// # Errors
    ///
    /// As [`Store::open`], and if there is none.
    pub fn open_existing(dir: &Path, now: Timestamp) -> Result<Store, StoreError> {
        match layout::is_there(dir) {
            true => {
                if let Err(why) = make_durable() {
                    tracing::warn!("{why}");
                }
                Store::open(dir, now)
            }
            false => Err(StoreError::NotThere(dir.to_owned())),
        }
    }

    /// Writes what follows from some polls: all of it or nothing. It is on the disk
    /// when this returns.
    ///
    /// # Errors
    ///
    /// If the disk refuses. Then applying the same commits again makes good what is
    /// missing. What was there is still served; the next call tries again.
    pub fn apply(&self, commits: &[Commit]) -> Result<Applied, StoreError> {
        if commits.is_empty() {
            return Ok(Applied::default());
        }
        let mut writer = self.writer();
        let (applied, channels) = self.guarded(&mut writer, || self.write(commits))?;
        self.fold_heavy(&mut writer);
        drop(writer);
        self.move_on(&channels);
        Ok(applied)
    }

    fn write(&self, commits: &[Commit]) -> Result<(Applied, BTreeSet<Head>), StoreError> {
        let mut batch = Batch::new(self)?;
        let mut draft = Draft::default();
        for commit in commits {
            batch.add(commit, &mut draft)?;
        }
        let channels = batch.finish(commits, draft, BTreeMap::new())?;
        Ok((batch.applied, channels))
    }

    /// What we remember of every source.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn states(&self) -> Result<BTreeMap<SourceId, SourceState>, StoreError> {
        self.ledger.get()?.states(&self.damage)
    }

    /// All that sources have to do with hubs, in no order.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn subscriptions(&self) -> Result<Vec<Subscription>, StoreError> {
        self.ledger.get()?.subscriptions(&self.damage)
    }

    /// The subscription that is called back at this token.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn subscription(&self, token: &CallbackToken) -> Result<Option<Subscription>, StoreError> {
        self.ledger.get()?.subscription(token, &self.damage)
    }

    /// What we hold of these items, in their order.
    ///
    /// An item that was lost with a damaged volume counts as not held, so that it
    /// is brought back while its source still has it.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn held(&self, items: &[ItemId]) -> Result<Vec<Option<Held>>, StoreError> {
        let has_doubts = self.volumes.has_doubts();
        let ledger = self.ledger.get()?;
        let mut reading = Reading::new(self);
        items
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
                    Some(entry) => Ok(Some(Held::from(entry))),
                    None if self.tombstones.contains(*id)? => Ok(Some(Held::REMOVED)),
                    None => Ok(None),
                }
            })
            .collect()
    }

    /// The newest stories of a channel and all below it, at most `limit`, those
    /// below `before` if given.
    ///
    /// # Errors
    ///
    /// If the disk refuses. What is damaged is passed over.
    pub fn page(
        &self,
        channel: &ChannelId,
        before: Option<Cursor>,
        limit: usize,
    ) -> Result<Vec<Arc<Story>>, StoreError> {
        Reading::new(self).page(channel, before, limit)
    }

    /// One story.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn story(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        let first = ItemId::from_bytes(*id.as_bytes());
        match self.ledger.get()?.entry(first, &self.damage)? {
            Some(entry) => {
                let story = Reading::new(self).story(id, entry.period())?;
                Ok(story.map(Arc::unwrap_or_clone))
            }
            None => Ok(None),
        }
    }

    /// Moves on whenever something a reader of the channel would see changes.
    #[must_use]
    pub fn generation(&self, channel: &ChannelId) -> u64 {
        let generations = self
            .generations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let changes = generations.get(&Head::channel(channel));
        let upheavals = self.upheavals.load(Ordering::Acquire);
        self.seed + upheavals + changes.copied().unwrap_or_default()
    }

    /// When something a reader of the channel would see last changed; the same
    /// after a restart.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn changed(&self, channel: &ChannelId) -> Result<Option<Timestamp>, StoreError> {
        self.ledger.get()?.changed(Head::channel(channel))
    }

    fn move_on(&self, channels: &BTreeSet<Head>) {
        let mut generations = self
            .generations
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        for channel in channels {
            *generations.entry(*channel).or_default() += 1;
        }
    }
}

impl Drop for Store {
    /// What is left in the journal is safe; without it the next start is faster.
    fn drop(&mut self) {
        if !self.writer().has_failed
            && let Err(why) = self.settle()
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
