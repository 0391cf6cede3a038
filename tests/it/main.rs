//! One integration binary: a module per promise, each through the real
//! program, real sockets and a real store.

#![allow(unreachable_pub, reason = "nothing of a test is reached from outside")]
#![allow(clippy::unwrap_used, reason = "a test ends where it is surprised")]
#![allow(clippy::print_stdout, reason = "a test says why it is skipped")]

mod access;
mod architecture;
mod backup;
mod bombs;
mod caching;
mod cases;
mod clocks;
mod config;
mod corpus;
mod crash;
mod damping;
mod delta;
mod demo;
mod dense;
mod disk;
mod docs;
mod drift;
mod edits;
mod events;
mod feed_corpus;
mod flips;
mod fold;
mod fsck;
mod guard;
mod history;
mod hostile;
mod hostile_pages;
mod kill;
mod kinds;
mod layout;
mod merging;
mod moves;
mod near;
mod origins;
mod outputs;
mod page_cases;
mod page_corpus;
mod page_trouble;
mod pages;
mod papers;
mod parse;
mod passed_on;
mod polite;
mod press;
mod protocol;
mod publish;
mod ready;
mod reload;
mod renamed;
mod replay;
mod restart;
mod retention;
mod robots;
mod scarce;
mod schema;
mod serve;
mod signals;
mod stop;
mod store;
mod stories;
mod survive;
mod text_corpus;
mod transport;
mod trials;
mod trouble;
mod valid;
mod websub;
mod world;
