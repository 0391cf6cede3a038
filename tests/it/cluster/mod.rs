//! Several nodes on one log of real NATS servers.
//!
//! Without `nats-server` on the machine these tests are skipped, with a word about it; `.ci/run` installs
//! it.

mod alike;
mod faults;
mod log;
mod nodes;
mod press;
mod readers;
mod rounds;
mod servers;
