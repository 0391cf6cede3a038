//! Errors of a fetch.

use std::path::PathBuf;
use std::time::Duration;

use super::Refused;
use crate::config::SecretError;

/// Reason why a fetch brought nothing back.
///
/// Recorded by the poll that asked, with [`FetchError::code`] and the message; nobody else sees it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No complete answer within this time.
    #[error("no complete answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// Failed name lookup or TCP connection.
    #[error("cannot connect to {host}: {why}; is the address right, and the server up?")]
    Connect {
        /// Host that was called.
        host: String,
        /// Cause.
        why: String,
    },
    /// Failed certificate check or TLS handshake.
    #[error("no secure connection to {host}: {why}")]
    Tls {
        /// Host that was called.
        host: String,
        /// Cause.
        why: String,
    },
    /// Broken connection, or an answer that was not HTTP.
    #[error("the answer of {host} broke off or made no sense: {why}")]
    Broken {
        /// Host that was called.
        host: String,
        /// Cause.
        why: String,
    },
    /// More than this many bytes without an answer among them.
    #[error(
        "{host} sent more than {most} bytes that were no answer: interim answers (1xx) or frames \
         without end"
    )]
    Endless {
        /// Host that was called.
        host: String,
        /// Bound, in bytes.
        most: usize,
    },
    /// Address that must not be asked.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// Redirect without a web address to lead to; the first 200 characters of it.
    #[error("redirected to `{0}`, which is not a web address")]
    BadRedirect(String),
    /// Redirect from https to http; its target.
    #[error(
        "redirected to `{0}`, which is not secure any more; if that is meant, put it into feeds.toml"
    )]
    Downgrade(String),
    /// More redirects than this many.
    #[error("still redirected after {0} redirects")]
    RedirectLoop(usize),
    /// Status other than those of a document.
    #[error("the server answered {status}{}", meaning(*status))]
    Status {
        /// HTTP status.
        status: u16,
        /// `Retry-After`, if the server sent one.
        retry_after: Option<Duration>,
    },
    /// Body, raw or decoded, of more than this many bytes.
    #[error("the answer is larger than {0} bytes (http.max_body)")]
    TooLarge(usize),
    /// Content encoding that cannot be undone.
    #[error("cannot decode the answer: {0}")]
    Encoding(String),
    /// Body that ends before its end.
    #[error("the answer is cut: {0}")]
    Truncated(String),
    /// Bot wall: a page that wants a browser or a person, in place of the document.
    #[error("{whose} wants a browser to prove itself; ask the publisher to let gazetted in")]
    Challenge {
        /// Product that guards the site.
        whose: &'static str,
    },
    /// Disallowed by the site's robots.txt.
    #[error(
        "robots.txt of {host} does not let us read {path} ({}); ask the publisher, \
         or set `robots = \"ignore\"` in [host.\"{host}\"] if you have leave",
        rule.as_deref().map_or_else(
            || "it could not be read, so nothing may be".to_owned(),
            |rule| format!("`Disallow: {rule:.80}`"),
        )
    )]
    Robots {
        /// Host of that robots.txt.
        host: String,
        /// Path that was wanted.
        path: String,
        /// Rule that forbids it; `None` if the file could not be asked for.
        rule: Option<String>,
    },
    /// Secret that cannot be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// Secrets or TLS files that were not read within this time.
    #[error(
        "its secrets were not read within {} s; does the file system they lie on answer?",
        .0.as_secs_f64()
    )]
    SecretTimeout(Duration),
    /// TLS file that cannot be used.
    #[error("{}: {why}", path.display())]
    Certificate {
        /// Path of the file.
        path: PathBuf,
        /// Cause.
        why: String,
    },
}

/// Reason why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// Setting up TLS failed.
    #[error("cannot set up HTTPS: {0}; are the system's CA certificates installed?")]
    Https(#[from] rustls::Error),
    /// Proxy whose address cannot be asked.
    #[error("cannot use http.proxy: {0}")]
    Proxy(#[from] http::uri::InvalidUri),
    /// Setting up the name servers failed.
    #[error("cannot use http.nameservers: {0}")]
    Names(#[from] hickory_resolver::net::NetError),
}

impl FetchError {
    /// Returns a short, stable name for logs, status and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            FetchError::Timeout(_) => "timeout",
            FetchError::Connect { .. } => "unreachable",
            FetchError::Tls { .. } => "tls",
            FetchError::Broken { .. } => "broken_answer",
            FetchError::Endless { .. } => "endless_answer",
            FetchError::Refused(_) => "blocked_address",
            FetchError::BadRedirect(_) => "bad_redirect",
            FetchError::Downgrade(_) => "insecure_redirect",
            FetchError::RedirectLoop(_) => "redirect_loop",
            FetchError::Status {
                status: 401 | 403 | 451,
                ..
            } => "denied",
            FetchError::Status { status: 404, .. } => "not_found",
            FetchError::Status { status: 410, .. } => "gone",
            FetchError::Status { status: 429, .. } => "throttled",
            FetchError::Status { .. } => "bad_status",
            FetchError::TooLarge(_) => "too_large",
            FetchError::Encoding(_) => "bad_encoding",
            FetchError::Truncated(_) => "truncated",
            FetchError::Challenge { .. } => "challenge",
            FetchError::Robots { .. } => "robots",
            FetchError::Secret(_)
            | FetchError::SecretTimeout(_)
            | FetchError::Certificate { .. } => "no_credentials",
        }
    }

    /// Returns the time for which the server asked to be left alone (`Retry-After`), if it did.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            FetchError::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

fn meaning(status: u16) -> &'static str {
    match status {
        401 | 403 | 451 => ": it does not let us in",
        202 | 206 => ": that is not the document",
        204 => ": it has nothing to say",
        404 => ": there is nothing at this address, check the URL in feeds.toml",
        410 => ": the feed is gone for good, remove it from feeds.toml",
        429 => ": it wants fewer requests",
        500.. => ": it is in trouble, we try again later",
        _ => "",
    }
}
