//! Stories that are taken down, and sources that are purged.

use std::process::Command;

use serde_json::Value;

use crate::control::{ok, told};
use crate::world::{Daemon, Origin, Reply, World, source};

/// A feed with a long text for each item, so that copies are joined; guids are those of the paper.
fn paper(name: &str, items: &[(&str, &str)]) -> Reply {
    let items: String = items
        .iter()
        .map(|(slug, text)| {
            format!(
                "<item><title>{}</title><link>http://{name}.example/{slug}</link>\
                 <guid>{name}-{slug}</guid><description>{text}</description></item>",
                text.chars().take(14).collect::<String>()
            )
        })
        .collect();
    Reply::rss(format!(
        "<rss version=\"2.0\"><channel><title>{name}</title><link>http://{name}.example/</link>\
         <description>d</description>{items}</channel></rss>"
    ))
}

const BRIDGE: &str = "昨天下午三点黄河大桥顺利合龙，全长二千三百一十二米，数千市民在岸边观看了合龙的全过程，工程总指挥王立新说，\
    大桥将在明年五月一日建成通车，届时从章丘到济阳的路程将由一小时缩短为十五分钟，沿线十七个村庄的居民都将受益。";
const SCHOOL: &str = "实验小学的新校舍今天启用，八百名学生搬进了宽敞明亮的教室，校长李红在升旗仪式上讲话，介绍了图书馆、体育馆和三间\
    实验室的情况，家长代表也参观了食堂，并对饭菜的价格和卫生提出了建议，学校答应在下个学期改进。";

fn titles(daemon: &Daemon, path: &str) -> Vec<String> {
    let feed: Value = serde_json::from_str(&daemon.get(path).text()).unwrap();
    let items = feed["items"].as_array().unwrap().iter();
    items
        .map(|item| item["title"].as_str().unwrap().to_owned())
        .collect()
}

/// The id of the story whose headline begins so, as the front page links to it.
fn story(daemon: &Daemon, start: &str) -> String {
    let page = daemon.get("/").text();
    let at = page.find(start).unwrap();
    let link = page[..at].rfind("/story/").unwrap() + "/story/".len();
    page[link..link + 32].to_owned()
}

fn two_papers(origin: &Origin) -> World {
    origin.put(
        "/one",
        paper("one", &[("bridge", BRIDGE), ("school", SCHOOL)]),
    );
    origin.put("/two", paper("two", &[("bridge", BRIDGE)]));
    origin.put("/three", paper("three", &[]));
    let of = |id: &str, path: &str| source(id, &origin.url(path));
    World::new(
        &[
            of("a/one", "/one"),
            of("b/two", "/two"),
            of("b/three", "/three"),
        ]
        .concat(),
    )
}

fn settled(world: &World) -> Daemon {
    let daemon = world.start();
    daemon.wait_for_polls("a/one", 1);
    daemon.wait_for_polls("b/two", 1);
    daemon
}

#[test]
fn a_story_that_is_taken_down_is_gone_and_stays_gone() {
    let origin = Origin::start(2);
    let world = two_papers(&origin);
    let daemon = settled(&world);
    assert_eq!(titles(&daemon, "/index.json").len(), 2);
    let id = story(&daemon, "昨天");
    assert_eq!(daemon.get(&format!("/story/{id}")).status, 200);
    let said = ok(
        &world,
        "takedown",
        &["http://two.example/bridge", "--reason", "court order 7"],
    );
    assert!(
        said.contains("taken down") && said.contains("a/one") && said.contains("b/two"),
        "{said}"
    );
    let is_gone = |daemon: &Daemon| {
        for path in [
            "/",
            "/a/",
            "/b/",
            "/index.rss",
            "/index.json",
            "/a/hot/",
            "/b.rss",
        ] {
            let text = daemon.get(path).text();
            assert!(!text.contains("大桥"), "{path}: {text}");
        }
        assert_eq!(daemon.get(&format!("/story/{id}")).status, 410);
        let other = story(daemon, "实验");
        assert!(
            !daemon
                .get(&format!("/story/{other}"))
                .text()
                .contains("大桥")
        );
        let atom = daemon.get("/b.atom").text();
        assert!(
            atom.contains("<at:deleted-entry ") && atom.contains("court order 7"),
            "{atom}"
        );
        assert!(!atom.contains("大桥"), "{atom}");
    };
    is_gone(&daemon);
    // Neither an edit nor another paper's copy brings it back, nor a restart.
    let edited = format!("{BRIDGE}今晚有焰火。");
    origin.put(
        "/one",
        paper("one", &[("bridge", &edited), ("school", SCHOOL)]),
    );
    origin.put("/three", paper("three", &[("copy", BRIDGE)]));
    daemon.wait_for("b/three: polled");
    daemon.wait_for_polls(
        "b/three",
        daemon.log().matches("b/three: polled").count() + 2,
    );
    daemon.wait_for_polls("a/one", 3);
    is_gone(&daemon);
    assert!(ok(&world, "takedown", &["--list"]).contains("court order 7"));
    assert!(daemon.log().contains("by an admin's word"));
    assert!(daemon.stop().success());
    let daemon = settled(&world);
    is_gone(&daemon);
    assert!(ok(&world, "takedown", &["--undo", &id]).contains("put back"));
    assert_eq!(daemon.get(&format!("/story/{id}")).status, 200);
    assert_eq!(titles(&daemon, "/index.json").len(), 2);
    assert!(!daemon.get("/b.atom").text().contains("deleted-entry"));
    assert_eq!(told(&world, "takedown", &["--undo", &id]).0, Some(1));
    assert_eq!(
        told(&world, "takedown", &["http://two.example/other"]).0,
        Some(1)
    );
    assert!(daemon.stop().success());
    // And while no daemon runs.
    ok(&world, "takedown", &[&id]);
    assert!(ok(&world, "takedown", &["--list"]).contains(&id));
}

#[test]
fn what_a_source_brought_is_purged_and_what_others_carried_stays() {
    let origin = Origin::start(2);
    let world = two_papers(&origin);
    let daemon = settled(&world);
    let (bridge, school) = (story(&daemon, "昨天"), story(&daemon, "实验"));
    let (code, said) = told(&world, "purge", &["a/one"]);
    assert_eq!(code, Some(1));
    assert!(said.contains("is polled still"), "{said}");
    ok(&world, "pause", &["a/one"]);
    let said = ok(&world, "purge", &["a/one"]);
    assert!(
        said.contains("removed 2 items and 1 story; others carried 1 story too"),
        "{said}"
    );
    let is_purged = |daemon: &Daemon| {
        assert_eq!(
            titles(daemon, "/index.json"),
            ["昨天下午三点黄河大桥顺利合龙"]
        );
        assert!(titles(daemon, "/a.json").is_empty());
        assert_eq!(titles(daemon, "/b.json").len(), 1);
        assert_eq!(daemon.get(&format!("/story/{school}")).status, 404);
        let page = daemon.get(&format!("/story/{bridge}"));
        assert_eq!(page.status, 200);
        assert!(!page.text().contains("one.example"));
    };
    is_purged(&daemon);
    assert!(daemon.stop().success());
    let mut fsck = crate::world::gazetted();
    let found = Command::output(fsck.arg("fsck").arg("--state").arg(world.state())).unwrap();
    let found = String::from_utf8(found.stdout).unwrap();
    assert!(found.contains("all agree"), "{found}");
    let daemon = world.start();
    ok(&world, "resume", &["a/one"]);
    daemon.wait_for_polls("a/one", 2);
    is_purged(&daemon);
    assert!(
        told(&world, "purge", &["c/none"])
            .1
            .contains("nothing is known")
    );
}
