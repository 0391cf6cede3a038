//! What every answer may need.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;

use tokio::sync::watch;

use super::shelf::Shelf;
use crate::config::Config;
use crate::model::{SourceId, WebUrl};
use crate::publish::{Site, SourceCard};
use crate::store::{Store, StoreError};

/// What every answer may need. Clones share it.
#[derive(Clone, Debug)]
pub struct App {
    pub(super) store: Arc<Store>,
    pub(super) shelf: Arc<Shelf>,
    config: watch::Receiver<Arc<Config>>,
    bound: SocketAddr,
}

/// What a document is made from, all of one moment.
pub(super) struct Desk {
    pub(super) config: Arc<Config>,
    pub(super) public_url: WebUrl,
    cards: BTreeMap<SourceId, SourceCard>,
}

impl App {
    /// An app that publishes `store` by whatever `config` holds at the time.
    ///
    /// `bound` is where it listens; links lead there while the configuration
    /// names no public address.
    #[must_use]
    pub fn new(store: Arc<Store>, config: watch::Receiver<Arc<Config>>, bound: SocketAddr) -> App {
        App {
            store,
            shelf: Arc::default(),
            config,
            bound,
        }
    }

    pub(super) fn config(&self) -> Arc<Config> {
        self.config.borrow().clone()
    }

    /// Where readers find us; ends in a slash.
    pub(super) fn public_url(&self, config: &Config) -> WebUrl {
        match &config.server.public_url {
            Some(url) => as_folder(url),
            None => at_address(self.bound),
        }
    }

    /// The desk without what is known of sources, for pages that name none.
    pub(super) fn bare_desk(&self) -> Desk {
        let config = self.config();
        Desk {
            public_url: self.public_url(&config),
            cards: BTreeMap::new(),
            config,
        }
    }

    /// The desk; reads the store.
    pub(super) fn desk(&self, config: Arc<Config>) -> Result<Desk, StoreError> {
        let states = self.store.states()?;
        let cards = config.sources.values().map(|source| {
            let state = states.get(&source.id);
            let title = state.and_then(|state| state.title.as_deref());
            let site = state.and_then(|state| state.site.as_ref());
            (source.id.clone(), SourceCard::of(source, title, site))
        });
        Ok(Desk {
            public_url: self.public_url(&config),
            cards: cards.collect(),
            config,
        })
    }
}

impl Desk {
    pub(super) fn site(&self) -> Site<'_> {
        Site {
            config: &self.config,
            public_url: &self.public_url,
            sources: &self.cards,
        }
    }
}

/// The address with a slash at its end, without query and fragment.
fn as_folder(url: &WebUrl) -> WebUrl {
    let mut folder = url.to_url();
    folder.set_query(None);
    folder.set_fragment(None);
    if !folder.path().ends_with('/') {
        let path = format!("{}/", folder.path());
        folder.set_path(&path);
    }
    WebUrl::of(&folder).unwrap_or_else(|| url.clone())
}

fn at_address(bound: SocketAddr) -> WebUrl {
    // Nobody can go to "any address"; whoever tries it out is on this machine.
    let ip = match bound.ip() {
        ip if !ip.is_unspecified() => ip,
        ip if ip.is_ipv4() => Ipv4Addr::LOCALHOST.into(),
        _ => Ipv6Addr::LOCALHOST.into(),
    };
    let address = SocketAddr::new(ip, bound.port());
    WebUrl::parse(&format!("http://{address}/")).expect("a socket address makes a web address")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_folders() {
        let check = |given: &str, want: &str| {
            let url = WebUrl::parse(given).unwrap();
            assert_eq!(as_folder(&url).as_str(), want);
        };
        check("https://news.example", "https://news.example/");
        check("https://example.cn/news?x#y", "https://example.cn/news/");
    }

    #[test]
    fn without_one_links_lead_to_the_socket() {
        let check = |given: &str, want: &str| {
            assert_eq!(at_address(given.parse().unwrap()).as_str(), want);
        };
        check("127.0.0.1:8080", "http://127.0.0.1:8080/");
        check("0.0.0.0:80", "http://127.0.0.1/");
        check("[::]:8080", "http://[::1]:8080/");
    }
}
