//! POST of a form for hubs, of a feed for a subscriber, or of an alarm; and the question that a hub
//! asks a subscriber.

use std::time::Duration;

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderName, HeaderValue};
use http::{Method, StatusCode};
use jiff::Timestamp;

use super::FetchError;
use super::client::Client;
use super::request::Hop;
use super::response::exchange::Response;
use super::response::read::retry_after;
use super::response::redirect::RedirectChain;
use crate::model::WebUrl;

/// Part of an answer that is read, in bytes.
const MAX_REASON_BYTES: usize = 300;

/// Body to post: a form for a hub, a feed for a subscriber, an alarm.
#[derive(Clone, Debug)]
pub struct Post<'a> {
    /// Address to post it to.
    pub url: &'a WebUrl,
    /// Body; not copied.
    pub body: Bytes,
    /// Media type of the body.
    pub content_type: &'static str,
    /// Further headers, names in lower case; one that is no valid header is left out.
    pub headers: &'a [(&'static str, String)],
    /// `User-Agent`; left out if it is no valid header value.
    pub user_agent: &'a str,
    /// Time limit of the whole exchange, redirects included.
    pub timeout: Duration,
}

/// Answer to a POST or a question; judged by who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Posted {
    /// HTTP status; redirects that keep the method have been followed.
    pub status: u16,
    /// Time for which the server asked to be left alone (`Retry-After`).
    pub retry_after: Option<Duration>,
    /// First 300 bytes of the body, on one line.
    pub reason: String,
}

impl Client {
    /// Posts a body, guarded as every request is. Redirects are followed where they keep the
    /// method (307, 308). `now` is the time from which a `Retry-After` date counts.
    ///
    /// # Errors
    ///
    /// [`FetchError`] if no answer came back; any status is an answer.
    pub async fn post(&self, post: Post<'_>, now: Timestamp) -> Result<Posted, FetchError> {
        let limit = post.timeout;
        tokio::time::timeout(limit, self.post_on(post, now))
            .await
            .unwrap_or(Err(FetchError::Timeout(limit)))
    }

    /// Asks a subscriber whether it means what it asked for (WebSub, 5.3): a GET, guarded as every
    /// request is, which follows no redirect and reads 300 bytes. `now` as in [`Client::post`].
    ///
    /// # Errors
    ///
    /// [`FetchError`] if no answer came back; any status is an answer.
    pub async fn question(
        &self,
        url: &WebUrl,
        user_agent: &str,
        timeout: Duration,
        now: Timestamp,
    ) -> Result<Posted, FetchError> {
        let mut headers = HeaderMap::new();
        if let Ok(agent) = HeaderValue::from_str(user_agent) {
            headers.insert(header::USER_AGENT, agent);
        }
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        let hop = Hop {
            method: Method::GET,
            url,
            headers,
            body: Bytes::new(),
            credentials: None,
        };
        let asking = async { Ok(posted(self.send(hop).await?, now).await) };
        tokio::time::timeout(timeout, asking)
            .await
            .unwrap_or(Err(FetchError::Timeout(timeout)))
    }

    /// Judges an address as far as that goes without a resolver, before anything is promised about it.
    ///
    /// # Errors
    ///
    /// [`FetchError::Refused`] by the guard.
    pub fn judge(&self, url: &WebUrl) -> Result<(), FetchError> {
        Ok(self.guard.judge_url(&url.to_url())?)
    }

    async fn post_on(&self, post: Post<'_>, now: Timestamp) -> Result<Posted, FetchError> {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static(post.content_type);
        headers.insert(header::CONTENT_TYPE, kind);
        if let Ok(agent) = HeaderValue::from_str(post.user_agent) {
            headers.insert(header::USER_AGENT, agent);
        }
        for (name, value) in post.headers {
            let name = HeaderName::from_static(name);
            if let Ok(value) = HeaderValue::from_str(value) {
                headers.insert(name, value);
            }
        }
        let mut trail = RedirectChain::new(post.url.clone());
        for _ in 0..=self.max_redirects {
            let hop = Hop {
                method: Method::POST,
                url: &trail.url,
                headers: headers.clone(),
                body: post.body.clone(),
                credentials: None,
            };
            let response = self.send(hop).await?;
            match response.status() {
                status @ (StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) => {
                    trail.follow(status, response.headers())?;
                }
                _ => return Ok(posted(response, now).await),
            }
        }
        Err(FetchError::RedirectLoop(self.max_redirects))
    }
}

/// Reads an answer as far as somebody is interested in it.
async fn posted(response: Response, now: Timestamp) -> Posted {
    Posted {
        status: response.status().as_u16(),
        retry_after: retry_after(response.headers(), now),
        reason: reason(response).await,
    }
}

/// Reads the first 300 bytes of the body as one line.
async fn reason(mut response: Response) -> String {
    let mut bytes = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        let room = MAX_REASON_BYTES - bytes.len();
        bytes.extend_from_slice(&chunk[..room.min(chunk.len())]);
        if bytes.len() == MAX_REASON_BYTES {
            break;
        }
    }
    let text = String::from_utf8_lossy(&bytes).replace(|c: char| c.is_control(), " ");
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
