//! `gazetted` polls regional news feeds and pages, keeps every item, and
//! publishes one clean merged feed per channel of a region tree.
//!
//! The modules in reading order, lowest layer first. A module uses modules of
//! lower layers only; `tests/it/architecture.rs` holds that.

/// The words: ids, drafts, items, stories, commits.
pub mod model;

/// Pure helpers on text: charsets, dates, links, HTML, fingerprints.
pub mod text;

/// The one place that reads the time.
pub mod clock;

/// Log set-up.
pub mod telemetry;

/// Kinds of source: a document in, drafts out.
pub mod source;

/// What the admin declared: feeds.toml, checked.
pub mod config;

/// From drafts to a commit: identity, dates, stories, pace.
pub mod ingest;

/// From stories to bytes: RSS, Atom, JSON Feed, OPML, HTML.
pub mod publish;

/// The network, outwards.
pub mod fetch;

/// The disk.
pub mod store;

/// Polls every source when it is due.
pub mod poll;

/// The network, inwards.
pub mod serve;

/// Wiring: start, reload, stop.
pub mod daemon;

/// The commands.
#[expect(clippy::print_stdout, reason = "commands speak to people")]
pub mod cli;
