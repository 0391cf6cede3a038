//! `[server]`, `[store]`, `[http]` and `[host."…"]`.

use std::collections::BTreeSet;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::reach::is_reachable;
use crate::config::read;
use crate::config::read::{Table, TomlValue};
use crate::config::report::collector::Diagnostics;
use crate::config::report::diagnostic::Diagnostic;
use crate::config::report::quote::quoted;
use crate::config::{
    AlarmOptions, Host, Http, ImageMode, RetryScope, RobotsRule, Server, StoreOptions,
};
use crate::model::WebUrl;
use crate::telemetry::LogFormat;

/// Bounds of the number of stories in a feed.
pub(super) const LIMITS: RangeInclusive<i64> = 1..=1000;

/// Words of `retry_scope`.
const RETRY_SCOPES: &[(&str, RetryScope)] =
    &[("feed", RetryScope::Feed), ("host", RetryScope::Host)];

/// Words of `log`.
const LOGS: &[(&str, LogFormat)] = &[
    ("text", LogFormat::Text),
    ("json", LogFormat::Json),
    ("journal", LogFormat::Journal),
];

/// Words of `images`.
const IMAGES: &[(&str, ImageMode)] = &[
    ("proxy", ImageMode::Proxy),
    ("direct", ImageMode::Direct),
    ("off", ImageMode::Off),
];

/// Words of `robots`.
const ROBOTS: &[(&str, RobotsRule)] = &[("obey", RobotsRule::Obey), ("ignore", RobotsRule::Ignore)];

/// Reads `[server]`.
pub(super) fn server(table: Option<Table<'_>>, problems: &mut Diagnostics) -> Server {
    let mut server = Server::default();
    let Some(mut table) = table else {
        return server;
    };
    if let Some(address) = table.read("listen", problems, read::address) {
        server.listen = address;
    }
    server.admin = table.read("admin", problems, read::address);
    if let Some(format) = table.read("log", problems, read::word(LOGS)) {
        server.log = format;
    }
    if let Some(zone) = table.read("timezone", problems, read::timezone) {
        server.timezone = zone;
        server.has_timezone = true;
    }
    if let Some(title) = table.read("title", problems, read::text) {
        server.title = title;
    }
    if let Some(language) = table.read("language", problems, read::language) {
        server.language = language;
    }
    server.public_url = table.read("public_url", problems, public_url);
    if let Some(limit) = table.read("limit", problems, read::whole(LIMITS)) {
        server.limit = limit;
    }
    if let Some(images) = table.read("images", problems, read::word(IMAGES)) {
        server.images = images;
    }
    server.theme = table.read("theme", problems, theme);
    if let Some(indexing) = table.read("indexing", problems, read::flag) {
        server.indexing = indexing;
    }
    if let Some(search) = table.read("search", problems, read::flag) {
        server.search = search;
    }
    server.contact = table.read("contact", problems, contact);
    if let Some(most) = table.read("max_connections", problems, read::whole(1..=100_000)) {
        server.max_connections = most;
    }
    server.max_connections_per_address = table.read(
        "max_connections_per_address",
        problems,
        read::whole(1..=100_000),
    );
    if let Some(networks) = table.read_list("trusted_proxies", problems, read::network) {
        server.trusted_proxies = networks;
    }
    if let Some(most) = table.read("renders_per_address", problems, read::whole(0..=1_000_000)) {
        server.renders_per_address = most;
    }
    hubs(&mut table, &mut server, problems);
    table.finish(&[], problems);
    server
}

/// Reads `hub` and `ping_hubs`, which mean nothing where feeds have no address for others.
fn hubs(table: &mut Table<'_>, server: &mut Server, problems: &mut Diagnostics) {
    let has_address = server.public_url.is_some();
    server.hub = has_address;
    let flag = |value: TomlValue<'_>| Ok((read::flag(value)?, value.at()));
    if let Some((is_on, at)) = table.read("hub", problems, flag) {
        server.hub = is_on && has_address;
        if is_on && !has_address {
            let message = "`hub`: nobody can subscribe to feeds without a `public_url`";
            problems.warn(Diagnostic::at(at, message));
        }
    }
    let url = |value: TomlValue<'_>| Ok((read::web_url(value)?, value.at()));
    let hubs = table.read_list("ping_hubs", problems, url);
    let hubs = hubs.unwrap_or_default();
    if let Some((_, at)) = hubs.first().filter(|_| !has_address) {
        let message = "`ping_hubs`: no hub can be told of feeds without a `public_url`";
        problems.warn(Diagnostic::at(at.clone(), message));
    }
    if has_address {
        server.ping_hubs = hubs.into_iter().map(|(hub, _)| hub).collect();
    }
}

/// Reads `[store]`.
pub(super) fn store(table: Option<Table<'_>>, problems: &mut Diagnostics) -> StoreOptions {
    let Some(mut table) = table else {
        return StoreOptions::default();
    };
    let mut store = StoreOptions {
        path: table.read("path", problems, read::path),
        max_items: table.read("max_items", problems, read::whole(1..=i64::MAX)),
        ..StoreOptions::default()
    };
    if let Some(retention) = table.read("retention", problems, retention) {
        store.retention = retention;
    }
    if let Some(time) = table.read("tombstones", problems, read::duration(kept())) {
        store.tombstones = time;
    }
    if let Some(durable) = table.read("durable", problems, read::flag) {
        store.durable = durable;
    }
    table.finish(&[], problems);
    store
}

/// Reads `[http]`.
pub(super) fn http(table: Option<Table<'_>>, server: &Server, problems: &mut Diagnostics) -> Http {
    let mut http = Http::default();
    let Some(mut table) = table else {
        return http;
    };
    if let Some(timeout) = table.read("timeout", problems, timeout()) {
        http.timeout = timeout;
    }
    if let Some(max) = table.read("max_body", problems, read::size(1 << 10..=1 << 30)) {
        http.max_body = max;
    }
    if let Some(max) = table.read("max_redirects", problems, read::whole(0..=20)) {
        http.max_redirects = max;
    }
    if let Some(max) = table.read("concurrency", problems, read::whole(1..=1024)) {
        http.concurrency = max;
    }
    if let Some(networks) = table.read_list("allow_private", problems, read::network) {
        http.allow_private = networks;
    }
    let websub = |value: TomlValue<'_>| Ok((read::flag(value)?, value.at()));
    if let Some((is_on, at)) = table.read("websub", problems, websub) {
        http.websub = is_on;
        let url = server.public_url.as_ref();
        if is_on && !url.is_some_and(|url| is_reachable(url, &http)) {
            let message = "`websub`: no hub can reach us without a public `server.public_url`";
            problems.warn(Diagnostic::at(at, message));
        }
    }
    http.proxy = table.read("proxy", problems, read::web_url);
    if let Some(servers) = table.read_list("nameservers", problems, read::name_server) {
        http.nameservers = servers;
    }
    table.finish(&[], problems);
    http
}

/// Reads `[alarm]`.
pub(super) fn alarm(table: Option<Table<'_>>, problems: &mut Diagnostics) -> AlarmOptions {
    let Some(mut table) = table else {
        return AlarmOptions::default();
    };
    let alarm = AlarmOptions {
        token: table.read("token", problems, super::access::secret),
        command: table
            .read_list("command", problems, read::text)
            .unwrap_or_default(),
        webhook: table.read("webhook", problems, read::web_url),
    };
    table.finish(&[], problems);
    alarm
}

/// Reads `[host."…"]`, most specific pattern first.
pub(super) fn hosts(table: Option<Table<'_>>, problems: &mut Diagnostics) -> Vec<Host> {
    let Some(table) = table else {
        return Vec::new();
    };
    if problems.is_describing() {
        return vec![host(String::new(), Table::empty("[host]"), problems)];
    }
    let mut hosts: Vec<Host> = Vec::new();
    let mut seen = BTreeSet::new();
    for (key, at, value) in table.rest() {
        let Some(pattern) = read::host_pattern(key) else {
            let fault = Diagnostic::at(at, format!("{} is not a host", quoted(key)));
            problems.add(fault.help("write [host.\"example.cn\"] or [host.\"*.example.cn\"]"));
            continue;
        };
        if !seen.insert(pattern.clone()) {
            problems.add(Diagnostic::at(
                at,
                format!("{} is there twice", quoted(&pattern)),
            ));
            continue;
        }
        if let Some(table) = problems.take(Table::of("[host]", value)) {
            hosts.push(host(pattern, table, problems));
        }
    }
    hosts.sort_by_key(|host| {
        (
            host.pattern.starts_with('*'),
            usize::MAX - host.pattern.len(),
        )
    });
    hosts
}

fn host(pattern: String, mut table: Table<'_>, problems: &mut Diagnostics) -> Host {
    let mut host = Host {
        pattern,
        ..Host::default()
    };
    if let Some(max) = table.read("concurrency", problems, read::whole(1..=64)) {
        host.concurrency = max;
    }
    let spacing = read::duration(Duration::ZERO..=Duration::from_secs(3600));
    if let Some(spacing) = table.read("spacing", problems, spacing) {
        host.spacing = spacing;
    }
    host.retry_scope = table.read("retry_scope", problems, read::word(RETRY_SCOPES));
    if let Some(statuses) = table.read_list("throttle_status", problems, read::whole(400..=599)) {
        host.throttle_status = statuses;
    }
    if let Some(rule) = table.read("robots", problems, read::word(ROBOTS)) {
        host.robots = rule;
    }
    host.access = super::access::access(&mut table, problems);
    table.finish(&[], problems);
    host
}

/// Returns the bounds of every retention: 1 day to 100 years.
pub(super) fn kept() -> RangeInclusive<Duration> {
    Duration::from_secs(86_400)..=Duration::from_secs(100 * 365 * 86_400)
}

/// Reads the retention of items; `None` for "forever".
pub(super) fn retention(value: TomlValue<'_>) -> Result<Option<Duration>, Diagnostic> {
    match value.str("a duration in quotes, such as \"400d\"")? {
        "forever" => Ok(None),
        _ => read::duration(kept())(value).map(Some),
    }
}

/// Makes the reader of a request's time limit: 100 ms to 1 hour.
pub(super) fn timeout() -> impl Fn(TomlValue<'_>) -> Result<Duration, Diagnostic> {
    read::duration(Duration::from_millis(100)..=Duration::from_secs(3600))
}

/// Reads the public address, as a folder: a slash is added at its end.
fn public_url(value: TomlValue<'_>) -> Result<WebUrl, Diagnostic> {
    let mut url = read::web_url(value)?.to_url();
    if url.query().is_some() || url.fragment().is_some() {
        return Err(value.fault("no address can be built on one with `?…` or `#…`"));
    }
    if !url.path().ends_with('/') {
        url.set_path(&format!("{}/", url.path()));
    }
    WebUrl::of(&url).ok_or_else(|| value.fault("the address is too long"))
}

/// Reads the folder of a theme, which has to be there.
fn theme(value: TomlValue<'_>) -> Result<PathBuf, Diagnostic> {
    let path = read::path(value)?;
    match path.is_dir() {
        true => Ok(path),
        false => Err(value
            .fault(format!(
                "there is no folder {}",
                quoted(&path.display().to_string())
            ))
            .help("a theme is a folder, named as it is from where gazetted is started")),
    }
}

/// Reads a web or mail address of plain ASCII; it goes into a header.
fn contact(value: TomlValue<'_>) -> Result<String, Diagnostic> {
    let found = read::text(value)?;
    let is_plain = found
        .bytes()
        .all(|b| b.is_ascii_graphic() && !matches!(b, b'(' | b')' | b';'));
    let is_address = found.contains('@') || WebUrl::parse(&found).is_some();
    match is_plain && is_address {
        true => Ok(found),
        false => Err(value
            .fault(format!("{} is no web or mail address", quoted(&found)))
            .help("publishers read it in the User-Agent: write `https://example.cn/bot` or `news@example.cn`")),
    }
}
