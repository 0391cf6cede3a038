//! Commands that edit feeds.toml, and a configuration of several files.

use std::fs;
use std::path::Path;
use std::process::Output;

use gazetted::config::{Action, Config};
use gazetted::source::Reader;

use crate::world::{Origin, Reply, World, feed, gazetted, source};

#[track_caller]
fn run(config: &Path, arguments: &[&str]) -> (Option<i32>, String, String) {
    let mut command = gazetted();
    let Output {
        status,
        stdout,
        stderr,
    } = command
        .args(arguments)
        .arg("--config")
        .arg(config)
        .output()
        .unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code(), text(stdout), text(stderr))
}

const MINE: &str = "\
# mine, with care
[server]
title = \"我的\" # as readers see it

# ---- the papers
[[source]]
id = \"a/one\"
url = \"http://one.example/rss\" # the old one
";

const OPML: &str = r##"<?xml version="1.0"?>
<opml version="2.0" xmlns:frss="https://freshrss.org/opml" xmlns:miniflux="https://miniflux.app/opml"><body>
 <outline text="山东">
  <outline text="济南">
   <outline text="济南日报" type="rss" xmlUrl="http://jinan.example/rss" htmlUrl="http://jinan.example/"/>
   <outline text="A page" type="HTML+XPath" xmlUrl="http://page.example/news/" frss:xPathItem="//li[@class='n']"
     frss:xPathItemTitle="descendant::a" frss:xPathItemUri="descendant::a/@href"
     frss:xPathItemTimestamp="descendant::span" frss:xPathItemTimeFormat="Y-m-d H:i"
     frss:xPathItemAuthor="&quot;Nobody&quot;" frss:cssFullContent="#zoom" frss:CURLOPT_COOKIE="a=b"/>
  </outline>
  <outline text="old" type="rss" xmlUrl="feed:http://one.example/rss"/>
 </outline>
 <outline text="Blog &amp; more" type="rss" xmlUrl="https://blog.example/feed" miniflux:crawler="true"
   miniflux:blocklistRules="(?i)advert" miniflux:urlRewriteRules='rewrite("^http:"|"https:")'
   miniflux:rewriteRules='remove(".ad"),add_dynamic_image' miniflux:userAgent="x"/>
 <outline text="broken" type="rss" xmlUrl="nonsense"/>
</body></opml>"##;

#[test]
fn an_opml_file_becomes_sources_and_the_rest_of_the_file_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (config, opml) = (
        folder.path().join("feeds.toml"),
        folder.path().join("in.opml"),
    );
    fs::write(&config, MINE).unwrap();
    fs::write(&opml, OPML).unwrap();
    let (code, said, why) = run(&config, &["import-opml", opml.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}{why}");
    let text = fs::read_to_string(&config).unwrap();
    assert!(text.starts_with(MINE.trim_end()), "{text}");
    let loaded = Config::load(&config).unwrap();
    let ids: Vec<&str> = loaded.sources.keys().map(|id| id.as_str()).collect();
    let paper = "shan-dong/ji-nan/ji-nan-ri-bao";
    assert_eq!(
        ids,
        [
            "a/one",
            "imported/blog-more",
            "shan-dong/ji-nan/a-page",
            paper
        ]
    );
    let channel = |id: &str| loaded.channels[&id.parse().unwrap()].title.clone();
    assert_eq!(channel("shan-dong"), "山东");
    assert_eq!(channel("shan-dong/ji-nan"), "济南");
    let of = |id: &str| &loaded.sources[&id.parse().unwrap()];
    assert_eq!(of(paper).title.as_deref(), Some("济南日报"));
    let page = of("shan-dong/ji-nan/a-page");
    let Reader::Page(rules) = &page.reader else {
        panic!("{:?}", page.reader)
    };
    let list = rules.list.as_ref().unwrap();
    assert!(
        list.item.is_some() && list.title.is_some() && list.link.is_some() && list.date.is_some()
    );
    assert!(list.author.is_none());
    assert!(page.article.as_ref().unwrap().content.is_some());
    let blog = of("imported/blog-more");
    assert!(matches!(blog.filters[0].action, Action::Drop));
    assert_eq!(blog.rewrites.len(), 1);
    assert!(blog.article.as_ref().unwrap().remove.is_some());
    for left_out in [
        "CURLOPT_COOKIE",
        "xPathItemAuthor",
        "add_dynamic_image",
        "userAgent",
        "nonsense",
    ] {
        assert!(said.contains(left_out), "{left_out}: {said}");
    }
    assert!(said.contains("passed over 1"), "{said}");

    // Once more: all is there.
    let (_, said, _) = run(&config, &["import-opml", "--json", opml.to_str().unwrap()]);
    let said: serde_json::Value = serde_json::from_str(&said).unwrap();
    assert_eq!(said["added"].as_array().unwrap().len(), 0);
    assert_eq!(fs::read_to_string(&config).unwrap(), text);

    // And out again.
    let (code, out, _) = run(&config, &["export-opml"]);
    assert_eq!(code, Some(0));
    assert!(
        out.contains("xmlUrl=\"http://jinan.example/rss\"")
            && out.contains("<outline text=\"山东\">"),
        "{out}"
    );
    assert!(out.contains("url=\"http://page.example/news/\""), "{out}");
    fs::write(&opml, out).unwrap();
    let other = folder.path().join("other.toml");
    let (code, said, why) = run(&other, &["import-opml", opml.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{said}{why}");
    assert_eq!(Config::load(&other).unwrap().sources.len(), 3);
}

#[test]
fn what_would_not_be_good_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("feeds.toml");
    fs::write(&config, MINE).unwrap();
    let (code, _, why) = run(&config, &["remove", "a/one"]);
    assert_eq!(code, Some(1));
    assert!(why.contains("is left as it is"), "{why}");
    assert_eq!(fs::read_to_string(&config).unwrap(), MINE);
    let opml = folder.path().join("in.opml");
    fs::write(&opml, "<html><body>404</body></html>").unwrap();
    let (code, _, why) = run(&config, &["import-opml", opml.to_str().unwrap()]);
    assert_eq!(code, Some(1));
    assert!(why.contains("no outline"), "{why}");
}

#[test]
fn add_finds_the_feed_of_a_page_and_remove_takes_it_out() {
    let origin = Origin::start(2);
    let page = "<title>早报</title><link rel=alternate type=application/rss+xml href=/rss>";
    origin.put("/", Reply::html(page));
    origin.put("/rss", Reply::rss(feed(&["first", "second"])));
    let world = World::new(&source("a/one", &origin.url("/other")));
    let (home, rss) = (origin.url("/"), origin.url("/rss"));
    let dry = run(
        &world.config(),
        &["add", &home, "--channel", "b/c", "--dry-run"],
    );
    assert!(dry.1.contains("[[source]]\nid = \"b/c/p\""), "{dry:?}");
    assert_eq!(Config::load(&world.config()).unwrap().sources.len(), 1);
    let (code, said, why) = run(&world.config(), &["add", &home, "--channel", "b/c"]);
    assert_eq!(code, Some(0), "{said}{why}");
    assert!(
        said.contains("added b/c/p") && said.contains("2 entries"),
        "{said}"
    );
    let loaded = Config::load(&world.config()).unwrap();
    assert_eq!(loaded.sources[&"b/c/p".parse().unwrap()].url.as_str(), rss);
    assert_eq!(run(&world.config(), &["add", &home]).0, Some(1));
    assert_eq!(run(&world.config(), &["remove", "b/c/p"]).0, Some(0));
    assert_eq!(Config::load(&world.config()).unwrap().sources.len(), 1);
    assert_eq!(run(&world.config(), &["remove", "b/c/p"]).0, Some(1));
}

#[test]
fn included_files_are_read_and_mistakes_are_shown_where_they_are() {
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("feeds.toml");
    let more = folder.path().join("conf.d");
    fs::create_dir(&more).unwrap();
    fs::write(&config, format!("include = [\"conf.d/*.toml\"]\n{MINE}")).unwrap();
    fs::write(
        more.join("b.toml"),
        "[[source]]\nid = \"b/two\"\nurl = \"http://two.example/\"\n[[channel]]\nid = \"b\"\ntitle = \"乙\"\n",
    )
    .unwrap();
    fs::write(
        more.join("a.toml"),
        "[host.\"three.example\"]\nspacing = \"3s\"\n",
    )
    .unwrap();
    fs::write(more.join("readme.md"), "no TOML").unwrap();
    let loaded = Config::load(&config).unwrap();
    assert_eq!(loaded.sources.len(), 2);
    assert_eq!(loaded.channels[&"b".parse().unwrap()].title, "乙");
    assert_eq!(loaded.host("three.example").spacing.as_secs(), 3);

    fs::write(
        more.join("c.toml"),
        "[server]\ntitle = \"x\"\n[[source]]\nid = \"a/one\"\nurl = \"http://x.example/\"\nintervall = \"3m\"\n",
    )
    .unwrap();
    let (code, said, _) = run(&config, &["check", "--json"]);
    assert_eq!(code, Some(78));
    let verdict: serde_json::Value = serde_json::from_str(&said).unwrap();
    let problems: Vec<(&str, u64, &str)> = verdict["problems"]
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| {
            let file = problem["file"]
                .as_str()
                .unwrap()
                .rsplit('/')
                .next()
                .unwrap();
            (
                file,
                problem["line"].as_u64().unwrap(),
                problem["message"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(problems.len(), 3, "{problems:?}");
    assert!(
        problems.iter().all(|(file, ..)| *file == "c.toml"),
        "{problems:?}"
    );
    let lines: Vec<u64> = problems.iter().map(|(_, line, _)| *line).collect();
    assert_eq!(lines, [1, 4, 6], "{problems:?}");
    let (_, _, drawn) = run(&config, &["check"]);
    assert!(drawn.contains("conf.d/c.toml:4:6"), "{drawn}");
    assert!(
        drawn.contains("the first one is in") && drawn.contains("feeds.toml:8"),
        "{drawn}"
    );
    assert!(drawn.contains("did you mean `interval`?"), "{drawn}");
    fs::remove_file(more.join("c.toml")).unwrap();

    // A source of an included file is taken out of that.
    assert_eq!(run(&config, &["remove", "b/two"]).0, Some(0));
    assert!(
        !fs::read_to_string(more.join("b.toml"))
            .unwrap()
            .contains("two.example")
    );
    assert_eq!(Config::load(&config).unwrap().sources.len(), 1);
}
