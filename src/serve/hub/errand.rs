//! Errands of our hub: to ask whether somebody meant to subscribe, and to tell a subscriber that a feed
//! has changed. One request each, through the guard of every request.

use std::sync::Arc;
use std::time::Duration;

use axum::http::HeaderValue;
use tokio::task::spawn_blocking;

use crate::clock;
use crate::config::Config;
use crate::fetch::{Client, FetchError, Post, Posted, user_agent};
use crate::ingest::websub::hub::request::{HubRequest, question};
use crate::ingest::websub::signature;
use crate::model::{Subscriber, WebUrl};
use crate::serve::app::App;
use crate::serve::response::document::RenderedDocument;
use crate::serve::routes::channels::{Feed, newest};

use super::roster::Version;

/// Longest time that a callback has for one request.
const MAX_TIMEOUT: Duration = Duration::from_secs(10);

/// Characters of a tag that name the content: the hash of a document, without marks and coding.
const TAG_CHARACTERS: usize = 32;

/// Name in the `User-Agent`, in the place of a source's.
const NAME: &str = "gazetted/hub";

/// All that an errand needs; clones share it.
#[derive(Clone)]
pub(super) struct Courier {
    app: App,
    client: Client,
    user_agent: String,
    timeout: Duration,
}

/// End of a delivery.
#[derive(Debug)]
pub(super) enum Told {
    /// The subscriber took this version.
    Taken(Version),
    /// Held already: nothing was sent.
    Held(Version),
    /// No wish to be told any more (410).
    Gone,
    /// Not taken: the reason, and the time after which to come back.
    Failed(String, Option<Duration>),
    /// There is nothing to tell yet: the store cannot be read.
    Unready,
}

impl Courier {
    /// Makes a courier that asks with `client`, as `config` says.
    pub(super) fn new(app: App, client: Client, config: &Config) -> Courier {
        let contact = config.server.contact.as_deref();
        let name = NAME.parse();
        Courier {
            app,
            client,
            user_agent: name.map_or_else(|_| NAME.to_owned(), |name| user_agent(contact, &name)),
            timeout: config.http.timeout.min(MAX_TIMEOUT),
        }
    }

    /// Judges the address of a callback as far as that goes before it is asked.
    ///
    /// # Errors
    ///
    /// The guard's refusal.
    pub(super) fn judge(&self, callback: &WebUrl) -> Result<(), FetchError> {
        self.client.judge(callback)
    }

    /// Asks a callback whether a request is meant (WebSub, 5.3).
    ///
    /// # Errors
    ///
    /// The reason for which it counts as not meant.
    pub(super) async fn ask(&self, request: &HubRequest, challenge: &str) -> Result<(), String> {
        let url = question(request, challenge).ok_or("its address is too long")?;
        let asked = self
            .client
            .question(&url, &self.user_agent, self.timeout, clock::now());
        let said = asked.await.map_err(|why| why.to_string())?;
        match said.status {
            200..=299 if said.reason == challenge => Ok(()),
            200..=299 => Err("it does not repeat the challenge".to_owned()),
            status => Err(format!("it answers {status}")),
        }
    }

    /// Tells a subscriber what its feed holds, unless it has that already (WebSub, 7).
    pub(super) async fn tell(&self, subscriber: &Subscriber, feed: &Feed) -> Told {
        let Some((version, document)) = self.current(feed).await else {
            return Told::Unready;
        };
        if version.tag == subscriber.version {
            return Told::Held(version);
        }
        match self.post(subscriber, &document).await {
            Ok(Posted { status: 410, .. }) => Told::Gone,
            Ok(posted) if (200..300).contains(&posted.status) => Told::Taken(version),
            Ok(posted) => {
                let why = format!("it answers {} {}", posted.status, posted.reason);
                Told::Failed(why.trim_end().to_owned(), posted.retry_after)
            }
            Err(why) => Told::Failed(why.to_string(), None),
        }
    }

    /// Reads what a feed holds, and which version that is; `None` if the store cannot be read.
    pub(super) async fn current(&self, feed: &Feed) -> Option<(Version, Arc<RenderedDocument>)> {
        let (store, channel) = (Arc::clone(&self.app.store), feed.0.clone());
        // Read before the document is, so that what comes in between is news.
        let generation = store.generation(&channel);
        let changed = spawn_blocking(move || store.changed(&channel)).await;
        let document = newest(&self.app, feed).await.ok()?;
        let tag = document.plain.tag().chars().take(TAG_CHARACTERS);
        let version = Version {
            tag: tag.collect(),
            generation,
            changed: changed.ok()?.ok()?,
        };
        Some((version, document))
    }

    /// Posts a document with its links, signed if the subscriber gave a secret.
    async fn post(
        &self,
        subscriber: &Subscriber,
        document: &RenderedDocument,
    ) -> Result<Posted, FetchError> {
        let links = document.links.as_ref().map(HeaderValue::to_str);
        let links = links.and_then(Result::ok).unwrap_or_default();
        let mut headers = vec![("link", links.to_owned())];
        let body = document.plain.bytes.clone();
        if let Some(secret) = &subscriber.secret {
            headers.push(("x-hub-signature", signature::sign(&body, secret)));
        }
        let post = Post {
            url: &subscriber.callback,
            body,
            content_type: document.media_type,
            headers: &headers,
            user_agent: &self.user_agent,
            timeout: self.timeout,
        };
        self.client.post(post, clock::now()).await
    }

    /// Tells the hub of somebody else that feeds have changed: a form with the address of each
    /// (PubSubHubbub 0.4, 7.1).
    ///
    /// # Errors
    ///
    /// The reason for which it was not told.
    pub(super) async fn ping(&self, hub: &WebUrl, form: String) -> Result<(), String> {
        let post = Post {
            url: hub,
            body: form.into(),
            content_type: "application/x-www-form-urlencoded",
            headers: &[],
            user_agent: &self.user_agent,
            timeout: self.timeout,
        };
        match self.client.post(post, clock::now()).await {
            Ok(posted) if (200..300).contains(&posted.status) => Ok(()),
            Ok(posted) => Err(format!("it answers {} {}", posted.status, posted.reason)),
            Err(why) => Err(why.to_string()),
        }
    }
}
