//! One folder on one disk, owned by one process: lock, layout version, reserve, fsync, quarantine, crash markers, spool.
//!
//! Read in this order: `version` (which layout), `lock` (claims the folder), `migrate` (older layouts), `database` (opens sled), `fsync` (makes
//! sled's flush durable), `reserve` (room for a full disk), `quarantine` and `damage` (what cannot be opened),
//! `crash_markers` (which source was being read when the process died), `spool` (what is for a slow reader), `file_cache` (what may be lost).

pub(super) mod crash_markers;
pub(super) mod damage;
pub(super) mod database;
pub(super) mod file_cache;
pub(super) mod fsync;
pub(super) mod lock;
pub(super) mod migrate;
pub(super) mod overlay;
pub(super) mod quarantine;
pub(super) mod reserve;
pub(super) mod spool;
pub(super) mod version;
