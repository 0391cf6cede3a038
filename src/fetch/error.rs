//! Why a fetch brought nothing back.

use std::path::PathBuf;
use std::time::Duration;

use super::Refused;
use crate::config::SecretError;

/// Why a fetch brought nothing back.
///
/// The poll that asked records it and moves on; nobody else sees it.
#[derive(Debug, thiserror::Error)]
pub enum FetchError {
    /// No complete answer in time.
    #[error("no complete answer within {} s", .0.as_secs_f64())]
    Timeout(Duration),
    /// DNS or TCP failed.
    #[error("cannot connect to {host}: {why}; is the address right, and the server up?")]
    Connect {
        /// Whom we called.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// The certificate or the handshake is not in order.
    #[error("no secure connection to {host}: {why}")]
    Tls {
        /// Whom we called.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// The connection broke, or the answer was not HTTP.
    #[error("the answer of {host} broke off or made no sense: {why}")]
    Broken {
        /// Whom we called.
        host: String,
        /// What went wrong.
        why: String,
    },
    /// An address that must not be asked.
    #[error(transparent)]
    Refused(#[from] Refused),
    /// A redirect that leads nowhere.
    #[error("redirected to `{0}`, which is not a web address")]
    BadRedirect(String),
    /// A redirect from https to http.
    #[error(
        "redirected to `{0}`, which is not secure any more; if that is meant, put it into feeds.toml"
    )]
    Downgrade(String),
    /// More redirects than allowed.
    #[error("still redirected after {0} redirects")]
    RedirectLoop(usize),
    /// An answer we were not looking for.
    #[error("the server answered {status}{}", meaning(*status))]
    Status {
        /// The HTTP status.
        status: u16,
        /// `Retry-After`, if the server sent one.
        retry_after: Option<Duration>,
    },
    /// More bytes than allowed.
    #[error("the answer is larger than {0} bytes (http.max_body)")]
    TooLarge(usize),
    /// A content encoding that cannot be undone.
    #[error("cannot decode the answer: {0}")]
    Encoding(String),
    /// The answer ends before its end.
    #[error("the answer is cut: {0}")]
    Truncated(String),
    /// A page that wants a browser or a person in place of the document.
    #[error("{whose} wants a browser to prove itself; ask the publisher to let gazetted in")]
    Challenge {
        /// The product that guards the site.
        whose: &'static str,
    },
    /// The site's robots.txt does not let us in.
    #[error(
        "robots.txt of {host} does not let us read {path} ({}); ask the publisher, \
         or set `robots = \"ignore\"` in [host.\"{host}\"] if you have leave",
        rule.as_deref().map_or_else(
            || "it could not be read, so nothing may be".to_owned(),
            |rule| format!("`Disallow: {rule:.80}`"),
        )
    )]
    Robots {
        /// Whose robots.txt it is.
        host: String,
        /// What we wanted.
        path: String,
        /// The rule that says so; none, if it could not be asked.
        rule: Option<String>,
    },
    /// A credential that is not there.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// A file for TLS that cannot be used.
    #[error("{}: {why}", path.display())]
    Certificate {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
}

/// Why a client could not be made.
#[derive(Debug, thiserror::Error)]
pub enum SetupError {
    /// TLS, or the proxy.
    #[error("cannot set up HTTPS: {0}; are the system's CA certificates installed?")]
    Https(#[from] reqwest::Error),
    /// The name servers.
    #[error("cannot use http.nameservers: {0}")]
    Names(#[from] hickory_resolver::net::NetError),
}

impl FetchError {
    /// A short name for logs, status and metrics.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            FetchError::Timeout(_) => "timeout",
            FetchError::Connect { .. } => "unreachable",
            FetchError::Tls { .. } => "tls",
            FetchError::Broken { .. } => "broken_answer",
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
            FetchError::Secret(_) | FetchError::Certificate { .. } => "no_credentials",
        }
    }

    /// How long the server asked to be left alone.
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
