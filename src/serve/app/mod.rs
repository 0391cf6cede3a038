//! Shared state of all handlers, and the context in which they render.

pub(super) mod renders;

use std::net::IpAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Instant;

use axum::http::{HeaderMap, HeaderName, StatusCode};
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use url::Host;

use super::cards::{CardBoard, SourceCards};
use super::pushes::Pushes;
use super::related::RelatedPool;
use super::render_cache::RenderCache;
use super::reports::Reports;
use super::response::document::{Effort, RenderedDocument};
use super::response::error::AppError;
use super::response::negotiate::Coding;
use super::shortcuts::Shortcuts;
use crate::cluster::Cluster;
use crate::config::Config;
use crate::images::ImageProxy;
use crate::ingest::websub::hub::request::HubRequest;
use crate::metrics::Metrics;
use crate::model::{HubNotice, WebUrl};
use crate::publish::Site;
use crate::publish::alarms::Alarm;
use crate::publish::html::Theme;
use crate::search::SearchIndex;
use crate::store::{Store, StoreError};
use renders::Renders;

/// Upper limit of clients that listen to events at the same time; one more gets 503.
const MAX_LISTENERS: usize = 256;

/// Header in which `middleware` tells handlers the client's address, whatever the client wrote there.
/// Absent if that address is not known.
pub(super) const CLIENT: HeaderName = HeaderName::from_static("gazetted-client");

/// Shared state of all handlers; clones share it, at the price of one counter: every request has
/// several.
#[derive(Clone, Debug)]
pub struct App(Arc<AppState>);

/// State that all handlers share.
#[derive(Clone, Debug)]
pub struct AppState {
    pub(super) store: Arc<Store>,
    pub(super) cache: Arc<RenderCache>,
    pub(super) shortcuts: Arc<Shortcuts>,
    pub(super) related: Arc<RelatedPool>,
    pub(super) reports: Arc<Reports>,
    renders: Arc<Renders>,
    cards: Arc<CardBoard>,
    config: watch::Receiver<Arc<Config>>,
    /// Reason why the feeds.toml read last is not in force; `None` if it is. Sent by the
    /// daemon.
    refused: watch::Receiver<Option<String>>,
    /// Base of all links to ourselves; ends in a slash, has no query and no fragment.
    pub(super) public_url: WebUrl,
    /// Channel for verified notices of hubs, read by the poll side. `None`: callbacks answer
    /// 404.
    pub(super) notices: Option<mpsc::Sender<HubNotice>>,
    /// Channel to our own hub. `None`: there is none, and its address answers 404.
    pub(super) hub: Option<mpsc::Sender<HubCall>>,
    pub(super) pushes: Arc<Pushes>,
    pub(super) metrics: Arc<Metrics>,
    /// Last alarms, oldest first; sent by the daemon.
    pub(super) alarms: watch::Receiver<Arc<Vec<Alarm>>>,
    /// Membership in a cluster; `None` for a daemon that runs alone.
    pub(super) cluster: Option<Cluster>,
    /// Proxy of pictures; `None` where they do not come through us.
    pub(super) images: Option<Arc<ImageProxy>>,
    /// Looks and words of the admin's; `None` for ours.
    pub(super) theme: Option<Arc<ServedTheme>>,
    /// Index of the stories; `None` where they cannot be searched.
    pub(super) search: Option<Arc<SearchIndex>>,
    /// Places of clients that listen to events.
    pub(super) listeners: Arc<Semaphore>,
    /// Signal to stop, at which events end.
    pub(super) stop: CancellationToken,
    /// Runtimes that connections are dealt out to; none: all are served where they are accepted.
    pub(super) runtimes: Arc<[Handle]>,
}

/// Request to our own hub, on its way from a handler to it, and the way back.
#[derive(Debug)]
pub(super) struct HubCall {
    pub(super) request: HubRequest,
    pub(super) reply: oneshot::Sender<Result<(), HubRefusal>>,
}

/// Refusal of our own hub: status, and a reason for whoever asked.
#[derive(Debug)]
pub(super) struct HubRefusal {
    pub(super) status: StatusCode,
    pub(super) why: String,
}

/// Context of one rendering: one configuration, and the cards of its sources as stored at one
/// moment.
pub(super) struct RenderContext {
    pub(super) config: Arc<Config>,
    pub(super) public_url: WebUrl,
    cards: Arc<SourceCards>,
    images: Option<Arc<ImageProxy>>,
    theme: Option<Arc<ServedTheme>>,
}

/// Theme, and what is served of it.
#[derive(Debug)]
pub(super) struct ServedTheme {
    pub(super) theme: Theme,
    pub(super) style: Option<RenderedDocument>,
    pub(super) icon: Option<RenderedDocument>,
}

impl Deref for App {
    type Target = AppState;

    fn deref(&self) -> &AppState {
        &self.0
    }
}

impl App {
    /// Creates the state for publishing `store` by the configuration that `config` holds at
    /// each request.
    ///
    /// `public_url` is the address readers use; all our links begin with it. "Any address" as
    /// host (`0.0.0.0`, `[::]`) becomes `localhost`, a slash is added at its end.
    #[must_use]
    pub fn new(store: Arc<Store>, config: watch::Receiver<Arc<Config>>, public_url: WebUrl) -> App {
        App(Arc::new(AppState {
            cache: Arc::new(RenderCache::new(Arc::clone(&store))),
            shortcuts: Arc::default(),
            related: Arc::default(),
            reports: Arc::default(),
            renders: Arc::default(),
            cards: Arc::default(),
            store,
            config,
            refused: watch::channel(None).1,
            public_url: as_folder(&public_url),
            notices: None,
            hub: None,
            cluster: None,
            pushes: Arc::default(),
            metrics: Arc::default(),
            alarms: watch::channel(Arc::default()).1,
            images: None,
            theme: None,
            search: None,
            listeners: Arc::new(Semaphore::new(MAX_LISTENERS)),
            stop: CancellationToken::new(),
            runtimes: Arc::default(),
        }))
    }

    /// Returns the same state, showing the alarms that `alarms` holds.
    #[must_use]
    pub fn alarmed(mut self, alarms: watch::Receiver<Arc<Vec<Alarm>>>) -> App {
        self.state().alarms = alarms;
        self
    }

    /// Returns the same state, on a node of a cluster.
    #[must_use]
    pub fn clustered(mut self, cluster: Option<Cluster>) -> App {
        self.state().cluster = cluster;
        self
    }

    /// Returns the same state, counting in `metrics`.
    #[must_use]
    pub fn metered(mut self, metrics: Arc<Metrics>) -> App {
        let cache = RenderCache::new(Arc::clone(&self.store));
        self.state().cache = Arc::new(cache.measured(Arc::clone(&metrics)));
        self.state().metrics = metrics;
        self
    }

    /// Returns the same state with callbacks for hubs switched on: verified notices go to
    /// `notices`.
    #[must_use]
    pub fn hearing(mut self, notices: mpsc::Sender<HubNotice>) -> App {
        self.state().notices = Some(notices);
        self
    }

    /// Returns the same state, reporting in `/healthz` and `/status.json` the reason that
    /// `refused` holds for a configuration not being in force.
    #[must_use]
    pub fn telling(mut self, refused: watch::Receiver<Option<String>>) -> App {
        self.state().refused = refused;
        self
    }

    /// Returns the same state, whose pictures come through `images`.
    #[must_use]
    pub fn picturing(mut self, images: Arc<ImageProxy>) -> App {
        self.state().images = Some(images);
        self
    }

    /// Returns the same state, whose pages look and speak as `theme` says.
    #[must_use]
    pub fn themed(mut self, theme: Theme) -> App {
        let kept = |kind: &'static str, text: &str| {
            let document = RenderedDocument::new(kind, text.into(), None);
            document.pack(&Coding::ALL, Effort::Kept)
        };
        let style = theme.style();
        self.state().theme = Some(Arc::new(ServedTheme {
            style: style.map(|(text, _)| kept("text/css; charset=utf-8", text)),
            icon: theme.icon().map(|text| kept("image/svg+xml", text)),
            theme,
        }));
        self
    }

    /// Returns the same state, whose connections are dealt out to these runtimes.
    #[must_use]
    pub fn served_on(mut self, runtimes: &[Handle]) -> App {
        self.state().runtimes = runtimes.into();
        self
    }

    /// Returns the same state, whose stories can be searched in `index`.
    #[must_use]
    pub fn searching(mut self, index: Arc<SearchIndex>) -> App {
        self.state().search = Some(index);
        self
    }

    /// Returns the same state, whose events end at `stop`.
    pub(super) fn ending(mut self, stop: CancellationToken) -> App {
        self.state().stop = stop;
        self
    }

    /// Returns the same state for a listener that has no feeds: it takes no shortcuts to them.
    pub(super) fn without_feeds(mut self) -> App {
        self.state().shortcuts = Arc::default();
        self
    }

    /// Borrows the state to change it, before anybody shares it.
    fn state(&mut self) -> &mut AppState {
        Arc::make_mut(&mut self.0)
    }

    /// Returns the reason why the feeds.toml read last is not in force, or `None` if it is.
    pub(super) fn refused(&self) -> Option<String> {
        self.refused.borrow().clone()
    }

    /// Returns the same state, whose hub hears what comes by `hub`.
    pub(super) fn hosting(mut self, hub: mpsc::Sender<HubCall>) -> App {
        self.state().hub = Some(hub);
        self
    }

    /// Returns a receiver of the configuration, which wakes when there is another.
    pub(super) fn configs(&self) -> watch::Receiver<Arc<Config>> {
        self.config.clone()
    }

    /// Returns the configuration in force.
    pub(super) fn config(&self) -> Arc<Config> {
        self.config.borrow().clone()
    }

    /// Admits a request that costs a rendering of its own, on the account of its client.
    ///
    /// # Errors
    ///
    /// [`AppError::TooMany`] if the client has had as many as `[server] renders_per_address` allows.
    pub(super) fn admit(&self, headers: &HeaderMap) -> Result<(), AppError> {
        let per_minute = self.config.borrow().server.renders_per_address;
        let client = headers.get(CLIENT).and_then(|text| text.to_str().ok());
        let client = client.and_then(|text| text.parse::<IpAddr>().ok());
        let Some(client) = client.filter(|_| per_minute > 0) else {
            return Ok(());
        };
        let taken = self.renders.take(client, per_minute, Instant::now());
        taken.map_err(AppError::too_many)
    }

    /// Creates a context without source cards, for pages that name no source (errors, OPML).
    /// Does not read the store.
    pub(super) fn bare_desk(&self) -> RenderContext {
        let config = self.config();
        RenderContext {
            public_url: self.public_url.clone(),
            cards: Arc::default(),
            images: self.images.clone(),
            theme: self.theme.clone(),
            config,
        }
    }

    /// Creates a context with the card of each configured source (title and site as its last
    /// document gave them), and of those that were.
    pub(super) fn desk(&self, config: Arc<Config>) -> Result<RenderContext, StoreError> {
        let names = self.store.source_names()?;
        Ok(RenderContext {
            public_url: self.public_url.clone(),
            cards: self.cards.cards(&config, names, &self.public_url),
            images: self.images.clone(),
            theme: self.theme.clone(),
            config,
        })
    }
}

impl RenderContext {
    /// Borrows the context in the shape that `publish` takes.
    pub(super) fn site(&self) -> Site<'_> {
        Site {
            theme: self.theme.as_deref().map(|served| &served.theme),
            config: &self.config,
            public_url: &self.public_url,
            sources: &self.cards,
            images: self.images.as_deref().map(ImageProxy::key),
        }
    }
}

/// Returns the address with a slash at its end, without query and fragment.
///
/// Nobody can go to "any address" (`0.0.0.0`, `[::]`), which is what one listens at; whoever
/// tries that out is on this machine, so it becomes `localhost`.
fn as_folder(url: &WebUrl) -> WebUrl {
    let mut folder = url.to_url();
    folder.set_query(None);
    folder.set_fragment(None);
    let is_any = match folder.host() {
        Some(Host::Ipv4(ip)) => ip.is_unspecified(),
        Some(Host::Ipv6(ip)) => ip.is_unspecified(),
        Some(Host::Domain(_)) | None => false,
    };
    if is_any && folder.set_host(Some("localhost")).is_err() {
        return url.clone();
    }
    if !folder.path().ends_with('/') {
        let path = format!("{}/", folder.path());
        folder.set_path(&path);
    }
    WebUrl::of(&folder).unwrap_or_else(|| url.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_addresses_are_folders_that_one_can_go_to() {
        let check = |given: &str, want: &str| {
            let url = WebUrl::parse(given).unwrap();
            assert_eq!(as_folder(&url).as_str(), want);
        };
        check("https://news.example", "https://news.example/");
        check("https://example.cn/news?x#y", "https://example.cn/news/");
        check("http://0.0.0.0:8080/", "http://localhost:8080/");
        check("http://[::]:8080/", "http://localhost:8080/");
        check("http://127.0.0.1:8080/", "http://127.0.0.1:8080/");
    }
}
