//! Records of one source in the ledger: state, schedule, extraction yield, seen set, robots.txt, hub;
//! and of one subscriber of our own hub.

pub(in crate::store) mod extraction;
pub(in crate::store) mod hub;
mod repair;
pub(in crate::store) mod robots;
pub(in crate::store) mod schedule;
pub(in crate::store) mod seen;
pub(in crate::store) mod state;
pub(in crate::store) mod subscriber;
