//! Near-duplicate detection: whether two items say the same.
//!
//! ```text
//! strip         text → lines without dateline, byline and boilerplate
//! digest        several news under a number or a time each
//! tokenize      item → tokens, and the sketch by which copies are looked up
//! candidate     what an index holds of a text → whether the rest is worth while
//! shingles      a text → its shingles and their positions
//! align         two texts → their alignment: blocks that they share, gaps between
//! substitution  other words in the same place
//! template      whether one thing takes the place of another throughout
//! entities      numbers, places, names of a text
//! facts         what both name, and what contradicts
//! verdict       all of that → the same story, or not, and why
//! ```
//!
//! Pure, and the same on every machine.

mod align;
mod candidate;
mod digest;
mod entities;
mod facts;
mod shingles;
mod strip;
mod substitution;
mod template;
#[cfg(test)]
mod tests;
mod tokenize;
mod verdict;

pub use candidate::{Chance, ContainmentFilter, Screening, kept};
pub use facts::Tally;
pub(in crate::ingest) use strip::headline;
#[cfg(test)]
pub(super) use tokenize::of_text;
pub use tokenize::{for_comparison, gist, reading};
pub use verdict::{SimilarityScores, Verdict, judge, judge_copy};
