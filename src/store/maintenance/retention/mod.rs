//! Giving space back: whole volumes, and single stories of a channel.
//!
//! ```text
//!   volumes that are over       one frame each: its items are buried, it goes
//!   stories below a channel's   one frame for some of them, over all their volumes
//!     age or number
//!   tombstones that are over    file removed
//! ```
//!
//! A frame is whole or not there, as that of a commit: whenever the machine stops, a
//! story is there with all its copies and places, or it is gone with all of them.

mod clock;
mod doubt;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;

use crate::config::Config;
use crate::model::{ChannelId, ItemId, SourceId, StoryId};
use crate::store::Store;
use crate::store::codec::frame::Frame;
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::codec::story::StoryRecord;
use crate::store::error::StoreError;
use crate::store::read::StoryReader;
use crate::store::volume::changes::{VolumeDeletes, VolumeWrites};
use crate::sync;
use clock::{before, borne_out};

/// Stories of a channel that are looked at, and removed in one frame, at a time.
const PLACES_PER_STEP: usize = 500;

/// Position behind which each rule cuts its channel; `None` if it keeps all.
type Cuts = BTreeMap<ChannelId, Option<IndexPosition>>;

/// Permission to remove much at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Consent {
    Bounded,
    Given,
}

/// Rules of retention, as configured.
#[derive(Clone, Debug, PartialEq)]
pub struct Retention {
    /// Age from when an item was first seen; `None` for ever.
    pub max_age: Option<Duration>,
    /// Most items of the whole store, kept by removing its oldest volumes.
    pub max_items: Option<u64>,
    /// Time that a removed item is remembered, from when it was first seen.
    pub tombstones: Duration,
    /// Channels with rules of their own; the nearest one above a source counts.
    pub channels: BTreeMap<ChannelId, ChannelRetention>,
}

/// Rule of a channel and all below it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ChannelRetention {
    /// Age, counted from the story's sort key.
    pub max_age: Option<Duration>,
    /// Most stories.
    pub max_items: Option<usize>,
}

/// Result of a sweep.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    /// Volumes that were removed whole.
    pub volumes: Vec<Period>,
    /// Items that were removed, with those of the volumes.
    pub items: u64,
    /// Tombstones that were forgotten.
    pub forgotten: u64,
    /// Reason why nothing was removed, if the sweep waits for an admin's word.
    pub waits: Option<String>,
}

impl Retention {
    /// Reads the rules from the configuration.
    #[must_use]
    pub fn of(config: &Config) -> Retention {
        let channels = config.channels.values().filter_map(|channel| {
            let rule = ChannelRetention {
                max_age: channel.retention,
                max_items: channel.max_items,
            };
            (rule != ChannelRetention::default()).then(|| (channel.id.clone(), rule))
        });
        Retention {
            max_age: config.store.retention,
            max_items: config.store.max_items,
            tombstones: config.store.tombstones,
            channels: channels.collect(),
        }
    }

    /// Returns the channel whose rule counts for this source.
    fn ruling(&self, source: &SourceId) -> Option<ChannelId> {
        let mut lineage = source.channel().lineage();
        lineage.find(|channel| self.channels.contains_key(channel))
    }

    /// Returns the age after which a volume holds nothing that any rule keeps; `None` for ever.
    pub(in crate::store) fn longest(&self) -> Option<Duration> {
        let own = self.channels.values().filter_map(|rule| rule.max_age);
        own.chain(self.max_age)
            .max()
            .filter(|_| self.max_age.is_some())
    }
}

impl Store {
    /// Removes what `retention` does not keep, unless the clock may be wrong about that.
    ///
    /// Nothing is counted from a time that the volumes do not bear out, and a sweep
    /// that would take most of the store waits for [`Store::retain_all`]; see
    /// [`Store::waiting`].
    ///
    /// # Errors
    ///
    /// If the disk refuses; the rest is removed the next time.
    pub fn retain(&self, retention: &Retention, now: Timestamp) -> Result<Swept, StoreError> {
        self.retain_with(retention, now, Consent::Bounded)
    }

    /// Removes what `retention` does not keep, however much that is: an admin has said
    /// that it may go.
    ///
    /// # Errors
    ///
    /// If the disk refuses; the rest is removed the next time.
    pub fn retain_all(&self, retention: &Retention, now: Timestamp) -> Result<Swept, StoreError> {
        self.retain_with(retention, now, Consent::Given)
    }

    fn retain_with(
        &self,
        retention: &Retention,
        now: Timestamp,
        consent: Consent,
    ) -> Result<Swept, StoreError> {
        let mut writer = self.writer();
        let swept = self.guarded(&mut writer, || {
            self.mend_shortened()?;
            self.sweep(retention, now, consent)
        })?;
        self.forget_stories();
        if swept.items > 0 {
            self.forget_archives();
        }
        drop(writer);
        self.report(retention, &swept);
        Ok(swept)
    }

    fn report(&self, retention: &Retention, swept: &Swept) {
        if swept.items > 0 {
            tracing::info!(
                items = swept.items,
                volumes = swept.volumes.len(),
                "removed {} items that are older than store.retention and the channels' say",
                swept.items
            );
        }
        let mut waiting = sync::lock(&self.waiting);
        if let (Some(why), None) = (&swept.waits, &*waiting) {
            tracing::error!("{why}");
        }
        *waiting = swept.waits.clone().map(|why| (retention.clone(), why));
    }

    fn sweep(
        &self,
        retention: &Retention,
        now: Timestamp,
        consent: Consent,
    ) -> Result<Swept, StoreError> {
        let mut swept = Swept::default();
        let Some(now) = borne_out(&self.volumes.present(), now) else {
            return Ok(swept);
        };
        if consent == Consent::Bounded {
            swept.waits = self.doubt(retention, now)?;
        }
        if swept.waits.is_some() {
            return Ok(swept);
        }
        let mut channels = BTreeSet::new();
        for period in self.outdated(retention, now)? {
            channels.extend(self.ledger.get()?.channels_of(period)?);
            swept.items += self.drop_volume(period)?;
            swept.volumes.push(period);
        }
        let cuts = self.cuts(retention, now)?;
        for (channel, cut) in &cuts {
            swept.items += self.thin(channel, *cut, &cuts, retention, &mut channels)?;
        }
        let horizon = before(now, retention.tombstones);
        swept.forgotten = self.tombstones.forget_before(horizon)?;
        self.bump_generations(&channels);
        Ok(swept)
    }

    /// Returns the position behind which each rule cuts its channel.
    fn cuts(&self, retention: &Retention, now: Timestamp) -> Result<Cuts, StoreError> {
        let mut cuts = Cuts::new();
        for (channel, rule) in &retention.channels {
            cuts.insert(channel.clone(), self.cut(channel, *rule, now)?);
        }
        if let Some(cut) = root_cut(retention, now) {
            cuts.entry(ChannelId::root()).or_insert(cut);
        }
        Ok(cuts)
    }

    /// Returns the volumes to be removed whole, oldest first; never the newest.
    pub(in crate::store) fn outdated(
        &self,
        retention: &Retention,
        now: Timestamp,
    ) -> Result<Vec<Period>, StoreError> {
        let mut left = self.ledger.get()?.totals()?.items;
        let mut outdated = Vec::new();
        let present = self.volumes.present();
        for period in present.iter().skip(1).rev() {
            let is_old = retention
                .longest()
                .is_some_and(|age| period.end() <= before(now, age));
            let count = match retention.max_items {
                Some(max) if left > max => match self.volumes.find(*period)? {
                    Some(volume) => volume.items(),
                    None => 0,
                },
                _ => 0,
            };
            let is_too_much = retention
                .max_items
                .is_some_and(|max| left.saturating_sub(count) >= max && left > max);
            if !is_old && !is_too_much {
                break;
            }
            left = left.saturating_sub(count);
            outdated.push(*period);
        }
        Ok(outdated)
    }

    /// Removes one volume with its items, in one frame; returns how many items it had.
    pub(super) fn drop_volume(&self, period: Period) -> Result<u64, StoreError> {
        // A replay is not to make the volume once more, only to remove it.
        self.checkpoint()?;
        let ledger = self.ledger.get()?;
        let ids = ledger.items_of(period)?;
        let stories = match self.volumes.find(period)? {
            Some(volume) => volume.n_stories()?,
            None => 0,
        };
        let mut frame = Frame::default();
        ledger.put_fewer(&mut frame, ids.len() as u64, stories)?;
        for id in &ids {
            frame.bury(period, *id);
        }
        frame.drop_volume(period);
        self.append_and_apply(frame.bytes())?;
        self.bands.forget_volume(period);
        Ok(ids.len() as u64)
    }

    /// Ends the removals of volumes that a crash has cut off.
    pub(in crate::store) fn finish_removals(&self) -> Result<(), StoreError> {
        for period in self.volumes.leaving()? {
            self.drop_volume(period)?;
        }
        Ok(())
    }

    /// Returns the last position of a channel that its rule keeps; `None` if it keeps all.
    fn cut(
        &self,
        channel: &ChannelId,
        rule: ChannelRetention,
        now: Timestamp,
    ) -> Result<Option<IndexPosition>, StoreError> {
        let aged = rule
            .max_age
            .map(|age| IndexPosition::bottom(before(now, age)));
        let counted = match rule.max_items {
            Some(max) => {
                let places =
                    StoryReader::new(self).places(IndexPrefix::channel(channel), None, max)?;
                let last = places.last().map(|(place, _)| *place);
                last.filter(|_| places.len() == max)
            }
            None => None,
        };
        Ok(match (aged, counted) {
            (Some(aged), Some(counted)) => Some(aged.min(counted)),
            (one, other) => one.or(other),
        })
    }

    /// Removes the stories of a channel that no rule keeps; returns how many items that were.
    fn thin(
        &self,
        channel: &ChannelId,
        cut: Option<IndexPosition>,
        cuts: &Cuts,
        retention: &Retention,
        channels: &mut BTreeSet<IndexPrefix>,
    ) -> Result<u64, StoreError> {
        let Some(cut) = cut else { return Ok(0) };
        let is_over = |source: &SourceId, place: IndexPosition| {
            let ruling = retention.ruling(source).unwrap_or_else(ChannelId::root);
            let cut = cuts.get(&ruling).copied().flatten();
            cut.is_some_and(|cut| place > cut)
        };
        let mut n_items = 0;
        for period in self.volumes.present() {
            let Some(volume) = self.volumes.find(period)? else {
                continue;
            };
            let mut after = cut;
            loop {
                let head = IndexPrefix::channel(channel);
                let places = volume.places(head, Some(after), PLACES_PER_STEP, &self.damage)?;
                let Some(last) = places.last() else { break };
                after = *last;
                let mut gone: Vec<(StoryId, StoryRecord)> = Vec::new();
                for place in &places {
                    let Some(record) = volume.story(place.story(), &self.damage)? else {
                        continue;
                    };
                    let mut sources = record.sightings.iter().map(|seen| &seen.source);
                    if sources.all(|source| is_over(source, *place)) {
                        gone.push((place.story(), record));
                    }
                }
                n_items += self.remove(period, &gone, channels)?;
            }
        }
        Ok(n_items)
    }

    /// Removes stories of one volume with all their items, in one frame; returns how many items that
    /// were.
    fn remove(
        &self,
        period: Period,
        stories: &[(StoryId, StoryRecord)],
        channels: &mut BTreeSet<IndexPrefix>,
    ) -> Result<u64, StoreError> {
        if stories.is_empty() {
            return Ok(0);
        }
        let mut removals: BTreeMap<Period, VolumeDeletes> = BTreeMap::new();
        let mut ids: Vec<ItemId> = Vec::new();
        for (id, record) in stories {
            let own = removals.entry(period).or_default();
            own.take(*id, record);
            channels.extend(&record.channels);
            for (seen, at) in record.sightings.iter().zip(&record.periods) {
                removals.entry(*at).or_default().items.push(seen.item);
                ids.push(seen.item);
            }
        }
        let ledger = self.ledger.get()?;
        let mut frame = Frame::default();
        for (period, removals) in &removals {
            if let Some(volume) = self.volumes.find(*period)? {
                frame.volume(*period);
                volume.put_into(&mut frame, &VolumeWrites::default(), removals)?;
            }
        }
        ledger.put_fewer(&mut frame, ledger.n_known(&ids)?, stories.len() as u64)?;
        for (period, removals) in &removals {
            for id in &removals.items {
                frame.bury(*period, *id);
            }
        }
        self.append_and_apply(frame.bytes())?;
        self.bands.forget(stories.iter().map(|(id, _)| *id));
        Ok(ids.len() as u64)
    }
}

/// Returns the cut of the store's own age for single stories: needed only where a channel keeps its
/// stories longer, as whole volumes cannot go then.
fn root_cut(retention: &Retention, now: Timestamp) -> Option<Option<IndexPosition>> {
    let age = retention.max_age?;
    (retention.longest()? > age).then(|| Some(IndexPosition::bottom(before(now, age))))
}
