//! Compaction: fewer and denser tables.
//!
//! `size_tiered` makes tables of what the journal holds while a volume grows; `major` packs a volume that is
//! over into one table with a trained dictionary; both go through `rewrite`.

pub(super) mod major;
pub(super) mod rewrite;
pub(super) mod size_tiered;
