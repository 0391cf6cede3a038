//! From drafts to a commit: identity, dates, stories, pace.

pub mod story;
