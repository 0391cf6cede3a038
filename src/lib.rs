//! `gazetted` polls regional news feeds and pages, keeps every item, and
//! publishes one clean merged feed per channel of a region tree.
//!
//! The modules in reading order, lowest layer first. A module uses modules of
//! lower layers only; `tests/it/architecture.rs` holds that.

/// Domain vocabulary: ids, drafts, items, stories, commits.
pub mod model;

/// Pure helpers on text: charsets, dates, links, HTML, fingerprints.
pub mod text;

/// Locks that do not stay shut because a thread panicked.
pub mod sync;

/// System clock: the one place that reads the time.
pub mod clock;

/// Log set-up.
pub mod telemetry;

/// Metrics: what the daemon counts.
pub mod metrics;

/// Kinds of source: a document in, drafts out.
pub mod source;

/// Configuration that the admin declared: feeds.toml, checked.
pub mod config;

/// Decisions from drafts to a commit: identity, dates, stories, pace.
pub mod ingest;

/// Rendering of stories to bytes: RSS, Atom, JSON Feed, OPML, HTML.
pub mod publish;

/// HTTP client: the network, outwards.
pub mod fetch;

/// Store on disk: items, stories, states of sources.
pub mod store;

/// Pictures: fetched for readers, made small, kept on the disk.
pub mod images;

/// Search: an index beside the store, and what it finds.
pub mod search;

/// Several nodes on one log of NATS JetStream.
pub mod cluster;

/// Scheduler and poll pipeline: polls every source when it is due.
pub mod poll;

/// HTTP server: the network, inwards.
pub mod serve;

/// Wiring: start, reload, stop.
pub mod daemon;

/// Commands of the command line.
#[expect(clippy::print_stdout, reason = "commands speak to people")]
pub mod cli;
