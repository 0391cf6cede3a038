//! `[[source.test]]`: rules that say themselves what they must bring.

use serde_json::Value;

use crate::world::{Origin, Reply, World, gazetted};

fn list(n_items: usize) -> Reply {
    let items: String = (1..=n_items)
        .map(|n| format!("<li><a href='/{n}.html'>大桥合龙第{n}条新闻</a></li>"))
        .collect();
    Reply::html(format!(
        "<meta charset=utf-8><ul class=news>{items}</ul></html>"
    ))
}

fn article(title: &str) -> Reply {
    let text = "<p>昨天下午三点，大桥合龙，市民在岸边观看，场面热闹非凡。</p>".repeat(6);
    Reply::html(format!(
        "<meta charset=utf-8><title>{title}_望潮网</title><h1>{title}</h1><div id=zoom>{text}</div></html>"
    ))
}

#[test]
fn check_live_tries_the_rules_on_their_pages() {
    let origin = Origin::start(2);
    origin.put("/", list(5));
    origin.put("/1.html", article("大桥合龙了"));
    let (home, page) = (origin.url("/"), origin.url("/1.html"));
    let world = World::new(&format!(
        "[[source]]\nid = \"haiyue/news\"\ntype = \"page\"\nurl = \"{home}\"\n\
         [source.list]\ncontainer = \"ul.news\"\nitem = \"li\"\n[source.article]\ncontent = \"#zoom\"\n\
         [[source.test]]\nmin_items = 5\n\
         [[source.test]]\nurl = \"{page}\"\ntitle = \"大桥合龙了\"\ncontains = \"市民在岸边\"\n"
    ));
    let check = |more: &[&str]| {
        let mut command = gazetted();
        let output = command.arg("check").arg(world.config()).args(more).output();
        let output = output.unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), printed)
    };
    let (code, printed) = check(&[]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(origin.asked("/").is_empty(), "asked without --live");
    let (code, printed) = check(&["--live"]);
    assert_eq!(code, Some(0), "{printed}");
    assert_eq!(
        printed.matches("ok      haiyue/news: ").count(),
        2,
        "{printed}"
    );
    assert!(printed.contains("2 tests of rules, 0 failed"), "{printed}");

    // The site is rebuilt.
    origin.put("/", list(2));
    origin.put("/1.html", Reply::status(404));
    let (code, printed) = check(&["--live"]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(
        printed.contains("2 items, expected 5 at least"),
        "{printed}"
    );
    assert!(printed.contains("404"), "{printed}");
    let (code, printed) = check(&["--live", "--json"]);
    assert_eq!(code, Some(1), "{printed}");
    let verdict: Value = serde_json::from_str(&printed).unwrap();
    assert_eq!(verdict["good"], true);
    assert_eq!(verdict["tests"][0]["passed"], false);
    assert_eq!(verdict["tests"][1]["url"], page.as_str());
}

#[test]
fn a_snapshot_is_tried_without_the_network() {
    let origin = Origin::start(2);
    origin.put("/", list(5));
    origin.put("/1.html", article("大桥合龙了"));
    let (home, page) = (origin.url("/"), origin.url("/1.html"));
    let world = World::new(&format!(
        "[[source]]\nid = \"haiyue/news\"\ntype = \"page\"\nurl = \"{home}\"\n\
         [source.list]\ncontainer = \"ul.news\"\nitem = \"li\"\n[source.article]\ncontent = \"#zoom\"\n\
         [[source.test]]\nmin_items = 5\nsnapshot = \"pages/list.html\"\n\
         [[source.test]]\nurl = \"{page}\"\ntitle = \"大桥合龙了\"\nsnapshot = \"pages/1.html\"\n"
    ));
    let check = |more: &[&str]| {
        let mut command = gazetted();
        let output = command.arg("check").arg(world.config()).args(more).output();
        let output = output.unwrap();
        let printed = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), printed)
    };
    let (code, printed) = check(&[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(printed.contains("check --live --save"), "{printed}");
    let (code, printed) = check(&["--live", "--save"]);
    assert_eq!(code, Some(0), "{printed}");

    // Snapshots stay as they are when the site is rebuilt, until they are made anew.
    origin.put("/", list(2));
    let n_asked = origin.asked("/").len();
    let (code, printed) = check(&[]);
    assert_eq!(code, Some(0), "{printed}");
    assert!(printed.contains("2 tests of rules, 0 failed"), "{printed}");
    assert_eq!(origin.asked("/").len(), n_asked, "asked without --live");
    let (code, _) = check(&["--live", "--save"]);
    assert_eq!(code, Some(1));
    let (code, printed) = check(&[]);
    assert_eq!(code, Some(1), "{printed}");
    assert!(
        printed.contains("2 items, expected 5 at least"),
        "{printed}"
    );

    // Rules are tried, not only the page.
    let changed = std::fs::read_to_string(world.config()).unwrap();
    std::fs::write(world.config(), changed.replace("ul.news", "ul.gone")).unwrap();
    let (code, printed) = check(&[]);
    assert_eq!(code, Some(1), "{printed}");
}
