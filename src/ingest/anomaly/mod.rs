//! Anomalies: whether a document of a source is to be believed.
//!
//! `drift` (fields that stopped coming through), `empty` (no entries where there were some), `flood` (too many new
//! ones at once), `moved` (a permanent redirect), `notice` (what is said to feed readers), `repair` (rules in
//! place of those that match nothing any more).

pub mod drift;
pub mod empty;
pub mod flood;
pub mod moved;
pub mod notice;
pub mod repair;
