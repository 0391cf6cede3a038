//! From drafts to a commit: pure decisions about what a poll means.
//!
//! ```text
//! identity::identify   drafts → ids that the next poll finds again
//! substance            what a reader would notice a change in
//! notice               what is said to readers of feeds, and no news
//! hold::sift           what is not published yet
//! clean::item          draft → item: plain text, SafeHtml, dates, fingerprint
//! arrival              news, or history that a longer window shows
//! names, media, notes  what of it readers get beside its text
//! fresh::sort_key      where an item stands, for ever
//! keys::join           what it shares with other sources' copies
//! twins                whether what has one address is one news
//! story                which story it belongs to
//! empty                whether a document that has become empty is believed
//! moved                whether a source that says so has moved
//! plan                 outcome + what was there → what to write and remember
//! faith                how far "not modified" is believed
//! wishes               what the source says of when to come back
//! rhythm               when the source brings news
//! pace                 when to come back to it
//! host                 whether to leave its host alone
//! websub               what to ask of hubs, and what their pushes change
//! ```

pub mod arrival;
pub mod articles;
pub mod clean;
pub mod drift;
pub mod empty;
pub mod explain;
pub mod faith;
pub mod filter;
pub mod fresh;
mod furniture;
pub mod headline;
pub mod hold;
pub mod host;
pub mod identity;
pub mod keys;
pub mod media;
pub mod moved;
pub mod names;
pub mod near;
pub mod notes;
pub mod notice;
pub mod pace;
pub mod plan;
pub mod related;
pub mod rhythm;
mod skip;
pub mod story;
pub mod substance;
pub mod twins;
pub mod websub;
pub mod wishes;
