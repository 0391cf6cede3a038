//! Decisions from drafts to a commit: pure, about what a poll means.
//!
//! ```text
//! identity::identify   drafts → ids that the next poll finds again
//! substance            content hash: a change that a reader would notice
//! hold::sift           entries that are not published yet
//! clean::item          draft → item: plain text, SafeHtml, dates, fingerprint
//! fresh::sort_key      sort key: the place of an item, for ever
//! keys::join           keys that it shares with copies of other sources
//! story                the story that it belongs to
//! empty                whether a document that has become empty is believed
//! moved                whether a source that says so has moved
//! plan                 outcome + what was there → what to write and remember
//! wishes               poll hints of the source
//! rhythm               arrival histogram: hours at which it brings news
//! pace                 schedule: the next poll
//! host                 circuit breaker of its host
//! websub               what to ask of hubs, and what their pushes change
//! ```

pub mod articles;
pub mod clean;
pub mod drift;
pub mod empty;
pub mod explain;
pub mod filter;
pub mod fresh;
mod furniture;
pub mod hold;
pub mod host;
pub mod identity;
pub mod keys;
pub mod moved;
pub mod near;
pub mod pace;
pub mod plan;
pub mod related;
pub mod rhythm;
mod skip;
pub mod story;
pub mod substance;
pub mod websub;
pub mod wishes;
