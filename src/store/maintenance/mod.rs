//! Work on the whole store that an admin or a timer asks for.
//!
//! Retention, fsck, backup, export, corrections and takedowns of stories, the purge of a source, renamed sources,
//! statistics, and the explanation of a join.

pub(super) mod archive;
pub(super) mod correct;
pub(super) mod explain;
pub(super) mod fsck;
pub(super) mod purge;
mod rechoose;
mod redate;
mod rename;
pub(super) mod retention;
pub(super) mod shared_log;
pub(super) mod stats;
mod takedown;
