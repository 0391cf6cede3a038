//! `[cluster]`: what it means, each thing that can be wrong, and what `gazetted check` tells of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use gazetted::config::{Cluster, ClusterLogin, ClusterRole, Secret};
use serde_json::Value;

use super::problems::check_line;
use super::{GOOD, config, errors};
use crate::world::{World, gazetted};

/// Servers that are good, for tests of other keys.
const SERVERS: &str = "[cluster]\nservers = [\"nats://127.0.0.1:4222\"]\n";

fn cluster(text: &str) -> Cluster {
    config(&format!("{text}\n{GOOD}")).cluster.unwrap()
}

/// A line behind good servers has one problem, under its mark `^`.
#[track_caller]
fn check_key(line: &str, message: &str) {
    check_line(&format!("{SERVERS}{line}"), message);
}

/// A server has one problem.
#[track_caller]
fn check_server(server: &str, message: &str) {
    let message = format!("`servers`: `{server}` is not the address of a NATS server: {message}");
    check_line(&format!("[cluster]\nservers = [^\"{server}\"]"), &message);
}

#[test]
fn without_the_table_there_is_no_cluster() {
    assert_eq!(config(GOOD).cluster, None);
}

#[test]
fn servers_alone_are_enough() {
    let cluster = cluster(SERVERS);
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let want = Cluster {
        servers: vec!["nats://127.0.0.1:4222".to_owned()],
        name: "gazetted".to_owned(),
        node: host.trim().to_owned(),
        role: ClusterRole::Full,
        replicas: 3,
        login: None,
        ca: None,
        identity: None,
        snapshot_interval: Duration::from_secs(6 * 3600),
    };
    assert_eq!(cluster, want);
}

#[test]
fn every_key_counts() {
    let cluster = cluster(
        "[cluster]\nservers = [\"tls://a.example:4222/\", 'nats://[::1]:4223', 'tls://b.example']\n\
         name = 'news-2'\nnode = 'Paris_1.a'\nrole = 'serve'\nreplicas = 5\nuser = 'reader'\n\
         password = 'env:NATS_PASSWORD'\ntls_ca = '/etc/ca.pem'\ntls_cert = 'file:/etc/node.pem'\n\
         snapshot_interval = '1m'",
    );
    let want = Cluster {
        servers: [
            "tls://a.example:4222",
            "nats://[::1]:4223",
            "tls://b.example",
        ]
        .map(String::from)
        .to_vec(),
        name: "news-2".to_owned(),
        node: "Paris_1.a".to_owned(),
        role: ClusterRole::Serve,
        replicas: 5,
        login: Some(ClusterLogin::User {
            user: "reader".to_owned(),
            password: Secret::Env("NATS_PASSWORD".to_owned()),
        }),
        ca: Some(PathBuf::from("/etc/ca.pem")),
        identity: Some((
            PathBuf::from("/etc/node.pem"),
            PathBuf::from("/etc/node.pem"),
        )),
        snapshot_interval: Duration::from_secs(60),
    };
    assert_eq!(cluster, want);
}

#[test]
fn a_token_and_a_key_of_its_own_are_read() {
    let cluster = cluster(&format!(
        "{SERVERS}token = 'file:/run/token'\ntls_cert = '/etc/node.pem'\ntls_key = '/etc/node.key'"
    ));
    let token = ClusterLogin::Token(Secret::File(PathBuf::from("/run/token")));
    assert_eq!(cluster.login, Some(token));
    let identity = (
        PathBuf::from("/etc/node.pem"),
        PathBuf::from("/etc/node.key"),
    );
    assert_eq!(cluster.identity, Some(identity));
}

#[test]
fn servers_are_checked() {
    check_line("^[cluster]\nname = 'a'", "[cluster] needs `servers`");
    check_line("[cluster]\nservers = ^[]", "`servers`: there is none");
    check_line(
        "[cluster]\nservers = ^'nats://a'",
        "`servers`: expected a list of strings, found a string",
    );
    let many: Vec<String> = (0..17).map(|n| format!("'nats://a{n}'")).collect();
    check_line(
        &format!("[cluster]\nservers = ^[{}]", many.join(", ")),
        "`servers`: there are more than 16",
    );
    check_line(
        "[cluster]\nservers = ['nats://a', ^'nats://a']",
        "`servers`: `nats://a` is there twice",
    );
    check_server(
        "nats1:4222",
        "it begins with neither `nats://` nor `tls://`",
    );
    check_server("http://a.example", "nobody connects by `http:`");
    check_server("nats://", "it names no host");
    check_server("nats://a.example:0", "port 0 cannot be asked");
    check_server("nats://a.example:65536", "invalid port number");
    check_server("nats://a.example/x", "nothing follows the port");
    check_server("tls://a.example?x=1", "nothing follows the port");
}

#[test]
fn no_secret_of_a_server_is_shown() {
    for server in [
        "nats://me:pw@a.example:4222",
        "nats://pw@a.example",
        "me:pw@a.example:4222",
    ] {
        let line = format!("[cluster]\nservers = [^\"{server}\"]");
        check_line(
            &line,
            "`servers`: the address holds a user name, a password or a token",
        );
        let said = errors(&format!("{}\n{GOOD}", line.replace('^', ""))).to_string();
        assert!(!said.contains("pw"), "{said}");
    }
}

#[test]
fn keys_and_their_values_are_checked() {
    check_key("^severs = []", "[cluster] has no key `severs`");
    check_key(
        "name = ^'News'",
        "`name`: `News` is not the name of a cluster",
    );
    check_key("name = ^''", "`name`: `` is not the name of a cluster");
    check_key("node = ^'海'", "`node`: `海` is not the name of a node");
    check_key("role = ^'reader'", "`role`: `reader` is not a choice");
    check_key("replicas = ^0", "`replicas`: `0` is out of range");
    check_key("replicas = ^7", "`replicas`: `7` is out of range");
    check_key(
        "replicas = ^2",
        "`replicas`: `2` outlives no more servers than `1`",
    );
    check_key(
        "replicas = ^'3'",
        "`replicas`: expected a whole number, found a string",
    );
    check_key(
        "snapshot_interval = ^'30s'",
        "`snapshot_interval`: `30s` is out of range",
    );
    check_key(
        "snapshot_interval = ^'8d'",
        "`snapshot_interval`: `8d` is out of range",
    );
    check_key("tls_key = ^'/etc/node.key'", "a key alone is of no use");
}

#[test]
fn logins_are_checked() {
    check_key(
        "user = 'a'\npassword = ^'secret'",
        "`password`: a secret does not belong in this file",
    );
    check_key(
        "token = ^'secret'",
        "`token`: a secret does not belong in this file",
    );
    check_key(
        "password = ^'env:A'",
        "`password`: a password alone is of no use",
    );
    check_key("user = ^'a'", "`user`: a user alone cannot log in");
    check_key(
        "user = ^'env:A'\npassword = 'env:B'",
        "`user`: a user's name is no secret",
    );
    let both = "`token`: there is a `user` with a `password` already";
    check_key("user = 'a'\npassword = 'env:A'\ntoken = ^'env:B'", both);
    check_key("user = 'a'\ntoken = ^'env:B'", both);
    check_key("password = 'env:A'\ntoken = ^'env:B'", both);
}

#[test]
fn a_login_in_the_clear_is_a_warning() {
    let said = |servers: &str, more: &str| {
        let text = format!("[cluster]\nservers = [{servers}]\ntoken = 'env:A'\n{more}\n{GOOD}");
        let warnings = config(&text).warnings;
        warnings
            .iter()
            .map(|warning| (warning.line, warning.message.clone()))
            .collect::<Vec<_>>()
    };
    let found = said("'nats://localhost', 'nats://10.0.0.1'", "");
    let want = "`servers`: whoever listens on the way to `nats://10.0.0.1` reads the login; with `tls://` nobody does";
    assert_eq!(found, [(2, want.to_owned())]);
    assert_eq!(said("'nats://localhost', 'tls://10.0.0.1'", ""), []);
    assert_eq!(said("'nats://10.0.0.1'", "tls_ca = '/etc/ca.pem'"), []);
}

/// A world that its origin has nothing to do with: one source that is switched off.
fn quiet(cluster: &str) -> World {
    World::new(&format!("{cluster}\n{GOOD}enabled = false\n"))
}

#[test]
fn check_says_what_it_would_connect_to_and_tells_no_secret() {
    let secret = tempfile::NamedTempFile::new().unwrap();
    fs::write(secret.path(), "s3cret").unwrap();
    let place = secret.path().display();
    let world = quiet(&format!(
        "{SERVERS}node = 'n1'\nuser = 'reader'\npassword = 'file:{place}'"
    ));
    let checked = world.check();
    assert_eq!(checked.status.code(), Some(0));
    let said = String::from_utf8(checked.stdout).unwrap();
    let want = format!(
        "cluster `gazetted`: node `n1` polls and serves; it connects to nats://127.0.0.1:4222 \
         as `reader` with the password of file:{place}; 3 copies of the log\n"
    );
    assert!(said.ends_with(&want), "{said}");
    let json = check_json(&world.config());
    assert_eq!(json["cluster"]["role"], "full");
    assert_eq!(json["cluster"]["password"], format!("file:{place}"));
    assert!(!json.to_string().contains("s3cret"));
    assert_eq!(check_json(&quiet("").config())["cluster"], Value::Null);
}

fn check_json(config: &Path) -> Value {
    let mut command = gazetted();
    let told = command
        .args(["check", "--json", "--config"])
        .arg(config)
        .output();
    serde_json::from_slice(&told.unwrap().stdout).unwrap()
}

#[test]
fn run_ends_with_78_and_the_carets_of_check() {
    let world = quiet("[cluster]\nservers = ['nats1:4222']");
    let ended = world.command("run").output().unwrap();
    assert_eq!(ended.status.code(), Some(78));
    assert_eq!(world.check().stderr, ended.stderr);
    assert!(String::from_utf8_lossy(&ended.stderr).contains("it begins with neither"));
}

#[test]
fn a_change_counts_at_the_next_start_only() {
    let world = quiet("");
    let daemon = world.start();
    world.configure(&format!("{SERVERS}{GOOD}enabled = false\n"));
    daemon.signal("HUP");
    daemon.wait_for("cluster has changed; restart gazetted to use it");
    daemon.wait_for("reloaded: 1 sources");
    assert!(daemon.stop().success());
}
