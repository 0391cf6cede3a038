//! How the daemon behaves.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use ipnet::IpNet;

use crate::model::WebUrl;

/// `[server]`
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// Where to answer HTTP. Read at start only.
    pub listen: SocketAddr,
    /// Where readers find us; self links come from it, never from `Host`.
    /// `http://{listen}/` unless given.
    pub public_url: Option<WebUrl>,
    /// The title of `/`.
    pub title: String,
    /// BCP 47, of the listing's own words and of what names no language.
    pub language: String,
    /// A web or mail address for publishers; goes into the User-Agent.
    pub contact: Option<String>,
}

/// `[store]`
#[derive(Clone, Debug, PartialEq, Default)]
pub struct StoreOptions {
    /// Where the store is, unless the command line or `$STATE_DIRECTORY` says.
    pub path: Option<PathBuf>,
}

/// `[http]`
#[derive(Clone, Debug, PartialEq)]
pub struct Http {
    /// For the whole of one request, unless a source says otherwise.
    pub timeout: Duration,
    /// Bytes of a body after decoding.
    pub max_body: usize,
    /// Redirects of one request.
    pub max_redirects: usize,
    /// Requests at the same time.
    pub concurrency: usize,
    /// Networks that are not public and may be asked all the same.
    pub allow_private: Vec<IpNet>,
}

/// `[host."…"]`
#[derive(Clone, Debug, PartialEq)]
pub struct Host {
    /// `example.cn`, or `*.example.cn` for all below it.
    pub pattern: String,
    /// Requests at the same time.
    pub concurrency: usize,
    /// Between the starts of two requests.
    pub spacing: Duration,
}

impl Host {
    /// Whether this is about `host`.
    #[must_use]
    pub fn matches(&self, host: &str) -> bool {
        match self.pattern.strip_prefix("*.") {
            Some(parent) => host
                .strip_suffix(parent)
                .is_some_and(|rest| rest.ends_with('.')),
            None => host == self.pattern,
        }
    }
}

impl Default for Server {
    fn default() -> Server {
        Server {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            public_url: None,
            title: "gazetted".to_owned(),
            language: "zh-CN".to_owned(),
            contact: None,
        }
    }
}

impl Default for Http {
    fn default() -> Http {
        Http {
            timeout: Duration::from_secs(30),
            max_body: 10 << 20,
            max_redirects: 5,
            concurrency: 32,
            allow_private: Vec::new(),
        }
    }
}

impl Default for Host {
    fn default() -> Host {
        Host {
            pattern: "*".to_owned(),
            concurrency: 2,
            spacing: Duration::from_secs(1),
        }
    }
}
