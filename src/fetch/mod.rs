//! The network, outwards: one guarded request at a time.
//!
//! ```text
//! Request ─▶ guard (port, address) ─▶ name looked up, answers judged ─▶ connect to one that passed
//!         ─▶ redirects, each hop judged again, credentials only for whom they are meant
//!         ─▶ status ─▶ body under a cap ─▶ content decoded under the same cap ─▶ Fetched
//! ```
//!
//! Nothing here knows what a feed is, keeps anything between two requests but
//! open connections and answers of name servers, or decides when to ask again.

mod accept;
mod agent;
mod client;
mod connect;
mod cookies;
mod error;
mod guard;
mod post;
mod request;
mod response;
pub mod robots;

pub use accept::Accept;
pub use agent::user_agent;
pub use client::Client;
pub use connect::credentials::Credentials;
pub use error::{FetchError, SetupError};
pub use guard::{Guard, Refused};
pub use post::{Post, Posted};
pub use request::{Pacer, Request};
pub use response::read::Fetched;
