//! The on-disk format: every record as bytes, and as JSON for `export`.
//!
//! The only folder of the store with serde types. A change here needs a new version of the record, and fixtures of the
//! old one that still open (`tests/fixtures/layout-*.store.zst`).

pub(super) mod compress;
pub(super) mod dictionary;
pub(super) mod frame;
pub(super) mod item;
pub(super) mod key;
pub(super) mod period;
pub(super) mod revision;
pub(super) mod scalar;
pub(super) mod source;
pub(super) mod story;
pub(super) mod story_wire;
pub(super) mod wire_notes;
