//! Decisions from drafts to a commit: pure, about what a poll means.
//!
//! ```text
//! identity             drafts → ids that the next poll finds again
//! item::content_hash   a change that a reader would notice
//! anomaly              whether a document is believed: drift, empty, flood, permanent redirect
//! listed               what a list and the page of an entry say, and which is right
//! item                 draft → item: plain text, SafeHtml, dates, sort key for ever
//! dedupe::keys         keys that it shares with copies of other sources
//! dedupe::similarity   whether two texts say the same
//! dedupe::story        the copy that a story shows
//! outcome              outcome + what was there → the next state of the source
//! schedule             the next poll: hints, arrivals, circuit breaker of the host
//! websub               what to ask of hubs, and what their pushes change
//! ```

pub mod anomaly;
pub mod dedupe;
pub mod identity;
pub mod item;
pub mod listed;
pub mod outcome;
pub mod schedule;
pub mod websub;
