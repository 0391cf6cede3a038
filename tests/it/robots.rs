//! Pages are read as robots.txt allows, feeds unless it names us.

use gazetted::config::Http;
use gazetted::fetch::Client;
use gazetted::fetch::robots::{Purpose, Robots, Rules};
use gazetted::model::WebUrl;

use crate::world::{Origin, Raw, Reply, World, any_port, http, say, whole};

fn feed() -> Reply {
    Reply::rss(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description><item><title>one</title><guid>1</guid></item></channel></rss>",
    )
}

fn list() -> Reply {
    Reply::html(
        "<html><body><ul><li><a href=/a/1.html>大桥今天合龙通车</a><li><a href=/b/2.html>学校下周开学</a></ul></body></html>",
    )
}

fn article() -> Reply {
    Reply::html("<html><body><p>大桥今天合龙通车，全长三公里。</p></body></html>")
}

/// A site with a feed, a list and two articles, and what polls them.
fn site(robots: Option<Reply>) -> (Origin, World) {
    let origin = Origin::start(8);
    origin
        .put("/feed", feed())
        .put("/list", list())
        .put("/a/1.html", article())
        .put("/b/2.html", article());
    if let Some(robots) = robots {
        origin.put("/robots.txt", robots);
    }
    let world = World::new(&sources(&origin));
    (origin, world)
}

fn sources(origin: &Origin) -> String {
    format!(
        "[[source]]\nid = \"a/feed\"\nurl = \"{}\"\n\
         [[source]]\nid = \"a/list\"\ntype = \"page\"\nurl = \"{}\"\n\
         [source.list]\nitem = \"li\"\n[source.article]\ncontent = \"p\"\n",
        origin.url("/feed"),
        origin.url("/list")
    )
}

fn text(robots: &str) -> Option<Reply> {
    Some(Reply::ok("text/plain", robots))
}

fn poll(world: &World) -> String {
    let output = world.poll_once();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[track_caller]
fn asked(origin: &Origin, want: &[(&str, usize)]) {
    for (path, n) in want {
        assert_eq!(origin.asked(path).len(), *n, "{path}");
    }
}

#[test]
fn without_rules_everything_is_read() {
    let (origin, world) = site(None);
    poll(&world);
    asked(
        &origin,
        &[
            ("/robots.txt", 1),
            ("/feed", 1),
            ("/list", 1),
            ("/a/1.html", 1),
            ("/b/2.html", 1),
        ],
    );
}

#[test]
fn rules_for_all_bind_pages_and_not_feeds() {
    let (origin, world) = site(text("User-agent: *\nDisallow: /\n"));
    let log = poll(&world);
    asked(&origin, &[("/robots.txt", 1), ("/feed", 1), ("/list", 0)]);
    assert!(
        log.contains("code=\"robots\"") || log.contains("code=robots"),
        "{log}"
    );
    assert!(log.contains("`Disallow: /`"), "{log}");
}

#[test]
fn rules_that_name_us_bind_feeds_too() {
    let (origin, world) = site(text(
        "User-agent: Gazetted\nDisallow: /feed\n\nUser-agent: *\nDisallow: /\n",
    ));
    poll(&world);
    asked(&origin, &[("/feed", 0), ("/list", 1), ("/a/1.html", 1)]);
}

#[test]
fn articles_are_read_as_far_as_allowed() {
    let (origin, world) = site(text("User-agent: *\nDisallow: /a/\n"));
    let log = poll(&world);
    asked(&origin, &[("/list", 1), ("/a/1.html", 0), ("/b/2.html", 1)]);
    // The headline is published, and the page not asked for over and over.
    assert!(log.contains("items.new=2"), "{log}");
    assert!(!log.contains("asked for again"), "{log}");
}

#[test]
fn the_admin_may_have_leave() {
    let (origin, world) = site(text("User-agent: *\nDisallow: /\n"));
    let leave = "[host.\"127.0.0.8\"]\nspacing = \"0s\"\nrobots = \"ignore\"\n";
    world.configure(&(leave.to_owned() + &sources(&origin)));
    poll(&world);
    asked(
        &origin,
        &[("/robots.txt", 0), ("/list", 1), ("/a/1.html", 1)],
    );
}

#[test]
fn a_site_in_trouble_is_not_crawled() {
    let (origin, world) = site(Some(Reply::status(503)));
    let log = poll(&world);
    asked(&origin, &[("/feed", 1), ("/list", 0)]);
    assert!(
        log.contains("could not be read, so nothing may be"),
        "{log}"
    );
}

#[test]
fn an_answer_counts_for_a_day_also_after_a_restart() {
    let (origin, world) = site(text("User-agent: *\nDisallow: /a/\n"));
    poll(&world);
    origin.put("/robots.txt", Reply::status(503));
    let daemon = world.start();
    daemon.wait_for_polls("a/list", 3);
    asked(&origin, &[("/robots.txt", 1), ("/a/1.html", 0)]);
}

fn usual() -> Http {
    http(&["127.0.0.8/32"])
}

async fn rules(http: &Http, url: &str) -> Robots {
    let client = Client::new(http).unwrap();
    let url = WebUrl::parse(url).unwrap();
    client
        .robots(&url, "gazetted/0.1 (test)", http.timeout)
        .await
}

#[track_caller]
fn forbids(robots: &Robots, path: &str) -> bool {
    let url = WebUrl::parse(&format!("http://127.0.0.8{path}")).unwrap();
    match robots {
        Robots::Rules(rules) => rules.forbids(&url, Purpose::Page).is_some(),
        Robots::Unreachable(_) => true,
    }
}

#[tokio::test]
async fn every_answer_means_what_rfc_9309_says() {
    for (status, is_forbidden) in [
        ("200 OK", true),
        ("401 Unauthorized", false),
        ("403 Forbidden", false),
        ("404 Not Found", false),
        ("410 Gone", false),
        ("429 Too Many Requests", true),
        ("500 Internal Server Error", true),
        ("503 Service Unavailable", true),
    ] {
        let answer = whole(status, "", b"\xef\xbb\xbfUser-agent: *\nDisallow: /x\n");
        let origin = Raw::start(any_port(8), move |stream, _| {
            say(stream, &answer);
        });
        let found = rules(&usual(), &origin.url("/any/page")).await;
        assert_eq!(forbids(&found, "/x"), is_forbidden, "{status}: {found:?}");
        assert!(origin.heads()[0].starts_with("get /robots.txt http/1.1"));
    }
}

#[tokio::test]
async fn silence_forbids_everything() {
    let origin = Raw::start(any_port(8), |stream, _| {
        let _ = stream.read(&mut [0]);
    });
    let http = Http {
        timeout: std::time::Duration::from_millis(300),
        ..usual()
    };
    let found = rules(&http, &origin.url("/")).await;
    assert!(matches!(found, Robots::Unreachable(_)), "{found:?}");
}

#[tokio::test]
async fn redirects_are_followed_as_far_as_they_must_be() {
    let origin = Raw::start(any_port(8), |stream, head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        let left: u32 = match path {
            "/robots.txt" => 5,
            _ => path[1..].parse().unwrap(),
        };
        match left {
            0 => say(
                stream,
                whole("200 OK", "", b"User-agent: *\nDisallow: /x\n"),
            ),
            _ => say(
                stream,
                whole("301 Moved", &format!("Location: /{}\r\n", left - 1), b""),
            ),
        };
    });
    let strict = Http {
        max_redirects: 0,
        ..usual()
    };
    let found = rules(&strict, &origin.url("/")).await;
    assert!(forbids(&found, "/x"), "{found:?}");
    let endless = Raw::start(any_port(8), |stream, _| {
        say(stream, whole("302 Found", "Location: /robots.txt\r\n", b""));
    });
    let found = rules(&usual(), &endless.url("/")).await;
    assert!(!forbids(&found, "/x"), "{found:?}");
    assert_eq!(endless.heads().len(), 6);
}

#[tokio::test]
async fn half_a_mebibyte_is_read_and_no_more_waited_for() {
    let origin = Raw::start(any_port(8), |stream, _| {
        say(stream, "HTTP/1.1 200 OK\r\n\r\nUser-agent: *\n");
        let filler = format!("# {}\n", "x".repeat(1021)).repeat(500);
        say(stream, filler);
        say(stream, "Disallow: /x\n");
        while say(stream, "Allow: /yyyyyyyyyyyyyyyyyyyyyyyyyyyyy\n") {}
    });
    let found = rules(&usual(), &origin.url("/")).await;
    assert!(forbids(&found, "/x"));
}

#[tokio::test]
async fn a_page_in_its_place_allows_everything() {
    let page = b"<!DOCTYPE html><html><body>User-agent: *<br>Disallow: /</body></html>";
    let origin = Raw::start(any_port(8), move |stream, _| {
        say(stream, whole("200 OK", "Content-Type: text/html\r\n", page));
    });
    assert!(!forbids(&rules(&usual(), &origin.url("/")).await, "/x"));
}

#[test]
fn a_delay_spaces_the_requests_of_pages() {
    let robots = text("User-agent: *\nCrawl-delay: 1\n");
    let (origin, world) = site(robots);
    poll(&world);
    let times: Vec<_> = ["/list", "/a/1.html", "/b/2.html"]
        .iter()
        .map(|path| origin.asked(path)[0].at)
        .collect();
    for pair in times.windows(2) {
        let gap = pair[1].duration_since(pair[0]);
        assert!(gap.as_millis() >= 900, "{gap:?}");
    }
    let rules = Rules::read(b"User-agent: *\nCrawl-delay: 1\n");
    assert_eq!(
        rules.delay(Purpose::Feed),
        None,
        "feeds have their own pace"
    );
}
