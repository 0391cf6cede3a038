//! Decisions from drafts to a commit: pure, about what a poll means.
//!
//! ```text
//! identity             drafts → ids that the next poll finds again
//! item::content_hash   a change that a reader would notice
//! anomaly, notice      whether a document is believed, and is news at all
//! arrival              news, or history that a longer window shows
//! listed, headline     what a list, a page and an entry say, and which is right
//! names, media, notes  byline, files and rights of an item
//! item                 draft → item: plain text, SafeHtml, dates, sort key for ever
//! dedupe               which items are one story; twins: those of one address
//! outcome, faith       outcome + what was there → the next state of the source
//! schedule             the next poll: hints, arrivals, circuit breaker of the host
//! websub               what to ask of hubs, and what their pushes change
//! ```

pub mod anomaly;
pub mod dedupe;
pub mod identity;
pub mod item;
pub mod outcome;
pub mod schedule;
pub mod websub;
