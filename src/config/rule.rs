//! Rules that all sources of a host share.

use super::Host;
use crate::source::page::{ArticleRules, ListRules};

/// `[rule."…"]`
#[derive(Clone, Debug)]
pub struct HostRules {
    /// `example.cn`, `*.example.cn` for all below it, or `*` for all others.
    pub pattern: String,
    /// How to read a list page of that host.
    pub list: Option<ListRules>,
    /// How to read an article page of that host.
    pub article: Option<ArticleRules>,
}

impl HostRules {
    /// Whether this is about `host`.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        Host::is_about(&self.pattern, host)
    }
}
