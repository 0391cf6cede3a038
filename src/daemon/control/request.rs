//! Requests at the control socket, as lines of JSON.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// Request of an admin, one line of JSON: `{"do":"poll","what":["shandong/jinan"]}`.
///
/// Sent by `cli`, answered by lines of JSON; one with `error` is the last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// State of everything, as `/status.json` has it.
    Status,
    /// A line for each poll that ends, until the client leaves.
    Watch {
        /// Ids and channels; all if empty.
        #[serde(default)]
        what: Vec<String>,
    },
    /// Reading feeds.toml again.
    Reload,
    /// Changes that a file would make, a line each.
    Plan {
        /// Path of the file, as the daemon sees it.
        file: PathBuf,
    },
    /// Polls now, and a line for each as it ends.
    Poll {
        /// Ids and channels; all if empty.
        what: Vec<String>,
        /// Whether documents are taken as they are, whatever was normal before.
        #[serde(default)]
        release: bool,
    },
    /// Sources that are to rest.
    Pause {
        /// Ids and channels; all if empty.
        what: Vec<String>,
    },
    /// Sources that are to go on.
    Resume {
        /// Ids and channels; all if empty.
        what: Vec<String>,
    },
    /// Last polls of a source, a line each.
    Log {
        /// Id of the source.
        source: String,
    },
    /// Removal of all that a source has brought.
    Purge {
        /// Id of the source.
        source: String,
    },
    /// Takedown of a story.
    Takedown {
        /// Id of the story, or an address that ends in it, or the address of one of the copies.
        story: String,
        /// Reason, for the log and the feeds.
        #[serde(default)]
        reason: String,
        /// Whether a takedown is undone.
        #[serde(default)]
        undo: bool,
    },
    /// All takedowns, a line each.
    Takedowns,
    /// Building of the search index anew, and a line for each step.
    Reindex,
    /// State of the cluster.
    Cluster,
    /// Handing over of the polls of this node.
    Drain,
}
