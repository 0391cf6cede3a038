//! One integration binary: a module per promise, each through the real
//! program, real sockets and a real store.

#![allow(unreachable_pub, reason = "nothing of a test is reached from outside")]
#![allow(clippy::unwrap_used, reason = "a test ends where it is surprised")]
#![allow(clippy::print_stdout, reason = "a test says why it is skipped")]

mod access;
mod architecture;
mod backup;
mod bombs;
mod cases;
mod config;
mod control;
mod corpus;
mod crash;
mod damping;
mod demo;
mod dense;
mod disk;
mod docs;
mod drift;
mod editing;
mod edits;
mod feed_corpus;
mod flips;
mod fold;
mod fsck;
mod guard;
mod hostile;
mod hostile_pages;
mod kill;
mod kinds;
mod layout;
mod merging;
mod metrics;
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
mod pipes;
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
mod serve;
mod signals;
mod stop;
mod store;
mod stories;
mod survive;
mod takedown;
mod text_corpus;
mod transport;
mod trials;
mod trouble;
mod trying;
mod valid;
mod websub;
mod world;
