//! Renamed sources: what is remembered of one goes over to its new name.

use super::{Ledger, failed, tree};
use crate::model::SourceId;
use crate::store::Store;
use crate::store::codec::frame::Frame;
use crate::store::error::StoreError;

impl Store {
    /// Moves the state and the seen set of `former` to `new`, in one frame, and returns whether
    /// there was anything to move. Nothing is done where `new` is known already.
    ///
    /// Entries keep their ids by the seen set, so that none of them is a new item, and what
    /// their papers correct reaches the items that are there.
    ///
    /// # Errors
    ///
    /// If the disk refuses.
    pub fn rename_source(&self, former: &SourceId, new: &SourceId) -> Result<bool, StoreError> {
        let mut writer = self.writer();
        self.guarded(&mut writer, || {
            let mut frame = Frame::default();
            let has_moved = self.ledger.get()?.rename(former, new, &mut frame)?;
            if has_moved {
                self.enter(frame.bytes())?;
            }
            Ok(has_moved)
        })
    }
}

impl Ledger {
    /// Says in `frame` that what stands under one name stands under another; whether anything
    /// does.
    fn rename(
        &self,
        former: &SourceId,
        new: &SourceId,
        frame: &mut Frame,
    ) -> Result<bool, StoreError> {
        let (from, to) = (former.as_str().as_bytes(), new.as_str().as_bytes());
        let is_known = self.sources.contains_key(to).map_err(failed)?;
        let Some(state) = self
            .sources
            .get(from)
            .map_err(failed)?
            .filter(|_| !is_known)
        else {
            return Ok(false);
        };
        frame.ledger();
        frame.put(tree::SOURCES, to, &state);
        frame.remove(tree::SOURCES, from);
        if let Some(roll) = self.rolls.get(from).map_err(failed)? {
            frame.put(tree::ROLLS, to, &roll);
            frame.remove(tree::ROLLS, from);
        }
        Ok(true)
    }
}
