//! Our own hub: readers on loopback addresses, and the real daemon.

use std::collections::HashMap;
use std::net::TcpListener;
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use gazetted::ingest::websub::signature::is_signed;
use gazetted::model::Secret;
use serde_json::Value;
use url::form_urlencoded::{self, Serializer};

use crate::world::{Answer, Daemon, Hub, Manner, Origin, Raw, Reply, Wire, World, any_port, send};

/// Longest wait for something that has to come.
const PATIENCE: Duration = Duration::from_secs(30);

fn feed(titles: &[&str]) -> Reply {
    let item = |title: &&str| format!("<item><title>{title}</title><guid>{title}</guid></item>");
    let items: String = titles.iter().map(item).collect();
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description>{items}</channel></rss>"
    ))
}

/// An address at which nobody listens yet.
fn place(host: u8) -> String {
    let listener = TcpListener::bind(any_port(host)).unwrap();
    listener.local_addr().unwrap().to_string()
}

fn config(address: &str, server: &str, interval: &str, source: (&str, &str)) -> String {
    let (id, url) = source;
    format!(
        "[server]\nlisten = \"{address}\"\n{server}\n\
         [http]\nallow_private = [\"127.0.0.0/8\"]\ntimeout = \"5s\"\n[host.\"*\"]\nspacing = \"0s\"\n\
         [defaults]\ninterval = \"{interval}\"\nmin_interval = \"1s\"\n\
         [[source]]\nid = \"{id}\"\nurl = \"{url}\"\n"
    )
}

/// A publisher `a/b` whose source is polled every second, one item old.
struct Scene {
    origin: Origin,
    world: World,
    address: String,
    daemon: Daemon,
}

impl Scene {
    fn open(host: u8, server: &str) -> Scene {
        let origin = Origin::start(host);
        origin.put("/feed", feed(&["old"]));
        let address = place(host);
        let own = format!("public_url = \"http://{address}/\"\n{server}");
        let source = ("a/b", origin.url("/feed"));
        let world = World::with_config(&config(&address, &own, "1s", (source.0, &source.1)));
        let daemon = world.start();
        daemon.wait_for_polls("a/b", 1);
        Scene {
            origin,
            world,
            address,
            daemon,
        }
    }

    fn topic(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    fn post(&self, form: &[(&str, &str)]) -> Answer {
        let mut body = Serializer::new(String::new());
        body.extend_pairs(form);
        let kind = [("Content-Type", "application/x-www-form-urlencoded")];
        send(
            &self.address,
            "POST",
            "/hub",
            &kind,
            body.finish().as_bytes(),
        )
    }

    fn ask(&self, mode: &str, topic: &str, callback: &str) -> Answer {
        self.post(&[
            ("hub.mode", mode),
            ("hub.topic", &self.topic(topic)),
            ("hub.callback", callback),
            ("hub.secret", "hush"),
        ])
    }

    /// Waits until so many subscribe.
    #[track_caller]
    fn wait_for_subscribers(&self, n: usize) {
        let line = format!("gazetted_hub_subscribers {n}");
        until(&format!("{n} subscribers"), || {
            let text = self.daemon.get("/metrics").text();
            text.lines().any(|found| found == line)
        });
    }
}

#[track_caller]
fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "never: {what}");
    }
}

/// What was posted to a reader.
#[derive(Clone, Debug)]
struct Heard {
    path: String,
    headers: HashMap<String, String>,
    body: Vec<u8>,
}

fn answer(wire: &mut dyn Wire, status: &str, text: &str) {
    let length = text.len();
    let head =
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
    // Who asked may have given up.
    let _ = wire.write_all(format!("{head}{text}").as_bytes());
}

/// A reader that hears of news. Its manners go by the address: `/wrong` repeats another challenge,
/// `/mute` never answers anything, `/deaf` never answers news, `/gone` says 410 to it, `/flaky` fails
/// the first time.
struct Reader {
    raw: Raw,
    heard: Arc<(Mutex<Vec<Heard>>, Condvar)>,
}

impl Reader {
    fn start(host: u8) -> Reader {
        let heard: Arc<(Mutex<Vec<Heard>>, Condvar)> = Arc::default();
        let book = Arc::clone(&heard);
        let raw = Raw::start(any_port(host), move |wire, head| {
            let mut lines = head.lines();
            let mut request = lines.next().unwrap_or_default().split(' ');
            let is_question = request.next() == Some("GET");
            let target = request.next().unwrap_or_default().to_owned();
            let (path, query) = target.split_once('?').unwrap_or((&target, ""));
            if path == "/mute" || (path == "/deaf" && !is_question) {
                // Until the other side gives up.
                let _ = wire.read_to_end(&mut Vec::new());
                return;
            }
            if is_question {
                let pairs = form_urlencoded::parse(query.as_bytes());
                let challenge = pairs
                    .into_owned()
                    .find_map(|(name, value)| (name == "hub.challenge").then_some(value));
                let challenge = challenge.unwrap_or_default();
                let text = if path == "/wrong" {
                    "something else"
                } else {
                    &challenge
                };
                return answer(wire, "200 OK", text);
            }
            let headers: HashMap<String, String> = lines
                .filter_map(|line| line.split_once(": "))
                .map(|(name, value)| (name.to_lowercase(), value.to_owned()))
                .collect();
            let mut body = vec![0; headers["content-length"].parse().unwrap()];
            wire.read_exact(&mut body).unwrap();
            let (all, came) = &*book;
            let mut all = all.lock().unwrap();
            let is_first = !all.iter().any(|heard| heard.path == path);
            all.push(Heard {
                path: path.to_owned(),
                headers,
                body,
            });
            came.notify_all();
            drop(all);
            let status = match path {
                "/gone" => "410 Gone",
                "/flaky" if is_first => "500 Oh",
                _ => "204 No Content",
            };
            answer(wire, status, "");
        });
        Reader { raw, heard }
    }

    /// Waits until this address has heard `n` times; returns the last of them.
    #[track_caller]
    fn wait(&self, path: &str, n: usize) -> Heard {
        let (all, came) = &*self.heard;
        let of = |all: &[Heard]| -> Vec<Heard> {
            all.iter()
                .filter(|heard| heard.path == path)
                .cloned()
                .collect()
        };
        let all = all.lock().unwrap();
        let (all, waited) = came
            .wait_timeout_while(all, PATIENCE, |all| of(all).len() < n)
            .unwrap();
        assert!(!waited.timed_out(), "{path} has not heard {n} times");
        of(&all)[n - 1].clone()
    }

    fn count(&self, path: &str) -> usize {
        let all = self.heard.0.lock().unwrap();
        all.iter().filter(|heard| heard.path == path).count()
    }
}

#[test]
fn our_own_subscriber_is_pushed_by_our_own_hub_also_after_a_crash() {
    let mut scene = Scene::open(81, "");
    let address = place(82);
    let own = format!("public_url = \"http://{address}/\"");
    let source = ("c/d", scene.topic("/a.rss"));
    let other = World::with_config(&config(&address, &own, "1h", (source.0, &source.1)));
    let reader = other.start();
    let row = || -> Value {
        let all: Value = serde_json::from_slice(&reader.get("/status.json").body).unwrap();
        all["sources"][0].clone()
    };
    until("an active subscription", || {
        row()["push"]["state"] == "active"
    });
    let polled = row()["polled"].clone();
    scene.origin.put("/feed", feed(&["old", "pushed"]));
    until("a push", || reader.get("/c.rss").text().contains("pushed"));
    assert_eq!(row()["push"]["hub"], scene.topic("/hub"));
    assert_eq!(row()["push"]["topic"], scene.topic("/a.rss"));
    // The hub forgets nobody, whatever ends it.
    scene.daemon.signal("KILL");
    scene.daemon = {
        let world = &scene.world;
        until("a free address", || {
            TcpListener::bind(&scene.address).is_ok()
        });
        world.start()
    };
    scene.origin.put("/feed", feed(&["old", "pushed", "again"]));
    until("another push", || {
        reader.get("/c.rss").text().contains("again")
    });
    assert_eq!(row()["polled"], polled, "the source itself was asked");
    let report: Value = serde_json::from_slice(&scene.daemon.get("/status.json").body).unwrap();
    assert_eq!(report["hub"]["subscribers"], 1);
}

#[test]
fn who_subscribes_is_told_and_can_check_that_it_is_us() {
    let scene = Scene::open(83, "");
    let (reader, other) = (Reader::start(83), Reader::start(84));
    // Those who do not answer stand first.
    for path in ["/deaf", "/gone", "/flaky", "/good"] {
        let answer = scene.ask("subscribe", "/a.rss", &reader.raw.url(path));
        assert_eq!(answer.status, 202, "{answer:?}");
    }
    let answer = scene.ask(
        "subscribe",
        "/index.atom",
        &other.raw.url("/everything?x=1"),
    );
    assert_eq!(answer.status, 202);
    let none = scene.ask("subscribe", "/a.json", &other.raw.url("/end"));
    assert_eq!(none.status, 202);
    scene.wait_for_subscribers(6);
    assert_eq!(
        scene
            .ask("unsubscribe", "/a.json", &other.raw.url("/end"))
            .status,
        202
    );
    scene.wait_for_subscribers(5);
    assert_eq!(reader.count("/good"), 0, "there was nothing new");
    scene.origin.put("/feed", feed(&["old", "new"]));
    let heard = reader.wait("/good", 1);
    let text = String::from_utf8(heard.body.clone()).unwrap();
    assert!(text.contains("new"), "{text}");
    assert_eq!(text, scene.daemon.get("/a.rss").text());
    assert_eq!(
        heard.headers["content-type"],
        "application/rss+xml; charset=utf-8"
    );
    let links = format!(
        "<{}>; rel=\"hub\", <{}>; rel=\"self\"",
        scene.topic("/hub"),
        scene.topic("/a.rss")
    );
    assert_eq!(heard.headers["link"], links);
    let secret = Secret::from_text("hush");
    assert!(is_signed(
        &heard.headers["x-hub-signature"],
        &heard.body,
        &secret
    ));
    let everything = other.wait("/everything", 1);
    assert!(
        String::from_utf8(everything.body)
            .unwrap()
            .contains("<feed")
    );
    // One that failed is told again, one that says 410 is not.
    reader.wait("/gone", 1);
    reader.wait("/flaky", 2);
    scene.wait_for_subscribers(4);
    scene.origin.put("/feed", feed(&["old", "new", "newer"]));
    reader.wait("/good", 2);
    assert_eq!((reader.count("/gone"), other.count("/end")), (1, 0));
}

#[test]
fn what_is_not_meant_or_not_allowed_is_refused() {
    let scene = Scene::open(85, "");
    let reader = Reader::start(85);
    let good = reader.raw.url("/good");
    for (mode, topic, callback, status) in [
        ("publish", "/a.rss", good.as_str(), 400),
        ("subscribe", "/a.rss", "file:///etc/passwd", 400),
        ("subscribe", "/nowhere.rss", &good, 404),
        ("subscribe", "/a.rss?limit=3", &good, 404),
        ("subscribe", "/hot.rss", &good, 404),
        ("subscribe", "/a/", &good, 404),
        ("subscribe", "/a.rss", "http://10.0.0.1/", 403),
        ("subscribe", "/a.rss", "http://[::1]:8080/", 403),
        ("subscribe", "/a.rss", "http://reader.example:22/", 403),
    ] {
        let answer = scene.ask(mode, topic, callback);
        assert_eq!(answer.status, status, "{mode} {topic} {callback}");
        assert_eq!(answer.header("content-type"), "text/plain; charset=utf-8");
        assert!(answer.text().ends_with('\n'), "{answer:?}");
    }
    let foreign = scene.post(&[
        ("hub.mode", "subscribe"),
        ("hub.topic", "http://elsewhere.example/a.rss"),
        ("hub.callback", &good),
    ]);
    assert_eq!(foreign.status, 404);
    let json = [("Content-Type", "application/json")];
    let answer = send(&scene.address, "POST", "/hub", &json, b"{}");
    assert_eq!(answer.status, 415);
    let long = vec![b'x'; 40_000];
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    assert_eq!(
        send(&scene.address, "POST", "/hub", &form, &long).status,
        413
    );
    assert_eq!(scene.daemon.get("/hub").status, 200);
    // A callback that means something else subscribes to nothing.
    let answer = scene.ask("subscribe", "/a.rss", &reader.raw.url("/wrong"));
    assert_eq!(answer.status, 202);
    scene.daemon.wait_for("does not repeat the challenge");
    // Nobody makes us ask one site without end.
    let mute = Reader::start(86);
    let answers: Vec<u16> = (0..80)
        .map(|n| {
            let callback = mute.raw.url(&format!("/mute?{n}"));
            scene.ask("subscribe", "/a.rss", &callback).status
        })
        .collect();
    assert_eq!(answers[..64], [202; 64]);
    assert_eq!(answers[64..], [429; 16]);
    // And others are not in its way.
    assert_eq!(scene.ask("subscribe", "/a.rss", &good).status, 202);
    scene.wait_for_subscribers(1);
}

#[test]
fn documents_name_their_hubs_and_outside_hubs_are_told() {
    let outside = Hub::start(87, Manner::Waits);
    let more = format!("ping_hubs = [\"{}\"]", outside.url("/ping"));
    let scene = Scene::open(87, &more);
    let (own, ping) = (scene.topic("/hub"), outside.url("/ping"));
    let answer = scene.daemon.get("/a.atom");
    let topic = scene.topic("/a.atom");
    assert_eq!(
        answer.header("link"),
        format!("<{own}>; rel=\"hub\", <{ping}>; rel=\"hub\", <{topic}>; rel=\"self\"")
    );
    for hub in [&own, &ping] {
        let atom = answer.text();
        assert!(
            atom.contains(&format!("<link href=\"{hub}\" rel=\"hub\"")),
            "{atom}"
        );
        let rss = scene.daemon.get("/a.rss").text();
        let has_hub = rss
            .lines()
            .any(|line| line.contains(hub.as_str()) && line.contains("rel=\"hub\""));
        assert!(has_hub, "{rss}");
    }
    let json: Value = serde_json::from_slice(&scene.daemon.get("/a.json").body).unwrap();
    assert_eq!(json["hubs"][0]["url"], own.as_str());
    assert_eq!(json["hubs"][1]["type"], "WebSub");
    for path in ["/hot.rss", "/a.rss?limit=1", "/a/"] {
        let answer = scene.daemon.get(path);
        assert_eq!(answer.header("link"), "", "{path}");
        assert!(!answer.text().contains("rel=\"hub\""), "{path}");
    }
    scene.origin.put("/feed", feed(&["old", "new"]));
    let told = outside.wait(1);
    assert_eq!(
        (told.path.as_str(), told.field("hub.mode")),
        ("/ping", "publish")
    );
    assert!(told.fields("hub.url").contains(&topic.as_str()), "{told:?}");
    assert!(
        told.fields("hub.url")
            .contains(&scene.topic("/index.json").as_str())
    );
}

#[test]
fn there_is_no_hub_where_it_is_turned_off() {
    let scene = Scene::open(88, "hub = false");
    let reader = Reader::start(88);
    assert_eq!(
        scene
            .ask("subscribe", "/a.rss", &reader.raw.url("/good"))
            .status,
        404
    );
    assert_eq!(scene.daemon.get("/hub").status, 404);
    let answer = scene.daemon.get("/a.rss");
    assert_eq!(answer.header("link"), "");
    assert!(!answer.text().contains("rel=\"hub\""));
}
