//! Rules that all sources of a host share.

use super::Host;
use crate::source::page::{ArticleRules, ListRules};

/// `[rule."…"]`: selectors for the pages of a host.
#[derive(Clone, Debug)]
pub struct HostRules {
    /// Pattern of hosts: `example.cn`, `*.example.cn` for all below it, or `*` for all others.
    pub pattern: String,
    /// Rules for list pages of that host, for sources without their own.
    pub list: Option<ListRules>,
    /// Rules for article pages of that host, for sources without their own.
    pub article: Option<ArticleRules>,
}

impl HostRules {
    /// Whether the pattern matches `host`.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        Host::is_about(&self.pattern, host)
    }
}
