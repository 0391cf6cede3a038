//! Several nodes on one log of real NATS servers.
//!
//! Without `nats-server` on the machine these tests are skipped, with a word about it; `.ci/run` installs
//! it.

mod faults;
mod log;
mod servers;
