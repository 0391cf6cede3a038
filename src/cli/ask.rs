//! HTTP requests of commands, by the rules of the daemon.

use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Runtime;

use crate::clock;
use crate::config::{Config, Http, Source};
use crate::fetch::robots::Robots;
use crate::fetch::{Accept, Client, Credentials, Fetched, Request, user_agent};
use crate::model::{Document, SourceId, WebUrl};

/// Blocking client for commands: a runtime of one thread, and a `fetch::Client` with the
/// limits and the guard of every other request.
pub(super) struct Asker {
    runtime: Runtime,
    client: Client,
    user_agent: String,
    timeout: Duration,
}

impl Asker {
    /// Creates a client by the `[http]` table and `server.contact` of `config`; by the
    /// defaults, without contact, if there is none.
    pub(super) fn new(config: Option<&Config>) -> anyhow::Result<Asker> {
        let http = config.map_or_else(Http::default, |config| config.http.clone());
        let contact = config.and_then(|config| config.server.contact.as_deref());
        Asker::reaching(&http, contact)
    }

    /// Creates a client by `http` that names `contact` in its `User-Agent`.
    ///
    /// # Errors
    ///
    /// If the runtime or the TLS set-up cannot be made.
    pub(super) fn reaching(http: &Http, contact: Option<&str>) -> anyhow::Result<Asker> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start")?;
        let name: SourceId = "gazetted/command".parse().context("a constant name")?;
        Ok(Asker {
            client: Client::new(http)?,
            runtime,
            user_agent: user_agent(contact, &name),
            timeout: http.timeout,
        })
    }

    /// Fetches the document at `url`, within the timeout of `[http]`.
    ///
    /// # Errors
    ///
    /// If it cannot be fetched whole, or the answer is 304.
    pub(super) fn get(&self, url: &WebUrl, accept: Accept) -> anyhow::Result<Document> {
        self.get_with(url, accept, None)
    }

    /// Fetches the document at `url` with the headers and credentials of `source`.
    pub(super) fn get_for(
        &self,
        source: &Source,
        config: &Config,
        url: &WebUrl,
        accept: Accept,
    ) -> anyhow::Result<Document> {
        let credentials = Credentials::of(source, config);
        self.get_with(url, accept, credentials.as_ref())
    }

    /// Fetches the robots.txt of the site that `url` is on.
    pub(super) fn robots(&self, url: &WebUrl) -> Robots {
        let asked = self.client.robots(url, &self.user_agent, self.timeout);
        self.runtime.block_on(asked)
    }

    fn get_with(
        &self,
        url: &WebUrl,
        accept: Accept,
        credentials: Option<&Credentials>,
    ) -> anyhow::Result<Document> {
        let request = Request {
            url,
            accept,
            validators: None,
            referer: None,
            timeout: self.timeout,
            user_agent: &self.user_agent,
            credentials,
            keep_alive: true,
            pacer: None,
        };
        match self
            .runtime
            .block_on(self.client.get(&request, clock::now()))?
        {
            Fetched::Document { document, .. } => Ok(document),
            Fetched::NotModified { .. } => anyhow::bail!("the server sent nothing"),
        }
    }
}
