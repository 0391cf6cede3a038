//! Asks for one document, as the site and its host allow.

use std::pin::Pin;

use jiff::Timestamp;

use super::PollContext;
use crate::config::{Config, Source};
use crate::fetch::robots::Purpose;
use crate::fetch::{self, Accept, Fetched, Pacer, Request};
use crate::model::{Validators, WebUrl};
use crate::poll::hosts::registry::HostRegistry;

/// The turns of the hosts that redirects lead to.
#[derive(Debug)]
struct Hops<'a> {
    network: &'a HostRegistry,
    config: &'a Config,
}

impl Pacer for Hops<'_> {
    fn turn<'a>(&'a self, host: &'a str) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
        let spacing = self.config.host(host).spacing;
        Box::pin(self.network.take_near_turn(host, spacing))
    }
}

impl PollContext {
    /// Asks for a document when it is the host's turn.
    pub(in crate::poll) async fn fetch(
        &self,
        source: &Source,
        url: &WebUrl,
        accept: Accept,
        validators: Option<&Validators>,
        now: Timestamp,
    ) -> Result<Fetched, fetch::FetchError> {
        let purpose = match accept {
            Accept::Feed => Purpose::Feed,
            Accept::Page | Accept::Json | Accept::Sitemap => Purpose::Page,
        };
        let delay = self.admit(source, url, purpose, now).await?;
        let host = url.host();
        let hops = Hops {
            network: &self.network,
            config: &self.config,
        };
        let spacing = self.config.host(&host).spacing;
        let spacing = spacing.max(delay.unwrap_or_default());
        self.network.take_turn(&host, spacing).await;
        let contact = self.config.server.contact.as_deref();
        let user_agent = fetch::user_agent(contact, &source.id);
        let credentials = fetch::Credentials::of(source, &self.config);
        let request = Request {
            url,
            accept,
            validators,
            timeout: source.timeout,
            user_agent: &user_agent,
            credentials: credentials.as_ref(),
            keep_alive: accept != Accept::Feed || self.network.is_shared(&host),
            pacer: Some(&hops),
        };
        self.client.get(&request, now).await
    }
}
