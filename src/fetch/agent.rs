//! `User-Agent`: who we say we are.

use crate::model::SourceId;

/// Product token with version, as `gazetted/0.1.0`.
const PRODUCT: &str = concat!("gazetted/", env!("CARGO_PKG_VERSION"));

/// Builds the `User-Agent` of a request: product, contact, id of the source.
///
/// Publishers who want us gone can name `gazetted` in robots.txt or block the
/// source by its id. Characters that do not belong in a header are dropped.
///
/// ```
/// let source = "shandong/jinan/daily".parse().unwrap();
/// let agent = gazetted::fetch::user_agent(Some("https://news.example/bot"), &source);
/// assert!(agent.starts_with("gazetted/"));
/// assert!(agent.ends_with(" (+https://news.example/bot; feed-id=shandong/jinan/daily)"));
/// ```
#[must_use]
pub fn user_agent(contact: Option<&str>, source: &SourceId) -> String {
    let contact: String = contact
        .unwrap_or_default()
        .chars()
        .filter(|c| matches!(c, ' '..='~'))
        .collect();
    match contact.as_str() {
        "" => format!("{PRODUCT} (feed-id={source})"),
        contact => format!("{PRODUCT} (+{contact}; feed-id={source})"),
    }
}
