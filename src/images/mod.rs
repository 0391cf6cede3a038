//! Pictures: fetched for readers, made small, and kept on the disk.
//!
//! ```text
//!   signed address ─▶ disk cache ─ not there ─▶ fetch::Client (guard, limits) ─▶ shrink ─▶ disk cache
//! ```
//!
//! Readers ask us and nobody else, so that a publisher does not learn who reads what. A picture
//! is fetched when somebody first looks at it, once however many ask, and again only when it has
//! fallen out of the cache.

mod key;
mod shrink;

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::{Mutex as Turn, Semaphore};
use tokio::task;
use tracing::{debug, warn};

use crate::config::Config;
use crate::fetch::{self, Accept, Client, Fetched, Request, SetupError, user_agent};
use crate::model::{SourceId, WebUrl};
use crate::publish::html::{ImageKey, WantedImage};
use crate::store::FileCache;
use crate::sync;

pub use shrink::BadPicture;

/// Name of the cache's folder, in the folder of the store.
const FOLDER: &str = "images";

/// Most bytes of all pictures on the disk.
const CACHE_BYTES: u64 = 512 << 20;

/// Largest picture that is fetched, in bytes; `http.max_body` may be less.
const MAX_IMAGE_BYTES: usize = 16 << 20;

/// Time for fetching a picture: somebody is waiting for it.
const IMAGE_TIMEOUT: Duration = Duration::from_secs(20);

/// Time for which a picture that failed is not tried again.
const RETRY_AFTER: Duration = Duration::from_secs(15 * 60);

/// Most pictures fetched at the same time; the next ones wait.
const MAX_FETCHING: usize = 8;

/// Most pictures unpacked at the same time: each may take some 100 MB.
const MAX_SHRINKING: usize = 2;

/// Most pictures that are remembered as failed.
const MAX_FAILED: usize = 10_000;

/// Reason why there is no picture.
#[derive(Debug, thiserror::Error)]
pub enum ImageError {
    /// Failure a short time ago: the picture is left alone.
    #[error("it failed a short time ago")]
    Failed,
    /// Failure of the request.
    #[error(transparent)]
    Fetch(#[from] fetch::FetchError),
    /// File that is no picture for readers.
    #[error(transparent)]
    Bad(#[from] BadPicture),
}

/// Proxy of pictures. Shared by all requests.
#[derive(Debug)]
pub struct ImageProxy {
    key: ImageKey,
    client: Client,
    user_agent: String,
    /// Cache; `None` where the disk takes none.
    cache: Option<FileCache>,
    fetching: Semaphore,
    shrinking: Arc<Semaphore>,
    /// Pictures that are being made, so that others wait for them.
    making: Mutex<HashMap<String, Arc<Turn<()>>>>,
    /// Pictures that failed, and until when they are left alone.
    failed: Mutex<HashMap<String, Timestamp>>,
}

impl ImageProxy {
    /// Makes the proxy of the store in `store`, with the limits of `config`.
    ///
    /// # Errors
    ///
    /// If the HTTP client cannot be set up. A disk that refuses is no error: then nothing is kept,
    /// and addresses change with a restart.
    pub fn open(store: &Path, config: &Config) -> Result<ImageProxy, SetupError> {
        let mut http = config.http.clone();
        http.max_body = http.max_body.min(MAX_IMAGE_BYTES);
        let cache = FileCache::open(&store.join(FOLDER), CACHE_BYTES);
        let cache = cache.inspect_err(|why| warn!("no picture is kept on the disk: {why}"));
        let name: SourceId = "gazetted/images".parse().expect("a name with a channel");
        Ok(ImageProxy {
            key: key::of(store),
            client: Client::new(&http)?,
            user_agent: user_agent(config.server.contact.as_deref(), &name),
            cache: cache.ok(),
            fetching: Semaphore::new(MAX_FETCHING),
            shrinking: Arc::new(Semaphore::new(MAX_SHRINKING)),
            making: Mutex::default(),
            failed: Mutex::default(),
        })
    }

    /// Returns the key by which addresses are signed.
    #[must_use]
    pub fn key(&self) -> &ImageKey {
        &self.key
    }

    /// Returns a picture as JPEG; `page` is the article that it stands in.
    ///
    /// # Errors
    ///
    /// [`ImageError`].
    pub async fn get(
        self: &Arc<ImageProxy>,
        wanted: &WantedImage,
        page: Option<&WebUrl>,
        now: Timestamp,
    ) -> Result<Bytes, ImageError> {
        let name = name(wanted);
        if let Some(kept) = self.kept(&name, now).await {
            return Ok(kept);
        }
        let turn = Arc::clone(sync::lock(&self.making).entry(name.clone()).or_default());
        let made = {
            let _turn = turn.lock().await;
            // Whoever was before has made it, or has failed.
            match self.kept(&name, now).await {
                Some(kept) => Ok(kept),
                None => self.make(&name, wanted, page, now).await,
            }
        };
        let mut making = sync::lock(&self.making);
        if Arc::strong_count(&turn) <= 2 {
            making.remove(&name);
        }
        drop(making);
        made
    }

    /// Reads a picture from the disk.
    async fn kept(self: &Arc<ImageProxy>, name: &str, now: Timestamp) -> Option<Bytes> {
        self.cache.as_ref()?;
        let (proxy, name) = (Arc::clone(self), name.to_owned());
        let read = task::spawn_blocking(move || proxy.cache.as_ref()?.get(&name, now));
        read.await.ok().flatten().map(Bytes::from)
    }

    async fn make(
        self: &Arc<ImageProxy>,
        name: &str,
        wanted: &WantedImage,
        page: Option<&WebUrl>,
        now: Timestamp,
    ) -> Result<Bytes, ImageError> {
        let until = sync::lock(&self.failed).get(name).copied();
        if until.is_some_and(|until| now < until) {
            return Err(ImageError::Failed);
        }
        let made = self.try_make(name, wanted, page, now).await;
        let mut failed = sync::lock(&self.failed);
        match &made {
            Ok(_) => drop(failed.remove(name)),
            Err(why) => {
                debug!(url = wanted.url.as_str(), "no picture: {why}");
                if failed.len() >= MAX_FAILED {
                    failed.clear();
                }
                let until = now.saturating_add(RETRY_AFTER).unwrap_or(now);
                failed.insert(name.to_owned(), until);
            }
        }
        made
    }

    async fn try_make(
        self: &Arc<ImageProxy>,
        name: &str,
        wanted: &WantedImage,
        page: Option<&WebUrl>,
        now: Timestamp,
    ) -> Result<Bytes, ImageError> {
        let body = {
            let _permit = self.fetching.acquire().await;
            self.fetch(&wanted.url, page, now).await?
        };
        let permit = Arc::clone(&self.shrinking).acquire_owned().await;
        let (proxy, name) = (Arc::clone(self), name.to_owned());
        let (width, is_cut) = (wanted.width, wanted.is_cut());
        let made = task::spawn_blocking(move || {
            // Held by the work, not by the request, which may be given up.
            let _permit = permit;
            let small = shrink::shrink(&body, width, is_cut)?;
            if let Some(cache) = &proxy.cache
                && let Err(why) = cache.put(&name, &small, now)
            {
                debug!("a picture is not kept: {why}");
            }
            Ok::<_, BadPicture>(small)
        });
        let made = made.await;
        let made = made.unwrap_or_else(|_| Err(BadPicture::Damaged("a panic".to_owned())));
        Ok(Bytes::from(made?))
    }

    async fn fetch(
        &self,
        url: &WebUrl,
        page: Option<&WebUrl>,
        now: Timestamp,
    ) -> Result<Bytes, ImageError> {
        let request = Request {
            url,
            accept: Accept::Image,
            validators: None,
            referer: page,
            timeout: IMAGE_TIMEOUT,
            user_agent: &self.user_agent,
            credentials: None,
            keep_alive: true,
            pacer: None,
        };
        match self.client.get(&request, now).await? {
            Fetched::Document { document, .. } => Ok(document.body),
            Fetched::NotModified { .. } => Err(ImageError::Failed),
        }
    }
}

/// Names a picture in the cache.
fn name(wanted: &WantedImage) -> String {
    let told = format!("{} {}", wanted.width, wanted.url);
    let hash = blake3::hash(told.as_bytes()).to_hex();
    hash[..32].to_owned()
}
