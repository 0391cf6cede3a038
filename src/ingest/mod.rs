//! From drafts to a commit: pure decisions about what a poll means.
//!
//! ```text
//! identity::identify   drafts → ids that the next poll finds again
//! substance            what a reader would notice a change in
//! hold::sift           what is not published yet
//! clean::item          draft → item: plain text, SafeHtml, dates, fingerprint
//! listed               what a list and the page of an entry say, and which is right
//! fresh::sort_key      where an item stands, for ever
//! keys::join           what it shares with other sources' copies
//! story                which story it belongs to
//! empty                whether a document that has become empty is believed
//! moved                whether a source that says so has moved
//! plan                 outcome + what was there → what to write and remember
//! wishes               what the source says of when to come back
//! rhythm               when the source brings news
//! pace                 when to come back to it
//! host                 whether to leave its host alone
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
pub mod listed;
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
