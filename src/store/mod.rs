//! The disk: a ledger, and one volume a month.
//!
//! `ledger/` holds source states and the directory of items; `volumes/2026-11/`
//! the items first seen in that month, the stories begun in it and their
//! indexes; `layout` names the shape of all that. The store changes in one way,
//! [`Store::apply`].
//!
//! A volume that cannot be opened is moved aside and the rest is served; see
//! [`Store::damage`].

mod apply;
mod aside;
mod codec;
mod damage;
mod database;
mod drift;
mod error;
mod keys;
mod layout;
mod ledger;
mod pace;
mod page;
mod rebuild;
mod record;
mod slot;
mod state;
mod subscription;
mod volume;
mod volumes;

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;
use std::fs::File;
use std::hash::{BuildHasher, RandomState};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use jiff::Timestamp;

use crate::model::{
    CallbackToken, ChannelId, Commit, Held, ItemId, SourceId, SourceState, Story, StoryId,
    Subscription,
};

pub use damage::Damage;
pub use error::StoreError;
pub use keys::{BadMonth, Month};

use apply::Batch;
use codec::Decoders;
use damage::DamageLog;
use keys::Head;
use page::Reading;
use record::Entry;
use slot::LedgerSlot;
use volumes::Volumes;

/// The store of one daemon.
///
/// Readers do not wait for each other; writers do. All calls block.
pub struct Store {
    dir: PathBuf,
    ledger: LedgerSlot,
    volumes: Volumes,
    damage: Arc<DamageLog>,
    decoders: Decoders,
    writer: Mutex<Writer>,
    /// How often each channel changed since the start.
    generations: RwLock<HashMap<Head, u64>>,
    /// Keeps generations of two runs apart.
    seed: u64,
    /// Released last.
    _lock: File,
}

/// Whoever holds this may write.
#[derive(Default)]
struct Writer {
    /// Whether writing failed, so that sled has to be opened anew.
    has_failed: bool,
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

/// How much the store holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Items, all time.
    pub items: u64,
    /// Stories, all time.
    pub stories: u64,
    /// Months.
    pub volumes: usize,
    /// Size of all its files.
    pub bytes: u64,
}

impl Store {
    /// Opens the store in `dir`, making it if it is not there.
    ///
    /// `now` dates the names of what has to be moved aside.
    ///
    /// # Errors
    ///
    /// If it is in use, was written by a newer release, or the disk refuses.
    pub fn open(dir: &Path, now: Timestamp) -> Result<Store, StoreError> {
        let lock = layout::claim(dir)?;
        let damage = Arc::new(DamageLog::default());
        let volumes = Volumes::open(dir.join("volumes"), now, Arc::clone(&damage))?;
        let ledger = LedgerSlot::open(dir, now, &volumes, &damage)?;
        volumes.warm()?;
        Ok(Store {
            dir: dir.to_owned(),
            ledger,
            volumes,
            damage,
            decoders: Decoders::default(),
            writer: Mutex::default(),
            generations: RwLock::default(),
            seed: RandomState::new().hash_one("generation") >> 1,
            _lock: lock,
        })
    }

    /// Writes what follows from some polls: items, flushed, then states, flushed.
    ///
    /// # Errors
    ///
    /// If the disk refuses. Then none of the states is written, and applying the
    /// same commits again makes good what is missing. What was there is still
    /// served; the next call tries again.
    pub fn apply(&self, commits: &[Commit]) -> Result<Applied, StoreError> {
        if commits.is_empty() {
            return Ok(Applied::default());
        }
        let mut writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        if writer.has_failed {
            self.reopen()?;
        }
        // Also if sled panics.
        writer.has_failed = true;
        let (applied, channels) = self.write(commits)?;
        writer.has_failed = false;
        self.move_on(&channels);
        Ok(applied)
    }

    fn write(&self, commits: &[Commit]) -> Result<(Applied, BTreeSet<Head>), StoreError> {
        let mut batch = Batch::new(self)?;
        for commit in commits {
            batch.add(commit)?;
        }
        batch.finish(commits)
    }

    fn reopen(&self) -> Result<(), StoreError> {
        slot::check_room(&self.dir)?;
        self.volumes.close();
        self.ledger.reopen(&self.volumes, &self.damage)?;
        tracing::info!("the store takes commits again");
        Ok(())
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
        let has_damage = self.volumes.has_damage();
        let ledger = self.ledger.get()?;
        let mut reading = Reading::new(self);
        items
            .iter()
            .map(|id| {
                let entry = ledger.entry(*id, &self.damage)?;
                match entry {
                    Some(entry)
                        if has_damage
                            && self.volumes.is_damaged(entry.month())
                            && !reading.has_item(*id, entry.month())? =>
                    {
                        Ok(None)
                    }
                    entry => Ok(entry.map(Held::from)),
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
    ) -> Result<Vec<Story>, StoreError> {
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
            Some(entry) => Reading::new(self).story(id, entry.month()),
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
        self.seed + changes.copied().unwrap_or_default()
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

    /// The months there are, newest first.
    #[must_use]
    pub fn volumes(&self) -> Vec<Month> {
        self.volumes.present()
    }

    /// How much there is.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn counts(&self) -> Result<Counts, StoreError> {
        let totals = self.ledger.get()?.totals()?;
        Ok(Counts {
            items: totals.items,
            stories: totals.stories,
            volumes: self.volumes.present().len(),
            bytes: layout::size(&self.dir),
        })
    }

    /// What was lost or moved aside, in this run and before.
    #[must_use]
    pub fn damage(&self) -> Vec<Damage> {
        self.damage.report()
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

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.dir).finish()
    }
}

impl From<Entry> for Held {
    fn from(entry: Entry) -> Held {
        Held {
            fingerprint: entry.fingerprint,
            first_seen: entry.first_seen,
            sort_key: entry.sort_key,
        }
    }
}
