//! POST of a form for hubs, or of an alarm.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::{self, HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode};

use super::FetchError;
use super::client::Client;
use super::request::Hop;
use super::response::read::retry_after;
use super::response::redirect::RedirectChain;
use crate::model::WebUrl;

/// Part of a hub's refusal that is read, in bytes.
const MAX_REASON_BYTES: usize = 300;

/// Body to post: a form for a hub, an alarm.
#[derive(Clone, Copy, Debug)]
pub struct Post<'a> {
    /// Address to post it to.
    pub url: &'a WebUrl,
    /// Body.
    pub body: &'a str,
    /// Media type of the body.
    pub content_type: &'static str,
    /// `User-Agent`; left out if it is no valid header value.
    pub user_agent: &'a str,
    /// Time limit of the whole exchange, redirects included.
    pub timeout: Duration,
}

/// Answer to a POST; judged by `poll`.
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
        tokio::time::timeout(post.timeout, self.post_on(post, now))
            .await
            .unwrap_or(Err(FetchError::Timeout(post.timeout)))
    }

    async fn post_on(&self, post: Post<'_>, now: Timestamp) -> Result<Posted, FetchError> {
        let mut headers = HeaderMap::new();
        let kind = HeaderValue::from_static(post.content_type);
        headers.insert(header::CONTENT_TYPE, kind);
        if let Ok(agent) = HeaderValue::from_str(post.user_agent) {
            headers.insert(header::USER_AGENT, agent);
        }
        let mut trail = RedirectChain::new(post.url.clone());
        for _ in 0..=self.max_redirects {
            let hop = Hop {
                method: Method::POST,
                url: &trail.url,
                headers: headers.clone(),
                body: post.body.as_bytes().to_vec(),
                timeout: post.timeout,
                credentials: None,
            };
            let response = self.send(hop).await?;
            match response.status() {
                status @ (StatusCode::TEMPORARY_REDIRECT | StatusCode::PERMANENT_REDIRECT) => {
                    trail.follow(status, response.headers())?;
                }
                status => {
                    return Ok(Posted {
                        status: status.as_u16(),
                        retry_after: retry_after(response.headers(), now),
                        reason: reason(response).await,
                    });
                }
            }
        }
        Err(FetchError::RedirectLoop(self.max_redirects))
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
