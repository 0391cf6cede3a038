//! Near-duplicate detection: whether two items say the same.
//!
//! ```text
//! strip      text → lines without dateline, byline and boilerplate
//! gist       item → tokens, and the sketch by which copies are looked up
//! screen     what an index holds of a text → whether the rest is worth while
//! pieces     a text → its shingles and their positions
//! matched    two texts → their alignment: blocks that they share, gaps between
//! slots      substitutions: other words in the same place
//! named      named entities of a text: numbers, places, names
//! facts      what both name, and what contradicts
//! judge      all of that → the same story, or not, and why
//! ```
//!
//! Pure, and the same on every machine.

#[cfg(test)]
mod cases;
mod facts;
mod gist;
mod judge;
mod matched;
mod named;
mod pieces;
mod screen;
mod slots;
mod strip;

pub use facts::Tally;
pub use gist::{for_comparison, gist, reading};
pub use judge::{Figures, Verdict, judge, judge_copy};
pub use screen::{Chance, Screen, kept};
