//! The dashboard and the alert rules that come along: they name metrics that are there, and a real
//! Prometheus takes both them and what the daemon says of itself.

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::world::{Daemon, Origin, Reply, World, feed, get_with, source};

const RULES: &str = "contrib/prometheus/gazetted.rules.yml";
const DASHBOARD: &str = "contrib/grafana/gazetted.json";

/// How long a test waits for Prometheus.
const PATIENCE: Duration = Duration::from_secs(60);

fn text(path: &str) -> String {
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

/// Names of metrics of ours in a text.
fn metrics(text: &str) -> BTreeSet<&str> {
    let words = text.split(|c: char| !(c.is_ascii_lowercase() || c == '_'));
    words.filter(|word| word.starts_with("gazetted_")).collect()
}

/// A daemon that has polled something well and something badly, so that all is counted.
fn daemon() -> (Origin, World, Daemon) {
    let origin = Origin::start(2);
    origin.put("/one", Reply::rss(feed(&["first", "second"])));
    origin.put("/two", Reply::status(500));
    let sources = [
        source("a/one", &origin.url("/one")),
        source("a/two", &origin.url("/two")),
    ];
    let world = World::new(&sources.concat());
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    daemon.wait_for("a/two: ");
    assert_eq!(daemon.get("/a.rss").status, 200);
    (origin, world, daemon)
}

#[test]
fn dashboard_and_alerts_name_metrics_that_are_there() {
    let (_origin, _world, daemon) = daemon();
    let said = daemon.get("/metrics").text();
    let is_there = |name: &str| {
        said.lines().any(|line| {
            line.strip_prefix(name)
                .is_some_and(|rest| rest.starts_with([' ', '{']))
        })
    };
    for path in [RULES, DASHBOARD] {
        let text = text(path);
        let names = metrics(&text);
        assert!(names.len() >= 5, "{path}: {names:?}");
        for name in names {
            assert!(
                is_there(name),
                "{path} names {name}, which is not in:\n{said}"
            );
        }
    }
    // And the dashboard leaves nothing out.
    let dashboard = text(DASHBOARD);
    let told = said.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    for name in told.filter_map(|line| line.split(' ').next()) {
        assert!(dashboard.contains(name), "{name} is not in {DASHBOARD}");
    }
    let dashboard: Value = serde_json::from_str(&dashboard).unwrap();
    assert!(dashboard["panels"].as_array().unwrap().len() > 10);
}

/// Runs a program of Debian's package `prometheus`; `None`, and a word about it, where it is not there.
fn run(program: &str, arguments: &[&str]) -> Option<Output> {
    match Command::new(program).args(arguments).output() {
        Ok(output) => Some(output),
        Err(why) => {
            println!("skipped: no {program} on this machine (apt-get install prometheus): {why}");
            None
        }
    }
}

#[test]
fn promtool_takes_the_alert_rules() {
    let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join(RULES);
    let Some(output) = run("promtool", &["check", "rules", rules.to_str().unwrap()]) else {
        return;
    };
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}{:?}", output.stderr);
    assert!(said.contains("SUCCESS: 8 rules found"), "{said}");
}

/// A process that ends with the test.
struct Killed(Child);

impl Drop for Killed {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The address of a port that was free a moment ago.
fn free_address() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.local_addr().unwrap().to_string()
}

/// What Prometheus answers to an address of its API, once `is_there` says so.
#[track_caller]
fn answer(address: &str, path: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + PATIENCE;
    let mut last = Value::Null;
    while Instant::now() < deadline {
        if std::net::TcpStream::connect(address).is_ok() {
            last = serde_json::from_str(&get_with(address, path, &[]).text()).unwrap_or_default();
        }
        if is_there(&last) {
            return last;
        }
        std::thread::sleep(Duration::from_millis(200));
    }
    panic!("{path}: {last:#}");
}

#[test]
fn a_real_prometheus_reads_the_metrics_and_judges_the_rules() {
    if run("prometheus", &["--version"]).is_none() {
        return;
    }
    let (_origin, _world, daemon) = daemon();
    let folder = tempfile::tempdir().unwrap();
    let scrape = text("contrib/prometheus/scrape.yml");
    let scrape = scrape.replace("127.0.0.1:8080", daemon.address()).replace(
        "scrape_interval: 30s",
        "scrape_interval: 1s\n    scrape_timeout: 1s",
    );
    let file = folder.path().join("prometheus.yml");
    fs::write(
        &file,
        format!("global: {{evaluation_interval: 1s}}\n{scrape}"),
    )
    .unwrap();
    fs::write(folder.path().join("gazetted.rules.yml"), text(RULES)).unwrap();
    let address = free_address();
    let child = Command::new("prometheus")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!(
            "--storage.tsdb.path={}",
            folder.path().join("data").display()
        ))
        .arg(format!("--web.listen-address={address}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let _killed = Killed(child);
    let targets = answer(&address, "/api/v1/targets", |said| {
        let health = said["data"]["activeTargets"][0]["health"].as_str();
        health.is_some_and(|health| health != "unknown")
    });
    let target = &targets["data"]["activeTargets"][0];
    assert_eq!(target["health"], "up", "{target:#}");
    let polls = answer(
        &address,
        "/api/v1/query?query=gazetted_polls_total%7Boutcome%3D%22read%22%7D",
        |said| said["data"]["result"][0]["value"][1].is_string(),
    );
    assert_eq!(polls["data"]["result"][0]["metric"]["job"], "gazetted");
    let rules = answer(&address, "/api/v1/rules", |said| {
        let rules = said["data"]["groups"][0]["rules"].as_array();
        rules.is_some_and(|rules| rules.iter().all(|rule| rule["health"] != "unknown"))
    });
    for rule in rules["data"]["groups"][0]["rules"].as_array().unwrap() {
        assert_eq!(rule["health"], "ok", "{rule:#}");
    }
    // Each expression of the dashboard is one that Prometheus can read.
    let dashboard: Value = serde_json::from_str(&text(DASHBOARD)).unwrap();
    for panel in dashboard["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().unwrap() {
            let expression = target["expr"].as_str().unwrap();
            let encoded: String = expression
                .bytes()
                .map(|byte| format!("%{byte:02X}"))
                .collect();
            let path = format!("/api/v1/query?query={encoded}");
            let said = answer(&address, &path, |said| !said.is_null());
            assert_eq!(said["status"], "success", "{expression}: {said:#}");
        }
    }
}
