//! Pages of stories the other way: those that stand right before a position.
//!
//! Indexes are read newest first only. So the way up is a look from some time later down to the
//! position, from further up each time until there is enough in between.

use std::collections::VecDeque;
use std::sync::Arc;

use jiff::SignedDuration;

use super::StoryReader;
use crate::model::{ChannelId, Story};
use crate::store::codec::key::{IndexPosition, IndexPrefix};
use crate::store::codec::period::Period;
use crate::store::error::StoreError;
use crate::store::{Cursor, Store};

/// Time above a position from where is looked down first.
const FIRST_REACH: SignedDuration = SignedDuration::from_mins(1);

/// Factor by which the next look begins further up.
const REACH_FACTOR: i32 = 4;

/// Longest look; beyond it is looked down from the top.
const MAX_REACH: SignedDuration = SignedDuration::from_hours(10 * 366 * 24);

/// Positions read at a time.
const CHUNK: usize = 256;

/// Most positions that are looked through for one page; who asks from further down is given none.
const MAX_LOOKED_THROUGH: usize = 8192;

impl Store {
    /// Returns the stories of a channel and all below it that are newer than `than`, the nearest to it,
    /// at most `limit`; newest first.
    ///
    /// # Errors
    ///
    /// If the disk refuses. Damaged parts are passed over.
    pub fn newer_page(
        &self,
        channel: &ChannelId,
        than: Cursor,
        limit: usize,
    ) -> Result<Vec<Arc<Story>>, StoreError> {
        self.noting(StoryReader::new(self).newer_page(channel, than, limit))
    }
}

impl StoryReader<'_> {
    fn newer_page(
        &mut self,
        channel: &ChannelId,
        than: Cursor,
        limit: usize,
    ) -> Result<Vec<Arc<Story>>, StoreError> {
        let mut end = IndexPosition::new(than.sort_key, than.story);
        let mut stories: Vec<Arc<Story>> = Vec::new();
        while stories.len() < limit {
            let wanted = limit - stories.len();
            let places = self.places_above(IndexPrefix::channel(channel), end, wanted)?;
            let mut above = Vec::with_capacity(limit);
            for (place, period) in &places {
                above.extend(self.story_in(place.story(), *period, channel)?);
            }
            above.append(&mut stories);
            stories = above;
            match places.first() {
                // Some of them could not be read.
                Some((first, _)) if places.len() == wanted => end = *first,
                _ => break,
            }
        }
        Ok(stories)
    }

    /// Returns the last `limit` positions of a channel before `end`, in their order.
    fn places_above(
        &mut self,
        channel: IndexPrefix,
        end: IndexPosition,
        limit: usize,
    ) -> Result<Vec<(IndexPosition, Period)>, StoreError> {
        let mut reach = FIRST_REACH;
        loop {
            let from = end.sort_key().and_then(|at| at.checked_add(reach).ok());
            let from = from.filter(|_| reach < MAX_REACH).map(IndexPosition::top);
            let Some(places) = self.last_between(channel, (from, end), limit)? else {
                return Ok(Vec::new());
            };
            if places.len() >= limit || from.is_none() {
                return Ok(places.into());
            }
            reach = reach.saturating_mul(REACH_FACTOR);
        }
    }

    /// Returns the last `limit` positions of a channel behind `from` and before `end`; `None` if there
    /// are too many to look through.
    fn last_between(
        &mut self,
        channel: IndexPrefix,
        (mut from, end): (Option<IndexPosition>, IndexPosition),
        limit: usize,
    ) -> Result<Option<VecDeque<(IndexPosition, Period)>>, StoreError> {
        let mut last = VecDeque::with_capacity(limit + 1);
        for _ in 0..MAX_LOOKED_THROUGH / CHUNK {
            let places = self.places(channel, from, CHUNK)?;
            let is_over = places.len() < CHUNK;
            for (place, period) in places {
                if place >= end {
                    return Ok(Some(last));
                }
                last.push_back((place, period));
                if last.len() > limit {
                    last.pop_front();
                }
                from = Some(place);
            }
            if is_over {
                return Ok(Some(last));
            }
        }
        Ok(None)
    }
}
