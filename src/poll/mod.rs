//! Polls every source when it is due.
//!
//! One poll, end to end:
//!
//! ```text
//!   due source
//!     | robots                 whether its site lets us in       (network, once a day)
//!     | fetch::Client::get     a document, or "not modified"    (network)
//!     | source::Reader::read   drafts                           (pure)
//!     | ingest::identity       ids                              (pure)
//!     | Store::held            what we have of them             (disk)
//!     | fetch, source          article pages of what is new     (network)
//!     | ingest::plan           one commit                       (pure)
//!     | Store::apply           written, all or nothing          (disk)
//! ```
//!
//! Every poll ends in a commit, also one that failed: that is how a failure is
//! remembered and the next poll is put off.
//!
//! What hubs push comes in from the side, takes the way from `Reader` on, and
//! makes polls rarer.

mod articles;
mod ask;
mod attempt;
mod beat;
mod hosts;
mod network;
mod once;
mod outage;
mod pages;
mod push;
mod queue;
mod report;
mod robots;
mod run;
mod sort;
mod subscriber;
mod sweep;
mod trouble;
mod turns;
mod upserts;
mod writer;

pub use beat::Beat;
pub use hosts::{HostName, Hosts};
pub use queue::{Entry, Queue};
pub use run::{Poller, Span};
