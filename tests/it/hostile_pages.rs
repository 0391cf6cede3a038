//! Pages that attack the reader, through the daemon: each ends in a clear state,
//! and the source beside them is published all the same.

use crate::world::{Origin, Reply, World};

#[test]
fn pages_that_attack_are_bounded_and_delay_nobody() {
    let links: String = (0..25_000)
        .map(|n| format!("<li><a href='/{n}.html'>新闻标题第{n}号在此</a></li>"))
        .collect();
    let tags = "<a><i></a>".repeat(40_000);
    let days: String = (1..=31)
        .map(|n| format!("<td><a href='/cal?d=2026-11-{n:02}'>{n}</a></td>"))
        .collect();
    // As much as is fetched at all: prose, and what is nothing but elements.
    let prose = "<p>大桥昨日合龙，市民在岸边观看，场面热闹非凡。</p>\n".repeat(130_000);
    let pages: [(&str, Vec<u8>); 9] = [
        ("dense", "<b>x</b>".repeat(1_300_000).into_bytes()),
        (
            "prose",
            format!("<div class=news>{prose}</div></html>").into_bytes(),
        ),
        ("deep", "<div>".repeat(50_000).into_bytes()),
        (
            "links",
            format!("<ul class=news>{links}</ul></html>").into_bytes(),
        ),
        (
            "tags",
            format!("<ul class=news><li>{tags}</ul></html>").into_bytes(),
        ),
        ("binary", b"\0\x01\x02\x03".repeat(5_000)),
        ("empty", Vec::new()),
        (
            "calendar",
            format!("<ul class=news><li>{days}<a href='/cal?next'>下一页</a></ul></html>")
                .into_bytes(),
        ),
        (
            "login",
            b"<html><form><input name=password></form></html>".to_vec(),
        ),
    ];
    let origin = Origin::start(2);
    let mut sources = String::new();
    for (name, body) in pages {
        origin.put(&format!("/{name}"), Reply::html(body));
        for (kind, rules) in [
            (
                "rule",
                "[source.list]\ncontainer = \"ul.news\"\nitem = \"*\"\nnext_page = \"a\"\n",
            ),
            ("auto", ""),
        ] {
            let url = origin.url(&format!("/{name}"));
            sources.push_str(&format!(
                "[[source]]\nid = \"bad/{name}-{kind}\"\ntype = \"page\"\nurl = \"{url}#{kind}\"\n{rules}"
            ));
        }
    }
    let good = "<ul class=news><li><a href='/good.html'>大桥昨日合龙了</a></li></ul></html>";
    origin.put("/good", Reply::html(good));
    let url = origin.url("/good");
    sources.push_str(&format!(
        "[[source]]\nid = \"good/news\"\ntype = \"page\"\nurl = \"{url}\"\n[source.list]\nitem = \"li\"\n"
    ));
    let world = World::new(&sources);
    let daemon = world.start();
    daemon.wait_for_polls("good/news", 1);
    assert!(daemon.get("/good.json").text().contains("大桥昨日合龙了"));
    for (source, says) in [
        ("bad/deep-rule", "elements nested too deep"),
        ("bad/deep-auto", "elements nested too deep"),
        (
            "bad/dense-rule",
            "more elements than a page of its size has",
        ),
        (
            "bad/dense-auto",
            "more elements than a page of its size has",
        ),
        ("bad/prose-rule", "no element matches list.container"),
        ("bad/binary-auto", "not text"),
        ("bad/empty-rule", "the answer was empty"),
        ("bad/login-rule", "no element matches list.container"),
    ] {
        let line = daemon.wait_for(&format!("{source}: "));
        assert!(line.contains(says), "{line}");
    }
    for source in [
        "bad/prose-auto",
        "bad/links-auto",
        "bad/links-rule",
        "bad/tags-auto",
        "bad/calendar-auto",
    ] {
        daemon.wait_for(&format!("{source}: "));
    }
    assert_eq!(daemon.get("/healthz").status, 200);
}
