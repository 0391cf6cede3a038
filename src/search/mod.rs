//! Search: an index of the stories of the store, and what it finds.
//!
//! ```text
//!   store ─ commits, versions ─▶ follow ─▶ index ◀─ plan ◀─ query ◀─ a reader's words
//!                                          │
//!                                          └─▶ ids ─ store ─▶ stories ─▶ highlight
//! ```
//!
//! The index lies in a folder beside the store and holds nothing that cannot be made again: no
//! text, only which terms stand in which story. What is damaged or lost is thrown away and built
//! anew in the background, while what there is already is searched.

mod atoms;
mod document;
mod error;
mod find;
mod follow;
mod highlight;
mod index;
mod keeper;
mod plan;
mod query;
mod schema;
mod work;

pub use error::SearchError;
pub use find::{Found, SearchOrder, SearchWish};
pub use follow::follow;
pub use highlight::{Fragment, excerpt, mark};
pub use index::{SearchIndex, SearchState};
pub use keeper::rebuild;
pub use query::{MAX_QUERY_CHARACTERS, SearchQuery, SearchWords};
pub use schema::{FOLDER, is_same_name};
