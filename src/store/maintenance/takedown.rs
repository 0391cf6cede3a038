//! Takedowns: stories that readers get no more, by an admin's word.
//!
//! Nothing is removed: the copies stay in the store, so that neither they nor those of other
//! papers come back as news, and a takedown can be undone. What is taken down is said in the file
//! of corrections; readers of stories pass over it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::correct::CannotCorrect;
use crate::model::{ChannelId, Story, StoryId, WebUrl};
use crate::store::Store;
use crate::store::codec::story::StoryRecord;
use crate::store::commit::corrections::Takedown;
use crate::store::error::StoreError;
use crate::store::read::StoryReader;

impl Store {
    /// Takes a story down, with all its copies and those to come, or undoes that (`takedown` is
    /// `None`); returns it. Durable when it returns.
    ///
    /// # Errors
    ///
    /// [`CannotCorrect::NoStory`] if there is no such story, or none that was taken down; or if the disk
    /// refuses.
    pub fn take_down(
        &self,
        story: StoryId,
        takedown: Option<Takedown>,
    ) -> Result<Story, CannotCorrect> {
        let id = self.moved(story)?.unwrap_or(story);
        let found = self.story_or_down(id)?;
        let found = found.ok_or(CannotCorrect::NoStory(story))?;
        let was_down = self.corrections.is_down(&found);
        let is_taken = takedown.is_some();
        self.corrections.say(|said| match takedown {
            Some(takedown) => {
                said.down.insert(id, takedown);
            }
            None => {
                said.down.remove(&id);
                for seen in &found.sightings {
                    said.down.remove(&StoryId::begun_by(seen.item));
                }
            }
        })?;
        if !was_down && !self.corrections.is_down(&found) {
            return Err(CannotCorrect::NoStory(story));
        }
        self.generations.upheave();
        if is_taken {
            self.forget_archives();
        }
        self.changes.note(std::iter::once(id));
        self.commits.send_modify(|number| *number += 1);
        Ok(found)
    }

    /// Returns all takedowns, by story.
    #[must_use]
    pub fn takedowns(&self) -> BTreeMap<StoryId, Takedown> {
        self.corrections.down()
    }

    /// Returns the stories taken down since `since` that the channel, or one below it, had.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn taken_from(
        &self,
        channel: &ChannelId,
        since: Timestamp,
    ) -> Result<Vec<(StoryId, Takedown)>, StoreError> {
        let mut taken = Vec::new();
        for (id, takedown) in self.corrections.down() {
            if takedown.at < since {
                continue;
            }
            let is_of = |story: &Story| {
                let own = story.sightings.iter().map(|seen| seen.source.channel());
                let routed = story.routes.iter().map(|route| route.to.clone());
                let mut all = own.chain(routed).flat_map(|channel| channel.lineage());
                all.any(|above| above == *channel)
            };
            if self.story_or_down(id)?.as_ref().is_some_and(is_of) {
                taken.push((id, takedown));
            }
        }
        Ok(taken)
    }

    /// Finds the stories with a copy at `url`, newest volume first, also those that were taken down.
    /// Reads all stories until it has found one.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn stories_at(&self, url: &WebUrl) -> Result<Vec<StoryId>, StoreError> {
        let mut found = Vec::new();
        for period in self.volumes.present() {
            let Some(volume) = self.volumes.find(period)? else {
                continue;
            };
            volume.each_story(&self.damage, StoryRecord::read, |id, record| {
                let mut copies = record.sightings.iter();
                let has_it = copies.any(|seen| seen.url.as_ref() == Some(url));
                if record.moved.is_none() && has_it {
                    found.push(id);
                }
            })?;
            if !found.is_empty() {
                break;
            }
        }
        Ok(found)
    }

    /// Returns a story, also one that was taken down; `None` if it is not there.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn story_or_down(&self, id: StoryId) -> Result<Option<Story>, StoreError> {
        let Some(period) = self.period_of_story(id)? else {
            return Ok(None);
        };
        let story = StoryReader::new(self).story_or_down(id, period)?;
        Ok(story.map(Arc::unwrap_or_clone))
    }
}
