//! Fetch of a robots.txt.

use std::time::Duration;

use bytes::Bytes;
use http::{Method, StatusCode};

use super::{MAX_BYTES, Rules};
use crate::fetch::FetchError;
use crate::fetch::client::Client;
use crate::fetch::request::{Hop, usual};
use crate::fetch::response::decode;
use crate::fetch::response::exchange::{self, Response};
use crate::fetch::response::redirect;
use crate::fetch::response::redirect::RedirectChain;
use crate::model::WebUrl;

/// Least number of redirects followed (RFC 9309, 2.3.1.2).
const MIN_REDIRECTS: usize = 5;

/// Result of a fetch of robots.txt; kept by `poll` for 24 hours (RFC 9309, 2.4).
#[derive(Debug)]
pub enum Robots {
    /// Rules of the site; empty if it has no robots.txt (RFC 9309, 2.3.1.3: 4xx).
    Rules(Rules),
    /// No answer, and why: nothing may be read (2.3.1.4: 5xx and 429, or no answer at all).
    Unreachable(String),
}

impl Client {
    /// Fetches the robots.txt of the site that `url` is on, within `timeout`. Redirects are
    /// followed wherever the guard lets them lead; the rules are for this site.
    pub async fn robots(&self, url: &WebUrl, user_agent: &str, timeout: Duration) -> Robots {
        let Some(url) = url.join("/robots.txt") else {
            return Robots::Rules(Rules::default());
        };
        match tokio::time::timeout(timeout, self.ask(url, user_agent)).await {
            Ok(Ok(rules)) => Robots::Rules(rules),
            Ok(Err(why)) => Robots::Unreachable(why.to_string()),
            Err(_) => Robots::Unreachable(FetchError::Timeout(timeout).to_string()),
        }
    }

    async fn ask(&self, url: WebUrl, user_agent: &str) -> Result<Rules, FetchError> {
        let mut trail = RedirectChain::new(url);
        for _ in 0..=self.max_redirects.max(MIN_REDIRECTS) {
            let hop = Hop {
                method: Method::GET,
                url: &trail.url,
                headers: usual("text/plain, */*;q=0.1", user_agent),
                body: Bytes::new(),
                credentials: None,
            };
            let response = self.send(hop).await?;
            let status = response.status();
            if redirect::is_redirect(status) {
                match trail.follow(status, response.headers()) {
                    Ok(()) => continue,
                    // It leads nowhere: there is none.
                    Err(FetchError::BadRedirect(_)) => return Ok(Rules::default()),
                    Err(why) => return Err(why),
                }
            }
            return self.rules(response, &trail.url).await;
        }
        // 2.3.1.2: then it counts as not there.
        Ok(Rules::default())
    }

    async fn rules(&self, response: Response, url: &WebUrl) -> Result<Rules, FetchError> {
        let status = response.status();
        match status {
            StatusCode::OK | StatusCode::NON_AUTHORITATIVE_INFORMATION => {}
            // Who throttles us is not asking to be read.
            StatusCode::TOO_MANY_REQUESTS => return Err(refusal(status)),
            _ if status.is_client_error() || status.is_success() => return Ok(Rules::default()),
            _ => return Err(refusal(status)),
        }
        let encodings = decode::encodings(response.headers());
        let raw = start(response, url).await?;
        let bytes = match encodings.is_empty() {
            true => raw,
            false => decode::decode_start(&raw, &encodings, MAX_BYTES)?,
        };
        Ok(Rules::read(&bytes))
    }
}

fn refusal(status: StatusCode) -> FetchError {
    FetchError::Status {
        status: status.as_u16(),
        retry_after: None,
    }
}

/// Reads the first [`MAX_BYTES`] of a body; more than is parsed is not waited for.
async fn start(mut response: Response, url: &WebUrl) -> Result<Vec<u8>, FetchError> {
    let mut bytes = Vec::new();
    while bytes.len() < MAX_BYTES {
        match response.chunk().await {
            Ok(Some(chunk)) => bytes.extend_from_slice(&chunk),
            Ok(None) => break,
            Err(why) => return Err(exchange::explain(url, &why)),
        }
    }
    bytes.truncate(MAX_BYTES);
    Ok(bytes)
}
