//! De-duplication: which items are one story.
//!
//! `keys` computes the blocking keys of an item, `similarity` compares two texts, `weighing` an item with a story,
//! `story` decides what a story shows, `related` finds neighbours that are not the same story.

pub mod keys;
pub mod related;
pub mod similarity;
pub mod story;
pub mod twins;
pub mod weighing;
