//! Decisions from drafts to a commit: pure, about what a poll means.
//!
//! ```text
//! identity::identify   drafts → ids that the next poll finds again
//! substance            content hash: a change that a reader would notice
//! notice               documents that speak to feed readers, and are no news
//! hold::sift           entries that are not published yet
//! clean::item          draft → item: plain text, SafeHtml, dates, fingerprint
//! arrival              news, or history that a longer window shows
//! names, media, notes  byline, files and rights of an item
//! listed               what a list and the page of an entry say, and which is right
//! fresh::sort_key      sort key: the place of an item, for ever
//! keys::join           keys that it shares with copies of other sources
//! twins                whether items of one address are one news
//! story                the story that it belongs to
//! empty                whether a document that has become empty is believed
//! moved                whether a source that says so has moved
//! plan                 outcome + what was there → what to write and remember
//! faith                how far "not modified" is believed
//! wishes               poll hints of the source
//! rhythm               arrival histogram: hours at which it brings news
//! pace                 schedule: the next poll
//! host                 circuit breaker of its host
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
