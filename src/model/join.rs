//! Keys that join an item to other copies of its story.

use jiff::SignedDuration;

use super::{ChannelId, TokenizedText};

/// Blocking keys of an item (record linkage): hashes and text by which copies of its story are
/// found and compared.
///
/// Written by `ingest::dedupe::keys` as the channel's `dedupe` wants it; read by the store when it applies
/// the item. The default takes no part in joining.
#[derive(Clone, Debug, PartialEq)]
pub struct DedupeKeys {
    /// Hashes shared by copies of one story, strongest first: of the canonical address, the
    /// address, the folded title. Empty if the source takes no part in joining.
    pub keys: Vec<u64>,
    /// Tokenised text, where texts are compared (`dedupe = "near"` and above).
    pub gist: Option<TokenizedText>,
    /// Whether the same event in other words is joined too (`dedupe = "story"`).
    pub joins_same_event: bool,
    /// Longest distance between the sort keys of two copies (`channel.dedupe_window`).
    pub window: SignedDuration,
}

/// Publication of an item in a channel besides that of its source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// Channel in which it is published too.
    pub to: ChannelId,
    /// Reason for people: the place that the text names, or the filter that matched.
    pub why: String,
}

impl DedupeKeys {
    /// Default of `channel.dedupe_window`: 72 hours.
    pub const WINDOW: SignedDuration = SignedDuration::from_hours(72);

    /// Makes keys without text: copies are those that share one of `keys`.
    #[must_use]
    pub fn by(keys: Vec<u64>) -> DedupeKeys {
        DedupeKeys {
            keys,
            ..DedupeKeys::default()
        }
    }
}

impl Default for DedupeKeys {
    /// Makes keys that find no copy: no part in joining.
    fn default() -> DedupeKeys {
        DedupeKeys {
            keys: Vec::new(),
            gist: None,
            joins_same_event: false,
            window: DedupeKeys::WINDOW,
        }
    }
}
