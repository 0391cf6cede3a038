//! Work on the whole store that an admin or a timer asks for.
//!
//! Retention, fsck, backup, export, corrections of stories, statistics, dates given, and the explanation of a join.

pub(super) mod archive;
mod clock;
pub(super) mod correct;
mod doubt;
pub(super) mod explain;
pub(super) mod fsck;
mod rechoose;
mod redate;
pub(super) mod retention;
pub(super) mod served;
pub(super) mod stats;
