//! Work on the whole store that an admin or a timer asks for.
//!
//! Retention, fsck, backup, export, corrections and takedowns of stories, the purge of a source, statistics,
//! and the explanation of a join.

pub(super) mod backup;
mod clock;
pub(super) mod correct;
mod doubt;
pub(super) mod explain;
pub(super) mod export;
pub(super) mod fsck;
pub(super) mod purge;
mod rechoose;
pub(super) mod retention;
pub(super) mod stats;
mod takedown;
