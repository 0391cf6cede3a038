//! Commands that show what the parsers make of a document.

pub(super) mod discover;
pub(super) mod extract;
pub(super) mod jsonl;
pub(super) mod links;
pub(super) mod parse;
pub(super) mod parse_date;
pub(super) mod sanitize;
