//! The commands: arguments in, exit code out.

pub mod extract;
mod jsonl;
pub mod links;
