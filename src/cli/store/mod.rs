//! Commands on a state folder: backup, restore, export, fsck, pack.

pub(super) mod backup;
pub(super) mod fsck;
pub(super) mod output;
pub(super) mod pack;
pub(super) mod retain;
pub(super) mod state_dir;
