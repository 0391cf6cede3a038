//! Sources that are another at every poll: readers are not flooded, and the admin hears of it.

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use crate::control::{ok, told};
use crate::world::{Daemon, Origin, Reply, World, source};

/// A feed of twenty undated entries, of which nothing stood in another `edition`.
fn edition(nth: usize) -> String {
    let entry = |n: usize| {
        let title = format!("edition {nth} has story {n} of {}", nth * 7919 + n);
        let link = format!("http://paper.example/{nth}/{n}");
        format!("<item><title>{title}</title><link>{link}</link></item>")
    };
    let entries: String = (0..20).map(entry).collect();
    format!("<rss version='2.0'><channel><title>t</title>{entries}</channel></rss>")
}

/// A world with one source that is polled when it is told.
struct Paper {
    origin: Origin,
    world: World,
    daemon: Daemon,
}

impl Paper {
    fn start(host: u8, more: &str, first: &str) -> Paper {
        let origin = Origin::start(host);
        origin.put("/feed", Reply::rss(first));
        let tuning = "interval = \"1h\"\nmin_interval = \"1h\"\n";
        let table = source("a/one", &origin.url("/feed"));
        let world = World::new(&format!("{table}{tuning}{more}"));
        let daemon = world.start();
        daemon.wait_for_polls("a/one", 1);
        Paper {
            origin,
            world,
            daemon,
        }
    }

    /// Shows a document, has it polled, and returns what the admin is told.
    fn show(&self, feed: &str) -> String {
        self.origin.put("/feed", Reply::rss(feed));
        told(&self.world, "poll", &["a/one"]).1
    }

    /// How many items the store has.
    fn n_items(&self) -> u64 {
        let told = self.daemon.get("/status.json").text();
        let report: serde_json::Value = serde_json::from_str(&told).unwrap();
        report["store"]["items"].as_u64().unwrap()
    }

    fn message(&self) -> String {
        let told = self.daemon.get("/status.json").text();
        let report: serde_json::Value = serde_json::from_str(&told).unwrap();
        report["sources"][0]["message"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }
}

#[test]
fn a_feed_that_is_another_at_every_poll_stays_held_back_and_named() {
    let paper = Paper::start(140, "", &edition(0));
    for nth in 1..40 {
        let said = paper.show(&edition(nth));
        assert!(said.contains("held_back"), "{nth}: {said}");
    }
    assert_eq!(paper.n_items(), 20);
    let said = paper.message();
    assert!(said.contains("20 of 20 entries are new at once"), "{said}");
    assert!(said.contains("and others than at the last poll"), "{said}");
    // One that stays is meant, as it was before.
    let last = edition(40);
    let said: Vec<String> = (0..3).map(|_| paper.show(&last)).collect();
    assert!(said[2].contains("20 new"), "{said:?}");
    assert_eq!(paper.n_items(), 40);
}

#[test]
fn who_floods_again_after_a_release_has_to_wait_longer() {
    let paper = Paper::start(141, "", &edition(0));
    let mut nth = 1;
    // As an attacker would: each edition until it is let through, then the next.
    for _ in 0..60 {
        let before = paper.n_items();
        paper.show(&edition(nth));
        nth += usize::from(paper.n_items() > before);
    }
    // The first, its grace of five, and what is held back ever longer.
    assert!(
        nth - 1 <= 8,
        "{} floods of 60 polls were let through",
        nth - 1
    );
}

#[test]
fn a_source_brings_no_more_than_its_share_of_a_day() {
    let more = "max_new_per_day = 30\nexpect = { new_ratio_max = 1.0 }\n";
    let paper = Paper::start(142, more, &edition(0));
    assert!(paper.show(&edition(1)).contains("20 new"));
    let said = paper.show(&edition(2));
    assert!(said.contains("too_many: 10 more entries are new"), "{said}");
    assert_eq!(paper.n_items(), 20 + 30);
    let said = paper.message();
    assert!(
        said.contains("10 more entries are new") && said.contains("(30)"),
        "{said}"
    );
    for nth in 3..8 {
        paper.show(&edition(nth));
    }
    assert_eq!(paper.n_items(), 20 + 30);
    // An admin may let it through.
    assert!(ok(&paper.world, "release", &["a/one"]).contains("20 new"));
}

#[test]
fn headlines_that_never_rest_are_updates_for_a_while_only() {
    let titled =
        |nth: usize| edition(0).replace("edition 0", &format!("{nth} comments on edition 0"));
    let paper = Paper::start(143, "", &titled(0));
    for nth in 1..60 {
        paper.show(&titled(nth));
    }
    let page = paper.daemon.get("/a.json").text();
    assert!(
        page.contains("48 comments") && !page.contains("49 comments"),
        "{page}"
    );
    assert_eq!(paper.n_items(), 20);
}
