//! The network, outwards: one guarded request at a time.
//!
//! ```text
//! Request ─▶ guard (address, port) ─▶ connect ─▶ redirects, each judged again
//!         ─▶ body under a cap ─▶ content decoded under the same cap ─▶ Fetched
//! ```
//!
//! Nothing here knows what a feed is, keeps anything between two requests but
//! open connections, or decides when to ask again.

mod accept;
mod addresses;
mod agent;
mod body;
mod client;
mod error;
mod fresh;
mod guard;
mod post;

pub use accept::Accept;
pub use agent::user_agent;
pub use client::{Client, Fetched, Request};
pub use error::{FetchError, SetupError};
pub use guard::{Guard, Refused};
pub use post::Posted;
