//! Place of a store in a shared log, and of the last commit of each source in it.
//!
//! Both stand in `meta`: `log` has the log's identity (16 bytes) and the number of the last message that was
//! applied (u64 BE), `commit/` and the name of a source the number of that source's last commit.

use super::{Ledger, failed, tree};
use crate::model::{LogPosition, SourceId};
use crate::store::codec::frame::Frame;
use crate::store::codec::key::number;
use crate::store::error::StoreError;

/// Beginning of the keys of last commits.
const COMMIT: &[u8] = b"commit/";

/// Key of the place of the store.
const LOG: &[u8] = b"log";

impl Ledger {
    /// Returns the place of the store in a shared log; `None` if it follows none.
    pub(in crate::store) fn log_position(&self) -> Result<Option<LogPosition>, StoreError> {
        let bytes = self.meta.get(LOG).map_err(failed)?;
        Ok(bytes.and_then(|bytes| {
            let (log, sequence) = bytes.split_first_chunk::<16>()?;
            Some(LogPosition {
                log: i128::from_be_bytes(*log),
                sequence: u64::from_be_bytes(sequence.try_into().ok()?),
            })
        }))
    }

    /// Returns the number of the last commit of a source in the log; 0 for none.
    pub(in crate::store) fn last_commit(&self, source: &SourceId) -> Result<u64, StoreError> {
        let bytes = self.meta.get(commit_key(source)).map_err(failed)?;
        Ok(bytes.as_deref().map_or(0, number))
    }

    /// Adds the place of the store to a frame, which is turned to the ledger.
    pub(in crate::store) fn put_log_position(frame: &mut Frame, position: LogPosition) {
        let mut bytes = position.log.to_be_bytes().to_vec();
        bytes.extend(position.sequence.to_be_bytes());
        frame.ledger();
        frame.put(tree::META, LOG, &bytes);
    }

    /// Adds to a frame that the store follows no log any more: its place, and the numbers of all commits.
    pub(in crate::store) fn leave_log(&self, frame: &mut Frame) -> Result<(), StoreError> {
        frame.ledger();
        frame.remove(tree::META, LOG);
        for entry in self.meta.scan_prefix(COMMIT) {
            let (key, _) = entry.map_err(failed)?;
            frame.remove(tree::META, &key);
        }
        Ok(())
    }

    /// Adds the number of a source's last commit to a frame that is turned to the ledger.
    pub(in crate::store) fn put_last_commit(frame: &mut Frame, source: &SourceId, sequence: u64) {
        frame.put(tree::META, &commit_key(source), &sequence.to_be_bytes());
    }
}

fn commit_key(source: &SourceId) -> Vec<u8> {
    [COMMIT, source.as_str().as_bytes()].concat()
}
