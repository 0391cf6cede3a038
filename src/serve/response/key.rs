//! Key of a document in the render cache, and the version by which it is known to be current.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Weak};

use super::document::Effort;
use crate::config::Config;
use crate::model::{ChannelId, StoryId};
use crate::publish::{Format, Texts, View};

/// Key of a document in the render cache.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(in crate::serve) enum DocumentKey {
    Front,
    Listing(ChannelId),
    Feed(ChannelId, Format, Texts),
    View(ChannelId, View, Option<Format>),
    Story(StoryId),
    Opml(Format),
    Sitemap,
    /// Report on all sources, as a page or as JSON.
    Status {
        is_page: bool,
    },
}

impl DocumentKey {
    /// Whether this is a report, which holds for a moment: an old one is shown to nobody.
    pub(in crate::serve) fn is_report(&self) -> bool {
        matches!(self, DocumentKey::Status { .. })
    }

    /// Returns the effort of packing: a report is sent to few before it is made anew.
    pub(in crate::serve) fn effort(&self) -> Effort {
        match self.is_report() {
            true => Effort::Once,
            false => Effort::Kept,
        }
    }
}

/// Version of a document: a configuration and a generation of the store. The same version
/// gives the same bytes.
#[derive(Clone, Debug)]
pub(in crate::serve) struct Version {
    /// Compared by address, which stays taken while this is kept.
    config: Weak<Config>,
    /// Generation of the channel shown, from `Store::generation`, the root's for the front page; or
    /// a hash of all that the document hangs on.
    generation: u64,
}

impl Version {
    pub(in crate::serve) fn new(config: &Arc<Config>, generation: u64) -> Version {
        Version {
            config: Arc::downgrade(config),
            generation,
        }
    }

    /// Returns the version of a document that hangs on several things; `told` changes with it.
    pub(in crate::serve) fn of_all(config: &Arc<Config>, told: &impl Hash) -> Version {
        let mut hasher = DefaultHasher::new();
        told.hash(&mut hasher);
        Version::new(config, hasher.finish())
    }

    /// Returns a version of a configuration that is long gone.
    #[cfg(test)]
    pub(in crate::serve) fn gone(generation: u64) -> Version {
        Version {
            config: Weak::new(),
            generation,
        }
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Version) -> bool {
        self.config.ptr_eq(&other.config) && self.generation == other.generation
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reports_are_packed_in_haste() {
        let report = DocumentKey::Status { is_page: true };
        assert_eq!(report.effort(), Effort::Once);
        assert_eq!(DocumentKey::Front.effort(), Effort::Kept);
    }
}
