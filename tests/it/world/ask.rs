//! The library's client, asked directly.

use std::net::SocketAddr;
use std::time::Duration;

use gazetted::config::Http;
use gazetted::fetch::{Accept, Client, FetchError, Fetched, Request};
use gazetted::model::{Validators, WebUrl};

/// What a test asks with: allowed networks, and limits that are soon reached.
pub fn http(allowed: &[&str]) -> Http {
    Http {
        timeout: Duration::from_secs(10),
        max_body: 64 << 10,
        allow_private: allowed.iter().map(|net| net.parse().unwrap()).collect(),
        ..Http::default()
    }
}

/// The same, with a name server.
pub fn http_by(nameserver: SocketAddr, allowed: &[&str]) -> Http {
    Http {
        nameservers: vec![nameserver],
        ..http(allowed)
    }
}

/// Asks for a feed once.
pub async fn ask(http: &Http, url: &str) -> Result<Fetched, FetchError> {
    ask_with(&Client::new(http).unwrap(), http.timeout, url, None).await
}

/// Asks for a feed, showing what is held of it.
pub async fn ask_with(
    client: &Client,
    timeout: Duration,
    url: &str,
    validators: Option<&Validators>,
) -> Result<Fetched, FetchError> {
    let url = WebUrl::parse(url).unwrap_or_else(|| panic!("{url}"));
    let request = Request {
        url: &url,
        accept: Accept::Feed,
        validators,
        referer: None,
        timeout,
        user_agent: "gazetted/0.1 (test)",
        credentials: None,
        keep_alive: true,
        pacer: None,
    };
    client.get(&request, gazetted::clock::now()).await
}

/// Asks, and must be refused with this code.
#[track_caller]
pub fn code(result: Result<Fetched, FetchError>) -> &'static str {
    match result {
        Ok(fetched) => panic!("it was answered: {fetched:?}"),
        Err(why) => why.code(),
    }
}

/// The body of a document.
#[track_caller]
pub fn body(result: Result<Fetched, FetchError>) -> Vec<u8> {
    match result {
        Ok(Fetched::Document { document, .. }) => document.body.to_vec(),
        other => panic!("no document: {other:?}"),
    }
}
