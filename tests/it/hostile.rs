//! Entries that attack readers, through the whole daemon into every output.

use serde_json::Value;

use crate::world::{Daemon, Origin, Reply, World};

/// A daemon that has read a feed with these items.
fn reading(host: u8, items: &str) -> (Daemon, World) {
    let origin = Origin::start(host);
    let feed = format!(
        "<rss version=\"2.0\" xmlns:content=\"http://purl.org/rss/1.0/modules/content/\">\
         <channel><title>P</title><link>http://p.example/</link>{items}</channel></rss>"
    );
    origin.put("/feed", Reply::rss(feed));
    let url = origin.url("/feed");
    let world = World::new(&format!("[[source]]\nid = \"a/b\"\nurl = \"{url}\"\n"));
    let daemon = world.start();
    daemon.wait_for_polls("a/b", 1);
    (daemon, world)
}

fn items(daemon: &Daemon) -> Vec<Value> {
    let feed: Value = serde_json::from_str(&daemon.get("/a.json").text()).unwrap();
    feed["items"].as_array().unwrap().clone()
}

#[test]
fn fields_of_any_length_are_cut() {
    let categories: String = (0..5000)
        .map(|n| format!("<category>c{n}</category>"))
        .collect();
    let (daemon, _world) = reading(
        61,
        &format!(
            "<item><guid>1</guid><title>{}</title><author>{}</author>{categories}</item>",
            "题".repeat(400_000),
            "n".repeat(300_000)
        ),
    );
    let item = &items(&daemon)[0];
    assert!(item["title"].as_str().unwrap().len() <= 1024);
    assert_eq!(item["tags"].as_array().unwrap().len(), 64);
    assert!(item["authors"].to_string().len() < 400);
    for path in ["/", "/a/", "/a.rss", "/a.atom"] {
        assert!(daemon.get(path).body.len() < 64 << 10, "{path}");
    }
}

#[test]
fn entries_of_nothing_but_a_file_are_kept_apart() {
    let item = |n: u8| {
        format!("<item><enclosure url=\"http://p.example/{n}.mp3\" type=\"audio/mpeg\"/></item>")
    };
    let (daemon, _world) = reading(62, &[item(1), item(2)].concat());
    let items = items(&daemon);
    assert_eq!(items.len(), 2);
    for item in &items {
        let says = ["title", "content_text", "content_html"];
        assert!(says.iter().any(|name| item[*name].is_string()), "{item}");
    }
    assert_ne!(items[0]["attachments"], items[1]["attachments"]);
}

#[test]
fn files_are_bounded_and_on_the_web() {
    let many: String = (0..500)
        .map(|n| {
            format!("<enclosure url=\"http://p.example/{n}\" length=\"-1\" type=\"audio/mpeg\"/>")
        })
        .collect();
    let odd = format!(
        "<enclosure url=\"magnet:?xt=urn:btih:1\" type=\"x\"/>\
         <enclosure url=\"javascript:alert(1)\" type=\"x\"/>\
         <enclosure url=\"http://p.example/long\" length=\"{}\" type=\"{}\"/>",
        "9".repeat(31),
        "t".repeat(10_000)
    );
    let (daemon, _world) = reading(
        63,
        &format!("<item><guid>1</guid>{many}</item><item><guid>2</guid>{odd}</item>"),
    );
    let items = items(&daemon);
    assert_eq!(items[0]["attachments"].as_array().unwrap().len(), 16);
    let files = items[1]["attachments"].as_array().unwrap();
    assert_eq!(files.len(), 1);
    assert!(files[0]["mime_type"].as_str().unwrap().len() <= 127);
    for path in ["/a.rss", "/a.atom", "/a.json"] {
        let text = daemon.get(path).text();
        assert!(
            !text.contains("magnet:") && !text.contains("javascript:"),
            "{path}"
        );
        assert!(
            !text.contains("length=\"-1\"") && !text.contains(&"9".repeat(31)),
            "{path}"
        );
    }
}

#[test]
fn nothing_of_an_origin_is_served_as_ours() {
    let file = "http://p.example/a\";filename=&quot;x.svg";
    let (daemon, _world) = reading(
        64,
        &format!(
            "<item><guid>1</guid><title>t</title><enclosure url='{file}' type='image/svg+xml'/></item>"
        ),
    );
    for path in [
        "/redirect?u=//evil.example/",
        "/redirect?url=javascript:alert(1)",
        "/%5Cevil.example/",
        "/proxy?url=http://p.example/a.svg",
        "/favicon.ico?url=http://p.example/",
        "/image/http://p.example/a.svg",
    ] {
        let answer = daemon.get(path);
        assert!(
            matches!(answer.status, 204 | 400 | 404),
            "{path}: {}",
            answer.status
        );
        assert_eq!(answer.header("location"), "", "{path}");
        assert_ne!(answer.header("content-type"), "image/svg+xml", "{path}");
    }
    for path in ["/", "/a/", "/a.rss", "/a.atom", "/a.json"] {
        let answer = daemon.get(path);
        assert_eq!(answer.header("content-disposition"), "", "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
    }
}

#[test]
fn markup_that_never_ends_ends_with_its_entry() {
    let open = "<plaintext><textarea><!-- <table><div></div></div></body></html><b>";
    let open = open.replace('<', "&lt;");
    let (daemon, _world) = reading(
        65,
        &format!(
            "<item><guid>1</guid><title>first {open}</title><description>one {open}</description></item>\
             <item><guid>2</guid><title>second</title></item>"
        ),
    );
    let page = daemon.get("/a/").text();
    let (before, after) = page.split_once("second").expect("the next entry is there");
    for open in ["<plaintext", "<textarea", "<!--"] {
        assert!(!before.contains(open), "{open}");
    }
    assert_eq!(page.matches("</body>").count(), 1);
    assert!(after.contains("</main>"));
}

#[test]
fn text_that_turns_around_turns_nothing_else() {
    let (daemon, _world) = reading(
        66,
        "<item><guid>1</guid><title>a\u{202E}b\u{2066}c&#x202E;</title>\
         <author>x\u{202D}y</author><description>d\u{202B}e</description></item>",
    );
    for path in ["/", "/a/", "/a.rss", "/a.atom", "/a.json"] {
        let text = daemon.get(path).text();
        let is_turning = |c: char| matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2068}');
        assert!(!text.contains(is_turning), "{path}");
    }
}

#[test]
fn what_strangers_say_is_one_line_of_the_log() {
    let origin = Origin::start(67);
    let bad = "a\n2026-01-01T00:00:00Z ERROR fake\u{1b}[31m\u{9b}2J\u{2028}\u{202e}b";
    let world = World::new(&format!(
        "[[source]]\nid = \"a/root\"\nurl = \"{}\"\n[[source]]\nid = \"a/title\"\nurl = \"{}\"\n",
        origin.url("/root"),
        origin.url("/title")
    ));
    origin.put("/root", Reply::rss(format!("<{bad}>{bad}</{bad}>")));
    let entry = format!("<item><title>{bad}</title><guid>{bad}</guid></item>");
    let feed = format!(
        "<rss version=\"2.0\"><channel><title>{bad}</title>{entry}<item><x:{bad}></channel></rss>"
    );
    origin.put("/title", Reply::rss(feed));
    let daemon = world.start();
    daemon.wait_for("a/root: ");
    daemon.wait_for("a/title: ");
    let path = "/%0A2026-01-01T00:00:00Z%20ERROR%20fake%1B%5B31m";
    assert_eq!(daemon.get(path).status, 404);
    daemon.signal("TERM");
    for line in daemon.log_to_the_end().lines() {
        assert!(!line.starts_with("2026-01-01T00:00:00Z"), "{line}");
        let is_bad = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{202e}');
        assert!(!line.contains(is_bad), "{line}");
    }
}

#[test]
fn no_address_of_ours_leads_elsewhere() {
    let (daemon, _world) = reading(68, "<item><guid>1</guid><title>t</title></item>");
    for path in [
        "//evil.example/",
        "//evil.example/a",
        "/\\evil.example",
        "/%5Cevil.example",
        "/%2F%2Fevil.example",
        "/a//evil.example",
        "/a/..//evil.example",
        "/a?next=//evil.example",
        "/a?u=javascript:alert(1)",
        "/redirect?u=//evil.example",
        "/https://evil.example/",
        "/s/1//evil.example",
        "/s/..%2F..%2F%2Fevil.example",
    ] {
        let answer = daemon.get(path);
        let location = answer.header("location");
        let is_ours = location.starts_with('/') && !location.starts_with("//");
        assert!(location.is_empty() || is_ours, "{path}: {location}");
        // The query goes along as it came; it is for whoever reads it there.
        let target = location.split('?').next().unwrap_or_default();
        assert!(
            !target.contains("evil") && !location.contains('\\'),
            "{path}: {location}"
        );
    }
    assert_eq!(daemon.get("/a").header("location"), "/a/");
}
