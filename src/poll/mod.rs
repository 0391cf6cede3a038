//! Polls every source when it is due.
//!
//! ```text
//!   hosts           who may be asked now: queue, pacing, outage, robots.txt        (pure, memory)
//!     | poller      the loop: starts what is due, until told to stop
//!     | pipeline    one poll: fetch, parse, classify, select, articles, build, conclude
//!     | commit_queue  one thread, many commits to a frame; Store::commit           (disk)
//!     | folding     another, which folds what has grown large
//!   subscriber      hubs, beside the polls; maintenance: the hourly sweep; poll_log: the last polls
//! ```
//!
//! Every poll ends in a commit, also one that failed: that is how a failure is
//! remembered and the next poll is put off.
//!
//! Pushes of hubs come in from the side, take the way from `Reader` on, and make polls rarer.

mod commit_queue;
mod folding;
mod hosts;
mod maintenance;
mod pipeline;
mod poll_log;
mod poller;
mod subscriber;
mod watchdog;

pub use poll_log::{PollLog, PollRecord};
pub use poller::{Ordered, PollOrder, Poller, RunMode};
pub use watchdog::Watchdog;
