//! Renderings have a price for each address: who asks for too many waits, and nobody else does.

use std::fs;

use serde_json::Value;

use crate::world::{Answer, Daemon, Origin, Reply, World, get_with};

/// The daemon with `server` as what its configuration says of addresses, and a few stories.
struct House {
    world: World,
    origin: Origin,
    daemon: Daemon,
}

impl House {
    fn new(server: &str) -> House {
        let origin = Origin::start(2);
        let entry = |nth: u32| {
            format!(
                "<item><title>Headline {nth}</title><link>http://p.example/{nth}.html</link>\
                 <guid>{nth}</guid><description>text {nth}</description></item>"
            )
        };
        let entries: String = (0..5).map(entry).collect();
        origin.put(
            "/one",
            Reply::rss(format!(
                "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
                 <description>d</description>{entries}</channel></rss>"
            )),
        );
        let world = World::with_config(&config(&origin, server));
        let daemon = world.start();
        daemon.wait_for_polls("a/one", 1);
        House {
            world,
            origin,
            daemon,
        }
    }

    fn reload(&self, server: &str, nth: usize) {
        fs::write(self.world.config(), config(&self.origin, server)).unwrap();
        self.daemon.signal("HUP");
        self.daemon.wait_for_nth("reloaded: ", nth);
    }

    /// Asks through a proxy, which names `client`.
    fn ask(&self, client: &str, path: &str) -> Answer {
        let named = [("X-Forwarded-For", client)];
        get_with(self.daemon.address(), path, &named)
    }

    /// Statuses of so many requests for what is rendered each time.
    fn statuses(&self, client: &str, n: usize) -> Vec<u16> {
        let path = "/index.rss?limit=1";
        let all = (0..n).map(|_| self.ask(client, path).status);
        all.collect()
    }

    /// Paths of story pages, newest first.
    fn stories(&self) -> Vec<String> {
        let told = self.daemon.get("/api/v1/stories").text();
        let told: Value = serde_json::from_str(&told).unwrap();
        let stories = told["stories"].as_array().unwrap().iter();
        let ids = stories.map(|story| story["id"].as_str().unwrap());
        ids.map(|id| format!("/story/{id}")).collect()
    }
}

fn config(origin: &Origin, server: &str) -> String {
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\n{server}\n\
         [http]\nallow_private = [\"127.0.0.0/8\"]\n[host.\"*\"]\nspacing = \"0s\"\n\
         [defaults]\ninterval = \"1h\"\n\
         [[source]]\nid = \"a/one\"\nurl = \"{}\"\n",
        origin.url("/one")
    )
}

#[test]
fn who_asks_for_too_many_renderings_waits_and_still_gets_what_is_kept() {
    let house = House::new("renders_per_address = 3");
    let (one, other) = ("192.0.2.1", "192.0.2.2");
    assert_eq!(house.statuses(one, 3), [200; 3]);
    let refused = house.ask(one, "/index.rss?limit=1");
    assert_eq!(refused.status, 429);
    let wait: u64 = refused.header("retry-after").parse().unwrap();
    assert!((1..=20).contains(&wait), "{wait}");
    assert_eq!(refused.header("cache-control"), "no-store");
    assert!(refused.header("content-type").starts_with("text/html"));
    assert!(
        refused.text().contains("请一分钟后再来"),
        "{}",
        refused.text()
    );
    for path in [
        "/?before=1521175740000000000-00000000000000000000000000000000",
        "/search?q=text",
        "/search.rss?q=text",
        "/a/archive/2026-10.atom",
        "/source/a/one/",
        "/source/a/one.json",
        "/tag/x/",
        &house.stories()[0],
    ] {
        assert_eq!(house.ask(one, path).status, 429, "{path}");
    }
    let problem = house.ask(one, "/api/v1/channels");
    assert_eq!(problem.status, 429);
    assert_eq!(problem.header("content-type"), "application/problem+json");
    assert!(!problem.header("retry-after").is_empty());
    let told: Value = serde_json::from_str(&problem.text()).unwrap();
    assert_eq!(told["status"], 429);

    // What many share costs nothing, whoever asks for it and however often.
    for path in [
        "/",
        "/a/",
        "/index.rss",
        "/a.atom",
        "/a.json?full=0",
        "/hot",
        "/channels.opml",
        "/style.css",
        "/healthz",
        "/readyz",
        "/metrics",
        "/status",
        "/status.json?limit=1",
        "/a/index.html",
    ] {
        for _ in 0..4 {
            let status = house.ask(one, path).status;
            assert!(matches!(status, 200 | 308), "{path}: {status}");
        }
    }
    // So it is with a story's page that somebody else has paid for.
    let story = &house.stories()[1];
    assert_eq!(house.ask(one, story).status, 429);
    for _ in 0..5 {
        assert_eq!(house.ask(other, story).status, 200);
    }
    assert_eq!(house.ask(one, story).status, 200);
    assert_eq!(house.statuses(other, 3), [200, 200, 429]);
    let metrics = house.daemon.get("/metrics").text();
    assert!(
        metrics.contains("route=\"/index.rss\",status=\"429\""),
        "{metrics}"
    );
}

#[test]
fn only_proxies_of_ours_are_believed_and_one_that_names_nobody_sets_no_limit() {
    let house = House::new("renders_per_address = 2");
    // This machine is one of them unless the configuration says otherwise.
    let path = "/index.rss?limit=1";
    for _ in 0..5 {
        assert_eq!(house.daemon.get(path).status, 200);
    }
    let chain = "203.0.113.7, 192.0.2.9";
    assert_eq!(house.statuses(chain, 3), [200, 200, 429]);
    assert_eq!(house.statuses("192.0.2.9, 127.0.0.1", 1), [429]);
    assert_eq!(house.statuses("203.0.113.7", 1), [200]);
    // No client writes the word by which we tell ourselves.
    let lie = [
        ("X-Forwarded-For", "192.0.2.9"),
        ("Gazetted-Client", "192.0.2.77"),
    ];
    assert_eq!(get_with(house.daemon.address(), path, &lie).status, 429);

    house.reload(
        "renders_per_address = 2\ntrusted_proxies = [\"10.0.0.0/8\"]",
        1,
    );
    let lies = ["192.0.2.31", "192.0.2.32", "192.0.2.33"];
    let statuses = lies.map(|client| house.ask(client, path).status);
    assert_eq!(statuses, [200, 200, 429]);
    assert_eq!(house.daemon.get(path).status, 429);

    house.reload("renders_per_address = 0\ntrusted_proxies = []", 2);
    for _ in 0..5 {
        assert_eq!(house.daemon.get(path).status, 200);
    }
}
