//! `[cluster]`.

use std::net::IpAddr;
use std::path::PathBuf;
use std::time::Duration;

use url::Url;

use crate::config::read;
use crate::config::read::{Table, TomlValue};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;
use crate::config::{Cluster, ClusterLogin, ClusterRole, TlsFiles};

/// Most servers that are named.
const MAX_SERVERS: usize = 16;

/// Longest name of a cluster, in letters.
const MAX_NAME: usize = 32;

/// Longest name of a node, in letters.
const MAX_NODE: usize = 64;

/// Name of a node on a machine without a host name.
const NAMELESS: &str = "node";

/// Words of `role`.
const ROLES: &[(&str, ClusterRole)] = &[
    ("full", ClusterRole::Full),
    ("poll", ClusterRole::Poll),
    ("serve", ClusterRole::Serve),
];

/// Help for an address that is none.
const ADDRESS: &str = "write it like \"nats://10.0.0.1:4222\", or \"tls://…\" where TLS is a must";

/// Server as given, and its place.
type Given<'a> = (String, TomlValue<'a>);

/// Reads `[cluster]`; `None` where there is none, or nothing to connect to.
pub(super) fn cluster(table: Option<Table<'_>>, problems: &mut Diagnostics) -> Option<Cluster> {
    let mut table = table?;
    let given = servers(&mut table, problems);
    let name = table.read("name", problems, name);
    let node = table.read("node", problems, node);
    let role = table.read("role", problems, read::word(ROLES));
    let replicas = table.read("replicas", problems, replicas);
    let login = login(&mut table, problems);
    let files = super::access::tls_files(&mut table, problems);
    let interval = read::duration(Duration::from_secs(60)..=Duration::from_secs(7 * 86_400));
    let interval = table.read("snapshot_interval", problems, interval);
    table.finish(&[], problems);
    if login.is_some() {
        warn_of_open_login(&given, &files, problems);
    }
    let key = files.key;
    let identity = |cert: PathBuf| (cert.clone(), key.unwrap_or(cert));
    Some(Cluster {
        servers: given.into_iter().map(|(server, _)| server).collect(),
        name: name.unwrap_or_else(|| Cluster::NAME.to_owned()),
        node: node.unwrap_or_else(own_name),
        role: role.unwrap_or_default(),
        replicas: replicas.unwrap_or(Cluster::REPLICAS),
        login,
        ca: files.ca,
        identity: files.cert.map(identity),
        snapshot_interval: interval.unwrap_or(Cluster::SNAPSHOT_INTERVAL),
    })
}

/// Reads `servers`.
fn servers<'a>(table: &mut Table<'a>, problems: &mut Diagnostics) -> Vec<Given<'a>> {
    let given = table.need_list("servers", problems, |value| Ok((server(value)?, value)));
    let Some(list) = table.get("servers") else {
        return Vec::new();
    };
    let n_listed = list.list("").map_or(1, Iterator::count);
    if n_listed == 0 {
        problems.add(list.fault("`servers`: there is none").help(ADDRESS));
    }
    if n_listed > MAX_SERVERS {
        let message = format!("`servers`: there are more than {MAX_SERVERS}");
        problems.add(
            list.fault(message)
                .help("a few are enough: each names the others"),
        );
    }
    let mut servers: Vec<Given<'_>> = Vec::new();
    for (server, value) in given.unwrap_or_default() {
        match servers.iter().any(|(there, _)| *there == server) {
            true => {
                problems.add(value.fault(format!("`servers`: {} is there twice", quoted(&server))))
            }
            false => servers.push((server, value)),
        }
    }
    servers
}

/// Reads the address of a server, without credentials.
fn server(value: TomlValue<'_>) -> Result<String, Diagnostic> {
    let found = value.str("an address in quotes")?.trim();
    let wrong = |why: &str| {
        let message = format!(
            "{} is not the address of a NATS server: {why}",
            quoted(found)
        );
        value.fault(message).help(ADDRESS)
    };
    if found.contains('@') {
        // The message must not repeat the secret.
        return Err(value
            .fault("the address holds a user name, a password or a token")
            .help("take it out: they go into `user` and `password`, or into `token`, by reference")
            .secret());
    }
    // `nats1:4222` is a URL, too: of a scheme `nats1`.
    if !found.contains("://") {
        return Err(wrong("it begins with neither `nats://` nor `tls://`"));
    }
    let url = Url::parse(found).map_err(|why| wrong(&why.to_string()))?;
    if !matches!(url.scheme(), "nats" | "tls") {
        return Err(wrong(&format!("nobody connects by `{}:`", url.scheme())));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("it names no host"));
    }
    if url.port() == Some(0) {
        return Err(wrong("port 0 cannot be asked"));
    }
    match matches!(url.path(), "" | "/") && url.query().is_none() && url.fragment().is_none() {
        true => Ok(found.trim_end_matches('/').to_owned()),
        false => Err(wrong("nothing follows the port")),
    }
}

/// Reads the name of the cluster, which becomes part of names of streams and buckets.
fn name(value: TomlValue<'_>) -> Result<String, Diagnostic> {
    let found = value.str("a name in quotes")?;
    let is_plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
    match (1..=MAX_NAME).contains(&found.len()) && found.bytes().all(is_plain) {
        true => Ok(found.to_owned()),
        false => Err(value
            .fault(format!("{} is not the name of a cluster", quoted(found)))
            .help(format!("use 1 to {MAX_NAME} of a-z, 0-9 and -"))),
    }
}

/// Reads the name of the node.
fn node(value: TomlValue<'_>) -> Result<String, Diagnostic> {
    let found = value.str("a name in quotes")?;
    match (1..=MAX_NODE).contains(&found.len()) && found.chars().all(is_of_node) {
        true => Ok(found.to_owned()),
        false => Err(value
            .fault(format!("{} is not the name of a node", quoted(found)))
            .help(format!("use 1 to {MAX_NODE} of a-z, A-Z, 0-9, -, . and _"))),
    }
}

/// Whether `letter` may be in the name of a node.
fn is_of_node(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '.' | '_')
}

/// Returns the host name of this machine as the name of a node.
fn own_name() -> String {
    let host = rustix::system::uname();
    node_of(&host.nodename().to_string_lossy())
}

/// Makes the name of a node of a host name.
fn node_of(host: &str) -> String {
    let letters = host.chars().take(MAX_NODE);
    let name: String = letters
        .map(|letter| if is_of_node(letter) { letter } else { '-' })
        .collect();
    match name.is_empty() {
        true => NAMELESS.to_owned(),
        false => name,
    }
}

/// Reads the number of copies. An even one outlives no more servers than the number below it.
fn replicas(value: TomlValue<'_>) -> Result<usize, Diagnostic> {
    let found: usize = read::whole(1..=5)(value).map_err(|fault| match fault.help {
        Some(_) => fault.help("use 1, 3 or 5"),
        None => fault,
    })?;
    match found % 2 {
        1 => Ok(found),
        _ => Err(value
            .fault(format!(
                "`{found}` outlives no more servers than `{}`",
                found - 1
            ))
            .help("use 1, 3 or 5")),
    }
}

/// Reads `user` and `password`, or `token`.
fn login(table: &mut Table<'_>, problems: &mut Diagnostics) -> Option<ClusterLogin> {
    let user = table.read("user", problems, user);
    let password = table.read("password", problems, super::access::secret);
    let token = table.read("token", problems, super::access::secret);
    let there = ["user", "password", "token"].map(|key| table.get(key));
    let both = "log in with `user` and `password`, or with `token`";
    match there {
        [Some(_), _, Some(other)] | [_, Some(_), Some(other)] => {
            let message = "`token`: there is a `user` with a `password` already";
            problems.add(other.fault(message).help(both).secret());
        }
        [None, Some(alone), None] => {
            let message = "`password`: a password alone is of no use";
            problems.add(alone.fault(message).help("add `user`").secret());
        }
        [Some(alone), None, None] => {
            let message = "`user`: a user alone cannot log in";
            problems.add(alone.fault(message).help("add `password`"));
        }
        _ => {}
    }
    match (user, password) {
        (Some(user), Some(password)) => Some(ClusterLogin::User { user, password }),
        _ => token.map(ClusterLogin::Token),
    }
}

/// Reads the name of a user, which stands in the file as it is.
fn user(value: TomlValue<'_>) -> Result<String, Diagnostic> {
    let found = read::text(value)?;
    match found.starts_with("env:") || found.starts_with("file:") {
        false => Ok(found),
        true => Err(value
            .fault("a user's name is no secret")
            .help("write the name itself; only `password` and `token` are references")),
    }
}

/// Warns of servers on other machines that are shown the login before there is TLS.
fn warn_of_open_login(servers: &[Given<'_>], files: &TlsFiles, problems: &mut Diagnostics) {
    if *files != TlsFiles::default() {
        return;
    }
    let open = |(server, _): &&Given<'_>| server.starts_with("nats:") && !is_here(server);
    if let Some((server, value)) = servers.iter().find(open) {
        let message = format!(
            "`servers`: whoever listens on the way to {} reads the login; with `tls://` nobody does",
            quoted(server)
        );
        problems.warn(value.fault(message));
    }
}

/// Whether the server is on this machine.
fn is_here(server: &str) -> bool {
    let url = Url::parse(server).ok();
    let host = url.as_ref().and_then(Url::host_str).unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || bare
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_named_by_its_host() {
        #[track_caller]
        fn check(host: &str, want: &str) {
            assert_eq!(node_of(host), want, "{host}");
        }
        check("Paris-1.news.example", "Paris-1.news.example");
        check("海 1", "--1");
        check("", "node");
        check(&"x".repeat(70), &"x".repeat(64));
        assert!(!own_name().is_empty());
    }

    #[test]
    fn who_listens_on_this_machine_is_trusted() {
        #[track_caller]
        fn check(server: &str, want: bool) {
            assert_eq!(is_here(server), want, "{server}");
        }
        check("nats://localhost:4222", true);
        check("nats://127.0.0.3", true);
        check("nats://[::1]:4222", true);
        check("nats://10.0.0.1:4222", false);
        check("nats://localhost.example:4222", false);
    }
}
