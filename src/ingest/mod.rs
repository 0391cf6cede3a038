//! Decisions from drafts to a commit: pure, about what a poll means.
//!
//! ```text
//! identity  drafts → ids that the next poll finds again
//! anomaly   whether a document is believed, and is news at all
//! item      draft → item: news or history, headline, byline, files and rights, plain text,
//!           SafeHtml, dates, sort key for ever
//! dedupe    which items are one story, and which are those of one address
//! outcome   outcome + what was there → the next state of the source
//! schedule  the next poll: hints, arrivals, faith in 304, circuit breaker of the host
//! websub    what to ask of hubs, and what their pushes change
//! ```

pub mod anomaly;
pub mod dedupe;
pub mod identity;
pub mod item;
pub mod outcome;
pub mod schedule;
pub mod websub;
