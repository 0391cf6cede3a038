//! The API: what pages show, as JSON, paged by cursors, with errors that say what to do.

use serde_json::Value;

use crate::world::{Answer, Daemon, Origin, Reply, World, feed, get_with, source};

fn settled() -> (Origin, World, Daemon) {
    let origin = Origin::start(2);
    let titles: Vec<String> = (0..9).map(|nth| format!("Story number {nth}")).collect();
    let titles: Vec<&str> = titles.iter().map(String::as_str).collect();
    origin.put("/one", Reply::rss(feed(&titles)));
    let world = World::new(&format!(
        "{}[[channel]]\nid = \"shandong\"\ntitle = \"山东\"\n",
        source("shandong/jinan/one", &origin.url("/one"))
    ));
    let daemon = world.start();
    daemon.wait_for_polls("shandong/jinan/one", 1);
    (origin, world, daemon)
}

fn json(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_else(|why| panic!("{why}: {answer:?}"))
}

fn ask(daemon: &Daemon, path: &str) -> Value {
    let answer = daemon.get(path);
    assert_eq!(answer.status, 200, "{path}: {answer:?}");
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    json(&answer)
}

#[test]
fn lists_are_paged_by_cursors() {
    let (_origin, _world, daemon) = settled();
    let mut titles: Vec<String> = Vec::new();
    let mut path = "/api/v1/stories?channel=shandong&limit=4".to_owned();
    let mut n_pages = 0;
    loop {
        let page = ask(&daemon, &path);
        n_pages += 1;
        for story in page["stories"].as_array().unwrap() {
            titles.push(story["title"].as_str().unwrap().to_owned());
        }
        match page["next"].as_str() {
            Some(next) => path = format!("/api/v1/stories?channel=shandong&limit=4&cursor={next}"),
            None => break,
        }
    }
    assert_eq!(n_pages, 3);
    titles.sort();
    titles.dedup();
    assert_eq!(titles.len(), 9);
    let none = ask(&daemon, "/api/v1/stories?since=2999-01-01T00:00:00Z");
    assert!(none["stories"].as_array().unwrap().is_empty() && none["next"].is_null());
    let none = ask(&daemon, "/api/v1/stories?until=1999-01-01T00:00:00Z");
    assert!(none["stories"].as_array().unwrap().is_empty());
}

#[test]
fn a_story_a_source_and_a_channel_are_told() {
    let (_origin, _world, daemon) = settled();
    let first = ask(&daemon, "/api/v1/stories?limit=1")["stories"][0].clone();
    let id = first["id"].as_str().unwrap();
    let path = format!("/api/v1/stories/{id}");
    assert_eq!(ask(&daemon, &path), first);
    assert_eq!(first["channel"], "shandong/jinan");
    assert_eq!(first["sightings"][0]["source"], "shandong/jinan/one");
    let page = first["page"].as_str().unwrap();
    assert!(page.ends_with(&format!("/story/{id}")));
    let etag = daemon.get(&path).header("etag").to_owned();
    let again = get_with(daemon.address(), &path, &[("If-None-Match", &etag)]);
    assert_eq!(again.status, 304);

    let source = ask(&daemon, "/api/v1/sources/shandong/jinan/one");
    assert_eq!(source["title"], "P");
    assert_eq!(ask(&daemon, "/api/v1/sources")["sources"][0], source);
    let channels = ask(&daemon, "/api/v1/channels");
    let channels = channels["channels"].as_array().unwrap();
    let known = channels.iter().find(|one| one["id"] == "shandong").unwrap();
    assert_eq!(known["title"], "山东");
    assert_eq!(known["parent"], "");
    assert!(
        ask(&daemon, "/api/v1/hot")["stories"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}

#[test]
fn errors_are_problem_details() {
    let (_origin, _world, daemon) = settled();
    for (path, status) in [
        ("/api/v1/stories?limit=0", 400),
        ("/api/v1/stories?limit=x", 400),
        ("/api/v1/stories?cursor=x", 400),
        ("/api/v1/stories?since=yesterday", 400),
        ("/api/v1/stories?channel=nowhere", 404),
        ("/api/v1/stories?channel=..%2f", 404),
        ("/api/v1/stories/0", 404),
        ("/api/v1/stories/00000000000000000000000000000000", 404),
        ("/api/v1/sources/nobody", 404),
        ("/api/v1/search?q=", 400),
        ("/api/v1/search?q=a&sort=best", 400),
        ("/api/v1/search?q=a&cursor=x", 400),
        ("/api/v1/hot?channel=nowhere", 404),
        ("/api/v1/nothing", 404),
        ("/api/v2", 404),
    ] {
        let answer = daemon.get(path);
        assert_eq!(answer.status, status, "{path}: {answer:?}");
        let kind = answer.header("content-type");
        assert_eq!(kind, "application/problem+json", "{path}");
        let problem = json(&answer);
        assert_eq!(problem["status"], status, "{path}");
        assert!(!problem["detail"].as_str().unwrap().is_empty(), "{path}");
    }
}

#[test]
fn the_description_names_every_address() {
    let (_origin, _world, daemon) = settled();
    let told = ask(&daemon, "/api/openapi.json");
    assert!(
        told["openapi"].as_str().unwrap().starts_with("3.1"),
        "{told}"
    );
    let paths = told["paths"].as_object().unwrap();
    for path in [
        "channels",
        "sources",
        "sources/{id}",
        "stories",
        "stories/{id}",
        "hot",
        "search",
    ] {
        let path = format!("/api/v1/{path}");
        let get = &paths[&path]["get"];
        assert!(get["responses"]["200"].is_object(), "{path}: {get}");
    }
    // Every reference leads somewhere.
    let text = told.to_string();
    for reference in text.split("\"#/components/schemas/").skip(1) {
        let name = reference.split('"').next().unwrap();
        assert!(told["components"]["schemas"][name].is_object(), "{name}");
    }
}
