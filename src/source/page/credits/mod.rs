//! Credits: who wrote it, when, and from where; shared by list and article pages.

pub(super) mod byline;
pub(super) mod calendar_date;
pub(super) mod caption;
pub(super) mod clock;
pub(super) mod dateline;
pub(super) mod kicker;
pub(super) mod marked;
pub(super) mod origin;
pub(super) mod person;
pub(super) mod words;
pub(super) mod writer;
