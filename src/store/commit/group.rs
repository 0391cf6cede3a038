//! A group of commits, written together.

use std::collections::{BTreeMap, BTreeSet};

use super::Batch;
use super::batch::WriteBatch;
use crate::model::Commit;
use crate::store::codec::frame::Frame;
use crate::store::codec::key::IndexPrefix;
use crate::store::error::StoreError;
use crate::store::{Applied, Store};

impl Store {
    /// Writes a group of commits: all of it or nothing, durable when it returns.
    ///
    /// Tables are made of a journal that has grown large at once; [`Store::commit`] leaves that to another
    /// thread.
    ///
    /// # Errors
    ///
    /// If the disk refuses. Then applying the same commits again makes good what is missing. What was
    /// there is still served; the next call tries again.
    pub fn apply(&self, commits: &[Commit]) -> Result<Applied, StoreError> {
        let applied = self.commit_with(commits, Frame::default())?;
        if self.has_large() {
            self.fold_large();
        }
        Ok(applied)
    }

    /// Writes a group of commits as [`Store::apply`] does; a journal that has grown large is left to
    /// [`Store::fold_large`], unless that does not keep up.
    ///
    /// # Errors
    ///
    /// Those of [`Store::apply`].
    pub fn commit(&self, commits: &[Commit]) -> Result<Applied, StoreError> {
        self.commit_with(commits, Frame::default())
    }

    /// Writes a group of commits as [`Store::commit`] does, and the steps of `rider` in the same frame.
    ///
    /// # Errors
    ///
    /// Those of [`Store::apply`].
    pub(in crate::store) fn commit_with(
        &self,
        commits: &[Commit],
        rider: Frame,
    ) -> Result<Applied, StoreError> {
        if commits.is_empty() && rider.is_empty() {
            return Ok(Applied::default());
        }
        let mut writer = self.writer();
        let (applied, channels) = self.guarded(&mut writer, || self.write(commits, rider))?;
        drop(writer);
        self.bump_generations(&channels);
        Ok(applied)
    }

    /// Works out and writes a group of commits; returns the channels that changed.
    fn write(
        &self,
        commits: &[Commit],
        rider: Frame,
    ) -> Result<(Applied, BTreeSet<IndexPrefix>), StoreError> {
        let mut batch = Batch::new(self)?;
        batch.rider = rider;
        let mut draft = WriteBatch::default();
        for commit in commits {
            batch.add(commit, &mut draft)?;
        }
        let channels = batch.finish(commits, draft, BTreeMap::new())?;
        Ok((batch.applied, channels))
    }
}
