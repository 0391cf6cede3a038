//! `[cluster]` in the verdict: the servers and login that `run` would connect with. Secrets are named by
//! their references.

use serde_json::{Value, json};

use crate::config::{Cluster, ClusterLogin, ClusterRole};

/// Formats one line about a node and its servers.
pub(super) fn line(cluster: &Cluster) -> String {
    let does = match cluster.role {
        ClusterRole::Full => "polls and serves",
        ClusterRole::Poll => "polls, and serves no readers",
        ClusterRole::Serve => "serves, and fetches no source",
    };
    let login = match &cluster.login {
        Some(ClusterLogin::User { user, password }) => {
            format!("as `{user}` with the password of {password}")
        }
        Some(ClusterLogin::Token(token)) => format!("with the token of {token}"),
        None => "without a login".to_owned(),
    };
    let ca = cluster.ca.as_ref();
    let ca = ca.map(|path| format!(", trusting the authorities in {}", path.display()));
    let identity = cluster.identity.as_ref();
    let identity =
        identity.map(|(cert, _)| format!(", showing the certificate {}", cert.display()));
    let copies = match cluster.replicas {
        1 => "1 copy".to_owned(),
        n => format!("{n} copies"),
    };
    format!(
        "cluster `{}`: node `{}` {does}; it connects to {} {login}{}{}; {copies} of the log",
        cluster.name,
        cluster.node,
        cluster.servers.join(", "),
        ca.unwrap_or_default(),
        identity.unwrap_or_default(),
    )
}

/// Describes the same for programs.
pub(super) fn as_json(cluster: &Cluster) -> Value {
    let (user, password, token) = match &cluster.login {
        Some(ClusterLogin::User { user, password }) => {
            (Some(user), Some(password.to_string()), None)
        }
        Some(ClusterLogin::Token(token)) => (None, None, Some(token.to_string())),
        None => (None, None, None),
    };
    let (cert, key) = cluster.identity.clone().unzip();
    json!({
        "servers": cluster.servers,
        "name": cluster.name,
        "node": cluster.node,
        "role": cluster.role.as_str(),
        "replicas": cluster.replicas,
        "user": user,
        "password": password,
        "token": token,
        "tls_ca": cluster.ca,
        "tls_cert": cert,
        "tls_key": key,
        "snapshot_interval_seconds": cluster.snapshot_interval.as_secs(),
    })
}
