//! Nothing that happens to a source, to the network or to us stops the others.

use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::process::Command;

use crate::world::{Daemon, Origin, Reply, World, gazetted};

fn item(name: &str) -> String {
    format!("<item><title>{name}</title><guid>{name}</guid></item>")
}

fn feed(items: &str) -> Reply {
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    ))
}

fn source(name: &str, url: &str) -> String {
    format!("[[source]]\nid = \"a/{name}\"\nurl = \"{url}\"\n")
}

/// A source whose news may all come at once.
fn unheld(url: &str) -> String {
    source("b", url) + "[source.expect]\nnew_ratio_max = 1.0\n"
}

/// The validators of the `n`th request for `/feed`, counted from 0.
fn shown(origin: &Origin, n: usize) -> (Option<String>, Option<String>) {
    let asked = origin.asked("/feed");
    let header = |name: &str| asked[n].headers.get(name).cloned();
    (header("if-none-match"), header("if-modified-since"))
}

#[test]
fn validators_are_shown_byte_for_byte_also_when_only_they_have_changed() {
    let origin = Origin::start(10);
    let world = World::new(&source("b", &origin.url("/feed")));
    // Quotes, weak, spaces, no quotes, no date: whatever it is, it comes back.
    let pairs = [
        ("\"1\"", "Wed, 25 Nov 2026 12:00:00 GMT"),
        ("W/\"a b\"", "yesterday"),
        ("unquoted, odd\u{e9}", "0"),
    ];
    let mut held = (None, None);
    for (n, (etag, modified)) in pairs.into_iter().enumerate() {
        let reply = feed(&item("one"))
            .with("ETag", etag)
            .with("Last-Modified", modified);
        origin.put("/feed", reply);
        let before = origin.asked("/feed").len();
        while origin.asked("/feed").len() == before {
            assert!(world.poll_once().status.success());
        }
        assert_eq!(shown(&origin, n), held, "request {n}");
        held = (Some(etag.to_owned()), Some(modified.to_owned()));
    }
    let daemon = world.start();
    origin.wait("/feed", 4);
    assert_eq!(shown(&origin, 3), held);
    drop(daemon);
}

#[test]
fn validators_of_what_could_not_be_read_are_not_kept() {
    let origin = Origin::start(10);
    let cut = "<rss version=\"2.0\"><channel><title>P</title><item><title>one</title></item>";
    for body in ["this is no feed", cut, ""] {
        let origin_path = format!("/{}", body.len());
        origin.put(&origin_path, Reply::rss(body).with("ETag", "\"bad\""));
        let world = World::new(&source("b", &origin.url(&origin_path)));
        let daemon = world.start();
        origin.wait(&origin_path, 2);
        let again = &origin.asked(&origin_path)[1];
        assert_eq!(again.headers.get("if-none-match"), None, "after {body:?}");
        drop(daemon);
    }
}

#[test]
fn not_modified_without_having_been_asked_so_is_a_failure() {
    let origin = Origin::start(10);
    origin.put("/feed", Reply::status(304));
    let world = World::new(&source("b", &origin.url("/feed")));
    let output = world.poll_once();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(log.contains("a/b: the server answered 304"), "{log}");
}

#[test]
fn a_dead_network_is_one_alarm_and_blames_nobody() {
    // Addresses where nobody listens, but for one that comes back.
    let origin = Origin::start(11);
    let closed: Vec<String> = (12..24)
        .map(|n| {
            let listener = TcpListener::bind(format!("127.0.0.{n}:0")).unwrap();
            format!("http://{}/", listener.local_addr().unwrap())
        })
        .collect();
    let sources = closed.iter().enumerate();
    let sources: String = sources
        .map(|(n, url)| source(&format!("s{n:02}"), url))
        .collect();
    let world = World::new(&sources);
    let daemon = world.start();
    daemon.wait_for("nothing on the network answers");
    // Long enough for each of them to have failed again and again.
    let back = source("back", &origin.url("/feed"));
    world.configure(&format!("{sources}{back}"));
    origin.put("/feed", feed(&item("one")));
    assert!(!daemon.log().contains("the network answers again"));
    daemon.signal("HUP");
    daemon.wait_for("the network answers again");
    assert_eq!(
        daemon
            .log()
            .matches("nothing on the network answers")
            .count(),
        1
    );
    let n_alarms = daemon.log().matches(": cannot connect").count();
    assert!(n_alarms <= 12, "{n_alarms} alarms:\n{}", daemon.log());
    drop(daemon);
}

#[test]
fn a_source_that_is_removed_or_changed_while_it_is_polled_harms_nobody() {
    let origin = Origin::start(10);
    origin
        .put("/feed", feed(&item("one")))
        .put("/slow", Reply::silent());
    let good = source("good", &origin.url("/feed"));
    let world = World::new(&format!(
        "{good}{}{}",
        source("removed", &origin.url("/slow")),
        source("changed", &format!("{}?", origin.url("/slow"))),
    ));
    let daemon = world.start();
    origin.wait("/slow", 1);
    origin.wait("/slow?", 1);
    origin.put("/new", feed(&item("new")));
    world.configure(&format!("{good}{}", source("changed", &origin.url("/new"))));
    daemon.signal("HUP");
    daemon.wait_for("reloaded: 2 sources");
    // What was under way ends with its deadline, and the new address is asked.
    daemon.wait_for_polls("a/changed", 1);
    let n = daemon.log().matches("a/good: polled").count();
    daemon.wait_for_polls("a/good", n + 2);
    assert_eq!(
        origin.asked("/slow").len(),
        1,
        "a removed source is not asked again"
    );
    assert!(daemon.get("/a.rss").text().contains("<title>new</title>"));
    assert!(daemon.stop().success());
}

#[test]
fn the_text_of_an_item_is_kept_when_its_page_fails() {
    let origin = Origin::start(10);
    let list = |title: &str| {
        Reply::html(format!(
            "<html><body><ul class=news><li><a href=/1>{title}</a></ul></body></html>"
        ))
    };
    origin.put("/", list("大桥今天合龙通车"));
    origin.put(
        "/1",
        Reply::html(
            "<html><body><div id=zoom><p>本报讯 大桥今天上午合龙通车。</p></div></body></html>",
        ),
    );
    let world = World::new(&format!(
        "{}type = \"page\"\nfull_text = \"always\"\n[source.list]\nitem = \"ul.news li\"\n\
         [source.article]\ncontent = \"#zoom\"\n",
        source("b", &origin.url("/"))
    ));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    assert!(daemon.get("/a.json").text().contains("本报讯"));
    // The line has changed, so it is read again, but the page is not there now.
    origin
        .put("/1", Reply::status(500))
        .put("/", list("大桥今天正式合龙通车"));
    daemon.wait_for("article pages were not read");
    let n = daemon.log().matches("a/b: polled").count();
    daemon.wait_for_polls("a/b", n + 1);
    assert!(
        daemon.get("/a.json").text().contains("本报讯"),
        "the text is gone"
    );
    drop(daemon);
}

/// The daemon with files no larger than `limit` bytes.
fn with_file_limit(world: &World, arguments: &[&str], kibibytes: u32) -> Command {
    let mut command = Command::new("sh");
    let program = gazetted().get_program().to_owned();
    command
        .arg("-c")
        .arg(format!("ulimit -f {}; exec \"$@\"", kibibytes * 2))
        .arg("sh");
    command.arg(program).args(arguments);
    command
        .arg("--config")
        .arg(world.config())
        .arg("--state")
        .arg(world.state());
    command
        .env_remove("STATE_DIRECTORY")
        .env_remove("NOTIFY_SOCKET")
        .env_remove("RUST_LOG");
    command.process_group(0);
    command
}

fn large_feed() -> Reply {
    // Text that does not compress: the store has to make its file larger.
    let mut number = 1_u64;
    let mut noise = || {
        number = number
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        format!("{number:016x}")
    };
    let items: String = (0..400)
        .map(|n| {
            let text: String = (0..500).map(|_| noise()).collect();
            format!(
                "<item><title>n {n}</title><guid>{n}</guid><description>{text}</description></item>"
            )
        })
        .collect();
    feed(&items)
}

#[test]
fn while_the_store_cannot_be_written_nothing_is_fetched_again() {
    let origin = Origin::start(10);
    origin.put("/feed", feed(&item("one")));
    let world = World::new(&unheld(&origin.url("/feed")));
    assert!(world.poll_once().status.success());
    origin.put("/feed", large_feed());
    let before = origin.asked("/feed").len();
    let daemon = Daemon::start(with_file_limit(&world, &["run"], 1024));
    daemon.wait_for("cannot write to the store");
    // Its poll waits for the store; a reload does not make it poll again.
    daemon.signal("HUP");
    daemon.wait_for("reloaded");
    assert_eq!(origin.asked("/feed").len(), before + 1);
    assert_eq!(daemon.get("/a.rss").status, 200);
    assert!(daemon.stop().success());
    // With room, it is fetched again and kept.
    let daemon = world.start();
    daemon.wait_for("items.new=400");
    drop(daemon);
}

#[test]
fn once_ends_when_the_store_cannot_be_written() {
    let origin = Origin::start(10);
    origin.put("/feed", feed(&item("one")));
    let world = World::new(&unheld(&origin.url("/feed")));
    assert!(world.poll_once().status.success());
    origin.put("/feed", large_feed());
    let before = origin.asked("/feed").len();
    let mut output = None;
    while origin.asked("/feed").len() == before {
        output = Some(
            with_file_limit(&world, &["run", "--once"], 1024)
                .output()
                .unwrap(),
        );
    }
    let output = output.unwrap();
    assert_eq!(origin.asked("/feed").len(), before + 1);
    assert_eq!(output.status.code(), Some(1));
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(log.contains("1 polls could not be written"), "{log}");
}

#[test]
fn a_feed_that_kills_the_process_twice_is_skipped_and_the_others_are_not() {
    let origin = Origin::start(10);
    origin.put("/good", feed(&item("good")));
    // Long enough to read that the process can be killed while it does.
    let items: String = (0..2000)
        .map(|n| {
            format!(
                "<item><title>n {n}</title><guid>{n}</guid><description>{}</description></item>",
                "<b>a</b> &amp; ".repeat(150)
            )
        })
        .collect();
    origin.put("/deadly", feed(&items));
    let world = World::new(&format!(
        "{}{}",
        source("good", &origin.url("/good")),
        source("deadly", &origin.url("/deadly")),
    ));
    let start = || {
        let mut command = world.command("run");
        command.env("RUST_LOG", "gazetted=debug");
        Daemon::start(command)
    };
    for _ in 0..2 {
        let daemon = start();
        daemon.wait_for("a/deadly: reading");
        daemon.signal("KILL");
        assert!(!daemon.wait().success());
    }
    let daemon = start();
    daemon.wait_for("the last run ended while it read a/deadly");
    daemon.wait_for("a/deadly: gazetted died 2 times in a row");
    daemon.wait_for_polls("a/good", 2);
    assert_eq!(origin.asked("/deadly").len(), 2);
    assert!(!daemon.log().contains("a/deadly: reading"));
    assert!(daemon.stop().success());
    // Another address is tried.
    origin.put("/mended", feed(&item("mended")));
    world.configure(&source("deadly", &origin.url("/mended")));
    let daemon = start();
    daemon.wait_for_polls("a/deadly", 1);
    assert!(daemon.stop().success());
}
