//! No request reaches an address that is not public, however it is spelled,
//! whoever leads there. The forbidden target counts who came.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use gazetted::fetch::Client;

use crate::world::{
    Names, Origin, Raw, Reply, Said, Wire, World, any_port, ask, ask_with, body, code, http,
    http_by, say, whole,
};

const FEED: &str = "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
                    <description>d</description><item><title>one</title><guid>1</guid></item></channel></rss>";

fn feed(stream: &mut dyn Wire, _head: &str) {
    say(
        stream,
        whole(
            "200 OK",
            "Content-Type: application/rss+xml\r\n",
            FEED.as_bytes(),
        ),
    );
}

/// The target that must never be reached.
fn forbidden() -> Raw {
    Raw::start(any_port(1), feed)
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// Sources, by their addresses.
fn sources(urls: &[String]) -> String {
    let source =
        |(n, url): (usize, &String)| format!("[[source]]\nid = \"a/s{n}\"\nurl = {url:?}\n");
    urls.iter().enumerate().map(source).collect()
}

#[test]
fn no_spelling_of_this_machine_is_connected() {
    let target = forbidden();
    let port = target.address().port();
    let urls: Vec<String> = [
        "127.0.0.1",
        "127.0.0.1.",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "%31%32%37.0.0.1",
        "0",
        "0.0.0.0",
        "[::1]",
        "[::]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "[2001:0:7f00:1::]",
    ]
    .iter()
    .map(|host| format!("http://{host}:{port}/"))
    .collect();
    let n_sources = urls.len();
    let output = World::with_config(&sources(&urls)).poll_once();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(log.matches("blocked_address").count(), n_sources, "{log}");
    assert_eq!(target.hits(), 0);
}

#[test]
fn userinfo_and_backslashes_hide_nothing() {
    let target = forbidden();
    let port = target.address().port();
    let hop = |location: String| Reply::status(302).with("Location", &location);
    let origin = Origin::start(8);
    origin
        .put("/at", hop(format!("http://good.example@127.0.0.1:{port}/")))
        .put("/back", hop(format!("/\\127.0.0.1:{port}/")))
        .put("/bare", hop(format!("//127.0.0.1:{port}/")))
        .put("/none", hop(format!("http:\\\\127.0.0.1:{port}\\x")));
    let urls = ["/at", "/back", "/bare", "/none"].map(|path| origin.url(path));
    let config = format!(
        "[http]\nallow_private = [\"127.0.0.8/32\"]\n[host.\"*\"]\nspacing = \"0s\"\n{}",
        sources(&urls)
    );
    let output = World::with_config(&config).poll_once();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(log.matches("blocked_address").count(), 4, "{log}");
    assert_eq!(target.hits(), 0);
}

#[tokio::test]
async fn every_kind_of_redirect_is_judged_at_every_hop() {
    let target = forbidden();
    let to = target.url("/");
    let origin = Raw::start(any_port(8), move |stream, head| {
        let path = head.split(' ').nth(1).unwrap_or_default();
        // `/302/2`: two hops on this host first.
        let mut parts = path[1..].split('/');
        let status = parts.next().unwrap_or_default();
        let left: u32 = parts.next().and_then(|n| n.parse().ok()).unwrap_or(0);
        let location = match left {
            0 => to.clone(),
            _ => format!("/{status}/{}", left - 1),
        };
        say(
            stream,
            whole(
                &format!("{status} Moved"),
                &format!("Location: {location}\r\n"),
                FEED.as_bytes(),
            ),
        );
    });
    let http = http(&["127.0.0.8/32"]);
    for status in [301, 302, 303, 307, 308] {
        for hops in [0, 2] {
            let url = origin.url(&format!("/{status}/{hops}"));
            assert_eq!(code(ask(&http, &url).await), "blocked_address", "{url}");
        }
    }
    assert_eq!(target.hits(), 0);
}

#[tokio::test]
async fn the_address_that_was_judged_is_the_one_that_is_connected() {
    let target = forbidden();
    let port = target.address().port();
    let origin = Raw::start(SocketAddr::new(ip("127.0.0.8"), port), feed);
    let names = Names::start(|_, nth| {
        Said::Addresses(vec![ip(if nth == 0 { "127.0.0.8" } else { "127.0.0.1" })])
    });
    let http = http_by(names.address(), &["127.0.0.8/32"]);
    let client = Client::new(&http).unwrap();
    let url = format!("http://rebind.example:{port}/");
    let first = ask_with(&client, http.timeout, &url, None).await;
    assert_eq!(body(first), FEED.as_bytes());
    assert_eq!(
        names.asked("rebind.example"),
        1,
        "one look-up for one request"
    );
    let second = ask_with(&client, http.timeout, &url, None).await;
    assert_eq!(code(second), "blocked_address");
    assert_eq!((origin.hits(), target.hits()), (1, 0));
}

#[tokio::test]
async fn of_mixed_answers_only_the_allowed_are_connected() {
    let target = forbidden();
    let port = target.address().port();
    let origin = Raw::start(SocketAddr::new(ip("127.0.0.8"), port), feed);
    let mixed = || {
        vec![
            ip("127.0.0.1"),
            ip("127.0.0.8"),
            ip("::1"),
            ip("::ffff:127.0.0.1"),
        ]
    };
    let names = Names::start(move |_, _| Said::Addresses(mixed()));
    let http = http_by(names.address(), &["127.0.0.8/32"]);
    for _ in 0..4 {
        let url = format!("http://mixed.example:{port}/");
        assert_eq!(body(ask(&http, &url).await), FEED.as_bytes());
    }
    assert_eq!((origin.hits(), target.hits()), (4, 0));
}

#[tokio::test]
async fn names_are_judged_by_what_they_stand_for() {
    let target = forbidden();
    let port = target.address().port();
    let names = Names::start(|name, _| match name {
        "cloud.example" => Said::Addresses(vec![ip("169.254.169.254")]),
        "six.example" => Said::Addresses(vec![ip("64:ff9b::7f00:1"), ip("2002:7f00:1::")]),
        "alias.example" => Said::Alias("localhost"),
        _ => Said::Addresses(vec![ip("127.0.0.1")]),
    });
    let http = http_by(names.address(), &["127.0.0.8/32"]);
    for name in [
        "localhost",
        "localhost.",
        "foo.localhost",
        "cloud.example",
        "six.example",
        "127.0.0.1.nip.example",
    ] {
        let url = format!("http://{name}:{port}/");
        assert_eq!(code(ask(&http, &url).await), "blocked_address", "{name}");
    }
    let url = format!("http://alias.example:{port}/");
    assert!(ask(&http, &url).await.is_err());
    assert_eq!(target.hits(), 0);
}

#[test]
fn only_the_schemes_of_the_web_are_fetched() {
    for (url, said) in [
        ("file:///etc/passwd", "only http and https are fetched"),
        ("ftp://a.example/", "only http and https are fetched"),
        ("gopher://a.example/", "only http and https are fetched"),
        ("data:text/xml,x", "only http and https are fetched"),
        ("feed://a.example/rss", "write \"https://a.example/rss\""),
        ("http://a.example:0/", "port 0"),
        ("http://a.example:65536/", "invalid port"),
    ] {
        let world = World::with_config(&sources(&[url.to_owned()]));
        let output = world.poll_once();
        let report = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(78), "{url}: {report}");
        assert!(report.replace('`', "\"").contains(said), "{url}: {report}");
    }
    let origin = Origin::start(8);
    origin.put("/feed", Reply::rss(FEED));
    let shouted = origin.url("/feed").replace("http://", "HTTP://");
    let world = World::new(&sources(&[shouted]));
    assert!(world.poll_once().status.success());
    assert_eq!(origin.asked("/feed").len(), 1);
}

#[test]
fn a_redirect_to_another_scheme_is_named_and_its_body_is_no_feed() {
    let origin = Origin::start(8);
    let hop = Reply {
        status: 302,
        ..Reply::rss(FEED)
    };
    origin.put("/feed", hop.with("Location", "file:///etc/passwd"));
    let world = World::new(&sources(&[origin.url("/feed")]));
    let output = world.poll_once();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        log.contains("bad_redirect") && log.contains("items.new=0"),
        "{log}"
    );
}

#[tokio::test]
async fn ports_of_other_services_are_not_asked() {
    let http = http(&["127.0.0.8/32"]);
    for port in [1, 22, 25, 110, 143, 445, 993] {
        let url = format!("http://127.0.0.8:{port}/");
        assert_eq!(code(ask(&http, &url).await), "blocked_address", "{url}");
    }
    // Nobody listens there, but it was tried.
    assert_eq!(
        code(ask(&http, "http://127.0.0.8:1024/").await),
        "unreachable"
    );
}

#[test]
fn what_an_entry_points_to_is_not_asked_either() {
    let target = forbidden();
    let origin = Origin::start(8);
    let inside = target.url("/1.html");
    let list =
        format!("<html><body><ul><li><a href=\"{inside}\">大桥今天合龙通车</a></ul></body></html>");
    origin.put("/list", Reply::html(list));
    let feed = FEED.replace(
        "<item>",
        &format!(
            "<image><url>{inside}</url></image><item><link>{inside}</link>\
             <enclosure url=\"{inside}\" length=\"1\" type=\"audio/mpeg\"/>"
        ),
    );
    origin.put("/feed", Reply::rss(feed));
    let config = format!(
        "[http]\nallow_private = [\"127.0.0.8/32\"]\n[host.\"*\"]\nspacing = \"0s\"\n\
         [[source]]\nid = \"a/feed\"\nurl = \"{}\"\n\
         [[source]]\nid = \"a/list\"\ntype = \"page\"\nurl = \"{}\"\n\
         [source.list]\nitem = \"li\"\n[source.article]\ncontent = \"p\"\n",
        origin.url("/feed"),
        origin.url("/list")
    );
    let world = World::with_config(&config);
    let output = world.poll_once();
    let log = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(log.contains("1 of 1 article pages were not read"), "{log}");
    assert_eq!(target.hits(), 0);
}

#[test]
fn pictures_of_private_addresses_are_not_passed_on() {
    let origin = Origin::start(8);
    let html = "&lt;p&gt;Text&lt;/p&gt;&lt;img src=\"http://127.0.0.1/a.gif\"&gt;\
                &lt;img src=\"http://192.168.0.1/b.gif\"&gt;&lt;img src=\"http://[::ffff:10.0.0.1]/c.gif\"&gt;";
    let feed = FEED.replace(
        "<guid>",
        &format!("<description>{html}</description><guid>"),
    );
    origin.put("/feed", Reply::rss(feed));
    let world = World::new(&sources(&[origin.url("/feed")]));
    let daemon = world.start();
    daemon.wait_for_polls("a/s0", 1);
    for path in ["/a.rss", "/a.atom", "/a.json", "/a/"] {
        let text = daemon.get(path).text();
        for name in ["a.gif", "b.gif", "c.gif"] {
            assert!(!text.contains(name), "{path}: {text}");
        }
    }
}

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let proxy = forbidden();
    let origin = Origin::start(8);
    origin.put("/feed", Reply::rss(FEED));
    let world = World::new(&sources(&[origin.url("/feed")]));
    let mut command = world.command("run");
    for name in [
        "HTTP_PROXY",
        "http_proxy",
        "HTTPS_PROXY",
        "ALL_PROXY",
        "all_proxy",
    ] {
        command.env(name, proxy.url("/"));
    }
    assert!(command.arg("--once").output().unwrap().status.success());
    assert_eq!(origin.asked("/feed").len(), 1);
    assert_eq!(proxy.hits(), 0);
}

#[tokio::test]
async fn behind_a_proxy_the_target_is_judged_all_the_same() {
    let proxy = Arc::new(Raw::start(any_port(9), feed));
    let names = Names::start(|name, _| match name {
        "good.example" => Said::Addresses(vec![ip("93.184.216.34")]),
        _ => Said::Addresses(vec![ip("127.0.0.1")]),
    });
    let mut http = http_by(names.address(), &[]);
    http.proxy = gazetted::model::WebUrl::parse(&proxy.url("/"));
    let got = ask(&http, "http://good.example/rss").await;
    assert_eq!(body(got), FEED.as_bytes());
    let head = proxy.heads().concat();
    assert!(head.starts_with("get http://good.example/rss"), "{head}");
    for url in [
        "http://evil.example/",
        "http://127.0.0.1/",
        "http://169.254.169.254/",
    ] {
        assert_eq!(code(ask(&http, url).await), "blocked_address", "{url}");
    }
    assert_eq!(proxy.hits(), 1);
}

#[tokio::test]
async fn a_name_server_whose_answer_is_cut_is_asked_again_by_tcp() {
    let origin = Raw::start(any_port(8), feed);
    let names = Names::start(|name, _| match name {
        "long.example" => Said::Cut(vec![ip("127.0.0.8")]),
        _ => Said::Cut(vec![ip("127.0.0.1")]),
    });
    let http = http_by(names.address(), &["127.0.0.8/32"]);
    let port = origin.address().port();
    let got = ask(&http, &format!("http://long.example:{port}/")).await;
    assert_eq!(body(got), FEED.as_bytes());
    assert!(names.asked("long.example") > 1);
    let got = ask(&http, &format!("http://evil.example:{port}/")).await;
    assert_eq!(code(got), "blocked_address");
}

#[tokio::test]
async fn a_flood_of_addresses_and_a_silent_name_server_are_survived() {
    let names = Names::start(|name, _| match name {
        "many.example" => Said::Addresses(
            (0..4_000_u32)
                .map(|n| IpAddr::from((0x7f00_0100 + n).to_be_bytes()))
                .collect(),
        ),
        "gone.example" => Said::NoSuchName,
        "loop.example" => Said::Alias("loop.example"),
        _ => Said::Nothing,
    });
    let http = gazetted::config::Http {
        timeout: std::time::Duration::from_millis(800),
        ..http_by(names.address(), &["127.0.0.8/32"])
    };
    for (name, want) in [
        ("many.example", &["blocked_address"][..]),
        ("gone.example", &["unreachable"]),
        ("loop.example", &["unreachable", "timeout"]),
        ("silent.example", &["timeout"]),
    ] {
        let got = code(ask(&http, &format!("http://{name}/")).await);
        assert!(want.contains(&got), "{name}: {got}");
    }
    assert!(names.asked("gone.example") > 0);
}
