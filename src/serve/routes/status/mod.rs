//! Status: the state of store, configuration, hub and sources, as a page and as JSON.

mod hub_report;
pub(in crate::serve) mod listing;
mod momentary;
pub(in crate::serve) mod page;
mod report;

pub use hub_report::{Outlook, outlook};
pub(super) use hub_report::{due, subscriptions};
pub(super) use momentary::version;
pub use report::{HealthReport, live_report, report};
