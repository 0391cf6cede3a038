//! Credentials reach whom they are for and nobody else, and every request says
//! who asks.

use crate::world::{Origin, Reply, World};

fn feed() -> Reply {
    Reply::rss(
        "<rss version=\"2.0\"><channel><title>P</title><link>http://p.example/</link>\
         <description>d</description><item><title>one</title><guid>1</guid></item></channel></rss>",
    )
}

fn run(world: &World, env: &[(&str, &str)]) -> String {
    let mut command = world.command("run");
    let output = command
        .arg("--once")
        .env("RUST_LOG", "trace")
        .envs(env.iter().copied())
        .output()
        .unwrap();
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn credentials_stay_with_their_origin() {
    let (home, elsewhere) = (Origin::start(8), Origin::start(9));
    elsewhere.put("/stolen", feed());
    home.put(
        "/moved",
        Reply::status(302).with("Location", &elsewhere.url("/stolen")),
    )
    .put("/here", Reply::status(302).with("Location", "/end"))
    .put("/end", feed());
    let folder = tempfile::tempdir().unwrap();
    let token = folder.path().join("token");
    std::fs::write(&token, "tok-5ecret\n").unwrap();
    let keys = format!(
        "auth = {{ user = \"reader\", password = \"env:PAPER_PASSWORD\" }}\n\
         headers = {{ X-Api-Key = \"file:{}\" }}\n",
        token.display()
    );
    let world = World::new(&format!(
        "[[source]]\nid = \"a/moved\"\nurl = \"{}\"\n{keys}\
         [[source]]\nid = \"a/here\"\nurl = \"{}\"\n{keys}",
        home.url("/moved"),
        home.url("/here")
    ));
    let log = run(&world, &[("PAPER_PASSWORD", "pass-5ecret")]);
    for path in ["/moved", "/here", "/end"] {
        let asked = home.asked(path);
        // reader:pass-5ecret
        assert_eq!(
            asked[0].headers["authorization"],
            "Basic cmVhZGVyOnBhc3MtNWVjcmV0"
        );
        assert_eq!(asked[0].headers["x-api-key"], "tok-5ecret");
    }
    let stolen = &elsewhere.asked("/stolen")[0].headers;
    assert!(
        !stolen.contains_key("authorization") && !stolen.contains_key("x-api-key"),
        "{stolen:?}"
    );
    for secret in ["5ecret", "cmVhZGVyOnBhc3MtNWVjcmV0"] {
        assert!(!log.contains(secret), "{log}");
    }
    let daemon = world.start();
    for path in ["/status", "/status.json", "/a.rss", "/channels.opml"] {
        assert!(!daemon.get(path).text().contains("5ecret"), "{path}");
    }
}

#[test]
fn a_host_table_speaks_for_all_below_it() {
    let home = Origin::start(8);
    home.put("/feed", feed());
    let world = World::new(&format!(
        "[host.\"127.0.0.8\"]\nspacing = \"0s\"\nauth = {{ bearer = \"env:PAPER_TOKEN\" }}\n\
         [[source]]\nid = \"a/b\"\nurl = \"{}\"\n",
        home.url("/feed")
    ));
    let log = run(&world, &[("PAPER_TOKEN", "t0ken")]);
    assert_eq!(
        home.asked("/feed")[0].headers["authorization"],
        "Bearer t0ken"
    );
    assert!(!log.contains("t0ken"), "{log}");
}

#[test]
fn a_secret_that_is_not_there_is_named_and_the_source_not_asked() {
    let home = Origin::start(8);
    home.put("/feed", feed()).put("/other", feed());
    let world = World::new(&format!(
        "[[source]]\nid = \"a/b\"\nurl = \"{}\"\nauth = {{ bearer = \"env:NO_SUCH_TOKEN\" }}\n\
         [[source]]\nid = \"a/c\"\nurl = \"{}\"\n",
        home.url("/feed"),
        home.url("/other")
    ));
    let log = run(&world, &[]);
    assert!(
        log.contains("the secret `env:NO_SUCH_TOKEN` cannot be used"),
        "{log}"
    );
    assert!(home.asked("/feed").is_empty());
    assert_eq!(home.asked("/other").len(), 1);
}

#[test]
fn no_secret_is_taken_from_the_file_itself() {
    for keys in [
        "auth = { bearer = \"hunter2\" }",
        "auth = { user = \"u\", password = \"hunter2\" }",
        "headers = { X-Key = \"hunter2\" }",
        "headers = { Authorization = \"Basic hunter2\" }",
    ] {
        let text = format!("[[source]]\nid = \"a/b\"\nurl = \"https://p.example/\"\n{keys}\n");
        let error = gazetted::config::Config::parse("feeds.toml", &text).unwrap_err();
        let report = error.to_string();
        assert!(
            report.contains("a secret does not belong in this file"),
            "{report}"
        );
        assert!(!report.contains("hunter2"), "{report}");
    }
}

#[test]
fn every_request_says_who_asks_and_nothing_more() {
    let origin = Origin::start(8);
    let list = "<html><body><ul><li><a href=/1.html>大桥今天合龙通车</a></ul></body></html>";
    origin
        .put("/feed", feed().with("Set-Cookie", "id=1"))
        .put("/list", Reply::html(list).with("Set-Cookie", "id=2"))
        .put(
            "/1.html",
            Reply::html("<html><body><p>大桥今天合龙通车。</p></body></html>"),
        )
        .put("/hop", Reply::status(302).with("Location", "/feed"));
    let contact = "https://news.example/bot";
    let sources = format!(
        "[[source]]\nid = \"a/feed\"\nurl = \"{}\"\n[[source]]\nid = \"a/hop\"\nurl = \"{}\"\n\
         [[source]]\nid = \"a/list\"\ntype = \"page\"\nurl = \"{}\"\n\
         [source.list]\nitem = \"li\"\n[source.article]\ncontent = \"p\"\n",
        origin.url("/feed"),
        origin.url("/hop"),
        origin.url("/list")
    );
    let world = World::new("");
    let config = std::fs::read_to_string(world.config()).unwrap();
    let config = config.replace(
        "[server]\n",
        &format!("[server]\ncontact = \"{contact}\"\n"),
    );
    std::fs::write(world.config(), config + &sources).unwrap();
    assert!(world.poll_once().status.success());
    let paths = ["/feed", "/hop", "/list", "/1.html", "/robots.txt"];
    for path in paths {
        let asked = origin.asked(path);
        assert!(!asked.is_empty(), "{path}");
        for request in asked {
            let agent = &request.headers["user-agent"];
            let want = format!(" (+{contact}; feed-id=a/");
            assert!(
                agent.starts_with("gazetted/") && agent.contains(&want),
                "{agent}"
            );
            assert_eq!(
                request.headers["accept-encoding"],
                "gzip, br, zstd, deflate"
            );
            assert!(request.headers.contains_key("accept"), "{path}");
            for name in ["cookie", "referer", "authorization", "from"] {
                assert!(!request.headers.contains_key(name), "{path}: {name}");
            }
        }
    }
}
