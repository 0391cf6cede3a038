//! What a log may bring that is none of ours, and servers that are gone, others, or not who they say.

use std::fs;
use std::thread;
use std::time::{Duration, Instant};

use async_nats::jetstream::{self, Context};

use crate::world::{Daemon, NatsCluster, Origin, Reply, World, feed, gazetted, source};

/// How long a condition may take to come about.
const PATIENCE: Duration = Duration::from_secs(30);

/// Time between two looks.
const PAUSE: Duration = Duration::from_millis(100);

/// One server, an origin with one entry, and a node.
struct Scene {
    servers: NatsCluster,
    origin: Origin,
    world: World,
}

impl Scene {
    /// `None`, and a word, where there is no nats-server.
    fn new() -> Option<Scene> {
        let servers = NatsCluster::start(1)?;
        let origin = Origin::start(30);
        origin.put("/feed", Reply::rss(feed(&["first"])));
        let world = World::with_config(&configuration(&servers.url(0), "one", &origin, ""));
        Some(Scene {
            servers,
            origin,
            world,
        })
    }

    /// A second node, which only serves.
    fn second(&self) -> World {
        let url = self.servers.url(0);
        let role = "role = \"serve\"\n";
        World::with_config(&configuration(&url, "two", &self.origin, role))
    }

    /// A client of the servers, and a runtime to use it on.
    fn client(&self) -> (tokio::runtime::Runtime, Context) {
        let runtime = tokio::runtime::Runtime::new().unwrap();
        let client = runtime.block_on(async_nats::connect(self.servers.url(0)));
        let inside = runtime.enter();
        let context = jetstream::new(client.unwrap());
        drop(inside);
        (runtime, context)
    }
}

fn configuration(server: &str, node: &str, origin: &Origin, more: &str) -> String {
    format!(
        "[server]\nlisten = \"127.0.0.1:0\"\npublic_url = \"http://news.example/\"\n\
         [http]\nallow_private = [\"127.0.0.0/8\"]\n[defaults]\ninterval = \"2s\"\nmin_interval = \"2s\"\n\
         full_text = \"never\"\n\
         [cluster]\nservers = [\"{server}\"]\nnode = \"{node}\"\nreplicas = 1\n{more}{}",
        source("a/b", &origin.url("/feed"))
    )
}

/// Waits until it is so.
#[track_caller]
fn until(daemon: &Daemon, what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(
            Instant::now() < deadline,
            "{what}; the log:\n{}",
            daemon.log()
        );
        thread::sleep(PAUSE);
    }
}

#[track_caller]
fn until_shown(daemon: &Daemon, title: &str) {
    let words = format!("<title>{title}</title>");
    until(daemon, title, || {
        daemon.get("/a.rss").text().contains(&words)
    });
}

#[test]
fn what_is_none_of_ours_is_passed_over() {
    let Some(scene) = Scene::new() else { return };
    let daemon = scene.world.start();
    until_shown(&daemon, "first");
    let (runtime, context) = scene.client();
    for junk in [
        &b"{\"id\": 1}"[..],
        b"",
        b"GZLG",
        b"GZLG\x01junk",
        &[7; 900_000],
    ] {
        let published = context.publish("gazetted.gazetted.log.admin", junk.to_vec().into());
        runtime.block_on(async { published.await.unwrap().await.unwrap() });
    }
    scene
        .origin
        .put("/feed", Reply::rss(feed(&["second", "first"])));
    until_shown(&daemon, "second");
    assert_eq!(daemon.get("/readyz").status, 200);
    daemon.wait_for_nth("is none of gazetted; passed over", 5);
}

#[test]
fn a_message_that_comes_again_changes_nothing() {
    let Some(scene) = Scene::new() else { return };
    let daemon = scene.world.start();
    until_shown(&daemon, "first");
    let before = daemon.get("/a.rss");
    let (runtime, context) = scene.client();
    runtime.block_on(async {
        let log = context.get_stream("gazetted_gazetted").await.unwrap();
        let last = log.get_info().await.unwrap().state.last_sequence;
        // The last one first, and each twice.
        for sequence in (1..=last).rev().chain(1..=last) {
            let message = log.get_raw_message(sequence).await.unwrap();
            let published = context.publish(message.subject, message.payload);
            published.await.unwrap().await.unwrap();
        }
    });
    scene
        .origin
        .put("/feed", Reply::rss(feed(&["second", "first"])));
    until_shown(&daemon, "second");
    let text = daemon.get("/a.rss").text();
    assert_eq!(text.matches("<title>first</title>").count(), 1, "{text}");
    let first = before.text();
    let guid = first.split("<guid").nth(1).unwrap();
    let guid = guid.split("</guid>").next().unwrap();
    assert!(text.contains(guid), "{guid} in {text}");
}

#[test]
fn a_message_of_a_newer_release_stops_applying_and_not_serving() {
    let Some(scene) = Scene::new() else { return };
    let daemon = scene.world.start();
    until_shown(&daemon, "first");
    let (runtime, context) = scene.client();
    let published = context.publish("gazetted.gazetted.log.admin", "GZLG\u{2}of tomorrow".into());
    runtime.block_on(async { published.await.unwrap().await.unwrap() });
    daemon.wait_for("of a newer release has written it");
    let ready = daemon.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(
        ready.text().contains("Install the newer release"),
        "{}",
        ready.text()
    );
    assert!(daemon.get("/a.rss").text().contains("<title>first</title>"));
    // Nothing is asked that could not be kept.
    let n_asked = scene.origin.asked("/feed").len();
    let status = status(&scene.world);
    assert_eq!(status["condition"], "unfit");
    thread::sleep(Duration::from_secs(4));
    assert!(scene.origin.asked("/feed").len() <= n_asked + 1);
    assert!(daemon.stop().success());
}

#[test]
fn without_servers_what_is_there_is_served_and_polls_go_on_when_they_are_back() {
    let Some(mut scene) = Scene::new() else {
        return;
    };
    let daemon = scene.world.start();
    until_shown(&daemon, "first");
    assert!(daemon.stop().success());
    scene.servers.kill(0);
    scene
        .origin
        .put("/feed", Reply::rss(feed(&["second", "first"])));
    let n_asked = scene.origin.asked("/feed").len();
    let daemon = scene.world.start();
    assert!(daemon.get("/a.rss").text().contains("<title>first</title>"));
    assert_eq!(daemon.get("/readyz").status, 503);
    until(&daemon, "away", || {
        status(&scene.world)["condition"] == "away"
    });
    assert_eq!(scene.origin.asked("/feed").len(), n_asked);
    scene.servers.restart(0);
    until_shown(&daemon, "second");
    assert_eq!(daemon.get("/readyz").status, 200);
    // Gone again, under a daemon that was level.
    scene.servers.kill(0);
    until(&daemon, "cut off", || {
        daemon
            .get("/readyz")
            .text()
            .contains("cut off from the cluster since")
    });
    assert_eq!(daemon.get("/readyz").status, 200);
    assert!(
        daemon
            .get("/a.rss")
            .text()
            .contains("<title>second</title>")
    );
}

#[test]
fn a_log_that_was_lost_is_told_and_nothing_touched() {
    let Some(scene) = Scene::new() else { return };
    let daemon = scene.world.start();
    until_shown(&daemon, "first");
    assert!(daemon.stop().success());
    let (runtime, context) = scene.client();
    runtime.block_on(async {
        context.delete_stream("gazetted_gazetted").await.unwrap();
    });
    let daemon = scene.world.start();
    daemon.wait_for("is another one than this store has followed");
    assert_eq!(daemon.get("/readyz").status, 503);
    assert!(daemon.get("/a.rss").text().contains("<title>first</title>"));
    assert!(daemon.stop().success());
    // An admin decides that this store is the beginning.
    let seed = |more: &[&str]| {
        let mut command = gazetted();
        command
            .args(["cluster", "seed", "--config"])
            .arg(scene.world.config());
        command.arg("--state").arg(scene.world.state()).args(more);
        command.output().unwrap()
    };
    let seeded = seed(&[]);
    assert!(
        seeded.status.success(),
        "{}",
        String::from_utf8_lossy(&seeded.stderr)
    );
    scene
        .origin
        .put("/feed", Reply::rss(feed(&["second", "first"])));
    let daemon = scene.world.start();
    until_shown(&daemon, "second");
    assert!(daemon.get("/a.rss").text().contains("<title>first</title>"));
    assert!(daemon.stop().success());
    // It has begun now: only with more words it begins again.
    let refused = seed(&[]);
    assert_eq!(refused.status.code(), Some(1));
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("has begun already"), "{said}");
    assert!(seed(&["--again"]).status.success());
}

#[test]
fn an_empty_node_begins_with_a_snapshot_and_a_store_of_its_own_is_not_touched() {
    let Some(scene) = Scene::new() else { return };
    let daemon = scene.world.start();
    until_shown(&daemon, "first");
    daemon.wait_for("made a snapshot of the store");
    let second = scene.second();
    let other = second.start();
    other.wait_for("begins with a snapshot of the cluster");
    until_shown(&other, "first");
    scene
        .origin
        .put("/feed", Reply::rss(feed(&["second", "first"])));
    for daemon in [&daemon, &other] {
        until_shown(daemon, "second");
    }
    assert_eq!(daemon.get("/a.rss").body, other.get("/a.rss").body);
    assert_eq!(
        daemon.get("/a.rss").header("etag"),
        other.get("/a.rss").header("etag")
    );
    // A store that has lived alone is no part of it, and stays as it is.
    let alone = World::new(&source("a/b", &scene.origin.url("/feed")));
    alone.poll_once();
    fs::write(
        alone.config(),
        configuration(&scene.servers.url(0), "three", &scene.origin, ""),
    )
    .unwrap();
    let third = alone.start();
    third.wait_for("run `gazetted cluster seed`");
    assert_eq!(third.get("/readyz").status, 503);
    assert!(third.get("/a.rss").text().contains("<title>second</title>"));
}

#[test]
fn a_server_with_the_certificate_of_another_is_refused() {
    let names = vec!["other.example".to_owned()];
    let key = rcgen::generate_simple_self_signed(names).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (cert, secret) = (
        folder.path().join("cert.pem"),
        folder.path().join("key.pem"),
    );
    fs::write(&cert, key.cert.pem()).unwrap();
    fs::write(&secret, key.signing_key.serialize_pem()).unwrap();
    let Some(servers) = NatsCluster::start_with_tls(&cert, &secret) else {
        return;
    };
    let origin = Origin::start(31);
    origin.put("/feed", Reply::rss(feed(&["first"])));
    let server = servers.url(0).replace("nats://", "tls://");
    let more = format!("tls_ca = {:?}\n", cert.to_str().unwrap());
    let world = World::with_config(&configuration(&server, "one", &origin, &more));
    // A store that is there, so that it need not wait for a snapshot.
    drop(gazetted::store::Store::open(&world.state(), gazetted::clock::now()).unwrap());
    let daemon = world.start();
    servers.wait_for_log(0, "TLS handshake error");
    assert_eq!(status(&world)["condition"], "away");
    assert_eq!(daemon.get("/readyz").status, 503);
    assert!(origin.asked("/feed").is_empty());
}

#[test]
fn what_an_admin_says_on_one_node_counts_on_all() {
    let Some(scene) = Scene::new() else { return };
    let daemon = scene.world.start();
    let second = scene.second();
    let other = second.start();
    for daemon in [&daemon, &other] {
        until_shown(daemon, "first");
    }
    let feed = other.get("/a.rss").text();
    let story = feed.split("/story/").nth(1).unwrap();
    let story: String = story.chars().take(32).collect();
    // Said on the one that serves, polled by the other.
    let mut takedown = second.command("takedown");
    let done = takedown.arg(&story).output().unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    for daemon in [&daemon, &other] {
        until(daemon, "down", || {
            !daemon.get("/a.rss").text().contains("first")
        });
    }
    // Not while its daemon is down: the others would not know.
    assert!(other.stop().success());
    let mut takedown = second.command("takedown");
    let refused = takedown.args([story.as_str(), "--undo"]).output().unwrap();
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(said.contains("goes through the log"), "{said}");
    let mut poll = scene.world.command("poll");
    assert!(poll.arg("a/b").output().unwrap().status.success());
}

#[test]
fn a_renamed_source_goes_on_on_all_nodes() {
    let Some(scene) = Scene::new() else { return };
    let daemon = scene.world.start();
    let second = scene.second();
    let other = second.start();
    for daemon in [&daemon, &other] {
        until_shown(daemon, "first");
    }
    let before = daemon.get("/a.rss").text();
    let guid = before.split("<guid").nth(1).unwrap();
    let guid = guid.split("</guid>").next().unwrap().to_owned();
    for (world, daemon) in [(&scene.world, &daemon), (&second, &other)] {
        let text = fs::read_to_string(world.config()).unwrap();
        let text = text.replace("id = \"a/b\"", "id = \"a/new\"\nwas = [\"a/b\"]");
        fs::write(world.config(), text).unwrap();
        daemon.signal("HUP");
    }
    daemon.wait_for("a/b goes on as a/new");
    scene
        .origin
        .put("/feed", Reply::rss(feed(&["second", "first"])));
    for daemon in [&daemon, &other] {
        until_shown(daemon, "second");
        let text = daemon.get("/a.rss").text();
        assert_eq!(text.matches("<title>first</title>").count(), 1, "{text}");
        assert!(text.contains(&guid), "{guid} in {text}");
    }
    assert_eq!(daemon.get("/a.rss").body, other.get("/a.rss").body);
    assert_eq!(daemon.log().matches("goes on as").count(), 1);
    // Also where it was renamed while the daemon was down.
    assert!(daemon.stop().success());
    let text = fs::read_to_string(scene.world.config()).unwrap();
    let text = text.replace(
        "id = \"a/new\"\nwas = [\"a/b\"]",
        "id = \"a/third\"\nwas = [\"a/new\"]",
    );
    fs::write(scene.world.config(), text).unwrap();
    let daemon = scene.world.start();
    daemon.wait_for("a/new goes on as a/third");
}

#[test]
fn a_snapshot_whose_unpacking_was_cut_off_is_fetched_again() {
    let Some(scene) = Scene::new() else { return };
    let daemon = scene.world.start();
    until_shown(&daemon, "first");
    daemon.wait_for("made a snapshot of the store");
    let second = scene.second();
    // As a kill in the middle leaves it.
    let file = second.config().with_file_name("backup");
    let done = scene.world.command("backup").arg(&file).output().unwrap();
    assert!(done.status.success());
    let backup = fs::read(file).unwrap();
    let cut = gazetted::store::restore(&backup[..backup.len() / 2], &second.state());
    assert!(cut.is_err());
    let other = second.start();
    other.wait_for("what was unpacked of a snapshot before is thrown away");
    until_shown(&other, "first");
}

/// State of the cluster as the daemon of `world` tells it.
fn status(world: &World) -> serde_json::Value {
    let mut command = gazetted();
    command
        .args(["cluster", "status", "--json", "--state"])
        .arg(world.state());
    let said = command.output().unwrap();
    serde_json::from_slice(&said.stdout).unwrap_or_default()
}
