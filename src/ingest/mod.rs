//! From drafts to a commit: pure decisions about what a poll means.
//!
//! ```text
//! identity::identify   drafts → ids that the next poll finds again
//! clean::item          draft → item: plain text, SafeHtml, dates, fingerprint
//! fresh::sort_key      where an item stands, for ever
//! keys::join           what it shares with other sources' copies
//! plan::commit         outcome + what was there → Commit
//! pace::wait           when to come back
//! ```

pub mod clean;
pub mod fresh;
pub mod identity;
pub mod keys;
pub mod pace;
pub mod plan;
