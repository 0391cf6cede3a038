//! Routes: one file for each kind of resource.

pub(super) mod alarms;
pub(super) mod api;
pub(super) mod channels;
pub(super) mod health;
pub(super) mod hub;
pub(super) mod images;
pub(super) mod indexing;
pub(super) mod metrics;
pub(super) mod search;
pub(super) mod status;
pub(super) mod stories;
pub(super) mod websub;
