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

mod commit_queue;
mod hosts;
mod maintenance;
mod pipeline;
mod poller;
mod subscriber;
mod watchdog;

pub use hosts::queue::{Entry, Queue};
pub use hosts::{HostName, Hosts};
pub use poller::{Poller, RunMode};
pub use watchdog::Watchdog;
