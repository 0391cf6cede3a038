//! Metrics: what the daemon counts, for Prometheus.
//!
//! Counters rise where things happen; gauges are set when they are asked for. Labels are bounded:
//! outcomes of polls, routes and statuses, never sources or addresses.

use std::fmt;
use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::{Registry, Unit};

/// Media type of [`Metrics::text`] (OpenMetrics, which Prometheus reads).
pub const MEDIA_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// Labels of the gauges of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct NodeLabels {
    node: String,
}

/// Label of what one is about: outcome of a poll, kind of items, health of sources.
#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct PollLabels {
    outcome: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ItemLabels {
    what: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct HealthLabels {
    health: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct RequestLabels {
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct ArchiveLabels {
    from: &'static str,
}

/// Poll as metrics count it.
#[derive(Clone, Copy, Debug)]
pub struct PollCount<'a> {
    /// Outcome: `unchanged`, `read`, or the code of the failure.
    pub outcome: &'a str,
    /// Duration.
    pub took: Duration,
    /// Bytes of all documents, decoded.
    pub bytes: u64,
    /// Items that were new, changed and held back.
    pub items: [u64; 3],
}

/// State at the moment of a scrape.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// Sources by health: good, failing, unknown, off.
    pub sources: [i64; 4],
    /// Seconds by which the source that is most overdue is late.
    pub lag_seconds: i64,
    /// Whether the last feeds.toml is not in force.
    pub is_config_stale: bool,
    /// Whether the store takes no commits.
    pub is_store_in_trouble: bool,
    /// Items, stories, volumes, tombstones and bytes of the store; `None` while it cannot be read.
    pub store: Option<[i64; 5]>,
    /// Hubs whose lease is running.
    pub subscriptions: i64,
}

/// Counter of the answers of one route and status, at hand for who counts many of them.
#[derive(Clone, Debug)]
pub struct RequestCounter(Counter);

impl RequestCounter {
    /// Counts an answer.
    pub fn count(&self) {
        self.0.inc();
    }
}

/// Metrics of one daemon; shared by both halves.
pub struct Metrics {
    registry: Registry,
    polls: Family<PollLabels, Counter>,
    poll_seconds: Histogram,
    fetched_bytes: Counter,
    items: Family<ItemLabels, Counter>,
    requests: Family<RequestLabels, Counter>,
    render_seconds: Histogram,
    archives: Family<ArchiveLabels, Counter>,
    sources: Family<HealthLabels, Gauge>,
    lag: Gauge,
    config_stale: Gauge,
    store_trouble: Gauge,
    store: [Gauge; 5],
    subscriptions: Gauge,
    subscribers: Gauge,
    deliveries: Family<PollLabels, Counter>,
    /// Cluster: number applied, messages and milliseconds behind, members, ready; no samples without one.
    cluster: [Family<NodeLabels, Gauge>; 5],
}

impl Default for Metrics {
    fn default() -> Metrics {
        let seconds = || Histogram::new(exponential_buckets(0.01, 4.0, 8));
        let mut metrics = Metrics {
            registry: Registry::with_prefix("gazetted"),
            polls: Family::default(),
            poll_seconds: seconds(),
            fetched_bytes: Counter::default(),
            items: Family::default(),
            requests: Family::default(),
            render_seconds: Histogram::new(exponential_buckets(0.001, 4.0, 8)),
            archives: Family::default(),
            sources: Family::default(),
            lag: Gauge::default(),
            config_stale: Gauge::default(),
            store_trouble: Gauge::default(),
            store: Default::default(),
            subscriptions: Gauge::default(),
            subscribers: Gauge::default(),
            deliveries: Family::default(),
            cluster: Default::default(),
        };
        metrics.register();
        metrics
    }
}

impl Metrics {
    fn register(&mut self) {
        let registry = &mut self.registry;
        let build = Info::new(vec![("version", env!("CARGO_PKG_VERSION"))]);
        registry.register("build", "Version of the program", build);
        registry.register("polls", "Polls by outcome", self.polls.clone());
        registry.register_with_unit(
            "poll_duration",
            "Durations of polls, with article pages",
            Unit::Seconds,
            self.poll_seconds.clone(),
        );
        registry.register_with_unit(
            "fetched",
            "Bytes of documents that were fetched, decoded",
            Unit::Bytes,
            self.fetched_bytes.clone(),
        );
        registry.register(
            "items",
            "Items that polls brought: new, changed, held",
            self.items.clone(),
        );
        registry.register(
            "http_requests",
            "Requests by route and status",
            self.requests.clone(),
        );
        registry.register_with_unit(
            "render_duration",
            "Durations of renderings of documents",
            Unit::Seconds,
            self.render_seconds.clone(),
        );
        registry.register(
            "archives",
            "Archives of months that are over, from the disk or a rendering",
            self.archives.clone(),
        );
        registry.register("sources", "Sources by health", self.sources.clone());
        registry.register_with_unit(
            "queue_lag",
            "Time by which the source that is most overdue is late",
            Unit::Seconds,
            self.lag.clone(),
        );
        registry.register(
            "config_stale",
            "1 while the feeds.toml read last is not good, and an older one in force",
            self.config_stale.clone(),
        );
        registry.register(
            "store_trouble",
            "1 while the store takes no commits",
            self.store_trouble.clone(),
        );
        let parts = [
            ("store_items", "Items in the store"),
            ("store_stories", "Stories in the store"),
            ("store_volumes", "Volumes of the store"),
            (
                "store_removed",
                "Items that were removed and do not come back",
            ),
            ("store_bytes", "Bytes of disk of the store"),
        ];
        for ((name, help), gauge) in parts.into_iter().zip(&self.store) {
            registry.register(name, help, gauge.clone());
        }
        registry.register(
            "hub_subscriptions",
            "Sources whose hub has promised to push",
            self.subscriptions.clone(),
        );
        registry.register(
            "hub_subscribers",
            "Subscribers of our own hub",
            self.subscribers.clone(),
        );
        registry.register(
            "hub_deliveries",
            "Deliveries of our own hub by outcome: taken, failed, gone",
            self.deliveries.clone(),
        );
        let parts = [
            (
                "cluster_sequence",
                "Number of the last message of the log that was applied",
            ),
            (
                "cluster_lag_messages",
                "Messages of the log that are still to be applied",
            ),
            (
                "cluster_lag_milliseconds",
                "Age of the oldest message that is still to be applied",
            ),
            ("cluster_members", "Nodes that hold a lease"),
            (
                "cluster_ready",
                "1 once everything was applied that was there at the start",
            ),
        ];
        for ((name, help), gauge) in parts.into_iter().zip(&self.cluster) {
            registry.register(name, help, gauge.clone());
        }
        // A rate needs a beginning: what has not happened yet is 0.
        for outcome in ["taken", "failed", "gone"] {
            let outcome = outcome.to_owned();
            drop(self.deliveries.get_or_create(&PollLabels { outcome }));
        }
    }

    /// Sets the gauges of a node of a cluster, in the order of their registration.
    pub fn cluster(&self, node: &str, values: [i64; 5]) {
        for (gauge, value) in self.cluster.iter().zip(values) {
            let node = node.to_owned();
            gauge.get_or_create(&NodeLabels { node }).set(value);
        }
    }

    /// Sets the number of subscribers of our own hub.
    pub fn subscribers(&self, n: usize) {
        self.subscribers.set(i64::try_from(n).unwrap_or(i64::MAX));
    }

    /// Counts a delivery of our own hub.
    pub fn delivery(&self, outcome: &'static str) {
        let outcome = outcome.to_owned();
        self.deliveries.get_or_create(&PollLabels { outcome }).inc();
    }

    /// Counts a poll.
    pub fn poll(&self, poll: &PollCount<'_>) {
        let outcome = poll.outcome.to_owned();
        self.polls.get_or_create(&PollLabels { outcome }).inc();
        self.poll_seconds.observe(poll.took.as_secs_f64());
        self.fetched_bytes.inc_by(poll.bytes);
        for (what, n) in ["new", "changed", "held"].into_iter().zip(poll.items) {
            self.items.get_or_create(&ItemLabels { what }).inc_by(n);
        }
    }

    /// Counts an answer; `route` is the pattern of the address, not the address.
    pub fn request(&self, route: &str, status: u16) {
        self.request_counter(route, status).count();
    }

    /// Returns the counter of answers of a route and status.
    #[must_use]
    pub fn request_counter(&self, route: &str, status: u16) -> RequestCounter {
        let route = route.to_owned();
        let labels = RequestLabels { route, status };
        RequestCounter(self.requests.get_or_create_owned(&labels))
    }

    /// Counts a rendering.
    pub fn rendering(&self, took: Duration) {
        self.render_seconds.observe(took.as_secs_f64());
    }

    /// Counts an archive of a month that is over, found on the disk or rendered.
    pub fn archive(&self, is_kept: bool) {
        let from = if is_kept { "disk" } else { "rendering" };
        self.archives.get_or_create(&ArchiveLabels { from }).inc();
    }

    /// Returns all metrics as text, with the gauges of `now`.
    #[must_use]
    pub fn text(&self, now: &Snapshot) -> String {
        for (health, n) in ["good", "failing", "unknown", "off"]
            .into_iter()
            .zip(now.sources)
        {
            self.sources.get_or_create(&HealthLabels { health }).set(n);
        }
        self.lag.set(now.lag_seconds);
        self.config_stale.set(now.is_config_stale.into());
        self.store_trouble.set(now.is_store_in_trouble.into());
        for (gauge, n) in self.store.iter().zip(now.store.into_iter().flatten()) {
            gauge.set(n);
        }
        self.subscriptions.set(now.subscriptions);
        let mut text = String::new();
        // A string takes everything.
        let _infallible = encode(&mut text, &self.registry);
        text
    }
}

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_counted_is_told() {
        let metrics = Metrics::default();
        metrics.poll(&PollCount {
            outcome: "read",
            took: Duration::from_millis(20),
            bytes: 700,
            items: [3, 1, 0],
        });
        metrics.request("/story/{id}", 404);
        metrics.request_counter("/story/{id}", 404).count();
        let text = metrics.text(&Snapshot {
            sources: [4, 0, 0, 1],
            is_config_stale: true,
            ..Snapshot::default()
        });
        for line in [
            "gazetted_polls_total{outcome=\"read\"} 1",
            "gazetted_fetched_bytes_total 700",
            "gazetted_items_total{what=\"new\"} 3",
            "gazetted_http_requests_total{route=\"/story/{id}\",status=\"404\"} 2",
            "gazetted_sources{health=\"good\"} 4",
            "gazetted_config_stale 1",
            "# EOF",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}:\n{text}");
        }
    }
}
