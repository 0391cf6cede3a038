//! One document from the web, for a command.

use std::time::Duration;

use anyhow::Context;
use ipnet::IpNet;

use super::ask::Asker;
use crate::config::Http;
use crate::fetch::Accept;
use crate::model::{Document, WebUrl};

/// Options for asking the web.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct Reach {
    /// A network that is not public and may be asked all the same, as in
    /// http.allow_private; may be given several times.
    #[arg(long, value_name = "CIDR")]
    pub(super) allow_private: Vec<IpNet>,
    /// Seconds for the whole request.
    #[arg(long, value_name = "SECONDS", default_value_t = Http::default().timeout.as_secs(),
          value_parser = clap::value_parser!(u64).range(1..=600))]
    pub(super) timeout: u64,
}

/// Parses a web address (`http://`, `https://`) in an argument; `None` for a file name.
pub(super) fn address(text: &str) -> Option<WebUrl> {
    let scheme = text.get(..8).unwrap_or(text).to_ascii_lowercase();
    let is_web = scheme.starts_with("http://") || scheme.starts_with("https://");
    is_web.then(|| WebUrl::parse(text)).flatten()
}

/// Fetches the document at `url` once, with the limits and the guard of every other request.
///
/// # Errors
///
/// If no whole document came back.
pub(super) fn get(url: &WebUrl, accept: Accept, reach: &Reach) -> anyhow::Result<Document> {
    let http = Http {
        allow_private: reach.allow_private.clone(),
        timeout: Duration::from_secs(reach.timeout),
        ..Http::default()
    };
    let asked = Asker::reaching(&http, None)?.get(url, accept);
    asked.with_context(|| format!("cannot read {url}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_no_file_name() {
        assert!(address("https://example.cn/rss.xml").is_some());
        assert!(address("HTTP://example.cn").is_some());
        assert!(address("feed.xml").is_none());
        assert!(address("http:").is_none());
        assert!(address("济南新闻.xml").is_none());
        assert!(address("file:///etc/passwd").is_none());
    }
}
