//! Every kind of source, from its bytes to the channel.

use encoding_rs::{BIG5, GB18030};

use crate::world::{Origin, Reply, World};

const RSS20: &str = r#"<?xml version="1.0"?><rss version="2.0"
 xmlns:content="http://purl.org/rss/1.0/modules/content/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel><title>望潮晚报</title><link>http://paper.example/</link><description>d</description>
<item><title>大桥合龙</title><link>http://paper.example/1.html</link><guid>g-1</guid>
<pubDate>Mon, 02 Nov 2026 08:00:00 +0800</pubDate><dc:creator>苏晚晴</dc:creator>
<description>昨天下午三点大桥合龙。</description>
<content:encoded><![CDATA[<p>昨天下午三点，<b>大桥</b>合龙。</p><script>alert(1)</script>]]></content:encoded></item>
</channel></rss>"#;

/// Serves `body`, polls it once as a feed, and returns the channel as RSS.
#[track_caller]
fn channel_of(kind: &str, body: impl Into<Vec<u8>>) -> String {
    let origin = Origin::start(2);
    origin.put("/feed", Reply::ok(kind, body));
    let world = World::new(&format!(
        "[[source]]\nid = \"haiyue/news\"\nurl = \"{}\"",
        origin.url("/feed")
    ));
    let daemon = world.start();
    daemon.wait_for_polls("haiyue/news", 1);
    let answer = daemon.get("/haiyue.rss");
    assert_eq!(answer.status, 200, "{}", daemon.log());
    answer.text()
}

#[track_caller]
fn has(document: &str, wanted: &[&str]) {
    for text in wanted {
        assert!(document.contains(text), "no `{text}` in\n{document}");
    }
}

#[test]
fn rss_20() {
    let channel = channel_of("application/rss+xml", RSS20);
    has(
        &channel,
        &[
            "大桥合龙",
            "http://paper.example/1.html",
            "苏晚晴",
            "<b>大桥</b>",
        ],
    );
    has(&channel, &["Mon, 02 Nov 2026 00:00:00 GMT"]);
    assert!(!channel.contains("alert"), "{channel}");
}

#[test]
fn rss_091() {
    let body = r#"<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE rss PUBLIC "-//Netscape Communications//DTD RSS 0.91//EN" "http://my.netscape.com/publish/formats/rss-0.91.dtd">
<rss version="0.91"><channel><title>Paper</title><link>http://paper.example/</link>
<description>d</description><language>en</language>
<item><title>Bridge closed</title><link>http://paper.example/2</link></item></channel></rss>"#;
    has(
        &channel_of("text/xml", body),
        &["Bridge closed", "http://paper.example/2"],
    );
}

#[test]
fn rss_10() {
    let body = r#"<?xml version="1.0"?><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
 xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="http://paper.example/"><title>Paper</title><link>http://paper.example/</link>
<description>d</description><items><rdf:Seq><rdf:li rdf:resource="http://paper.example/3"/></rdf:Seq></items></channel>
<item rdf:about="http://paper.example/3"><title>Ferry runs again</title><link>http://paper.example/3</link>
<dc:date>2026-11-02T09:30:00+08:00</dc:date></item></rdf:RDF>"#;
    has(
        &channel_of("application/rdf+xml", body),
        &["Ferry runs again", "Mon, 02 Nov 2026 01:30:00 GMT"],
    );
}

#[test]
fn atom_10() {
    let body = r#"<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="en">
<title>Paper</title><id>urn:x:feed</id><updated>2026-11-02T09:30:00Z</updated>
<entry><title type="html">Fish &amp;amp; chips</title><id>urn:x:4</id><link href="http://paper.example/4"/>
<updated>2026-11-02T09:30:00Z</updated><author><name>Ann</name></author>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Long <em>text</em>.</p></div></content></entry></feed>"#;
    let channel = channel_of("application/atom+xml", body);
    has(
        &channel,
        &[
            "Fish &amp; chips",
            "http://paper.example/4",
            "Ann",
            "<em>text</em>",
        ],
    );
}

#[test]
fn json_feed() {
    let body = r#"{"version":"https://jsonfeed.org/version/1.1","title":"Paper","items":[
{"id":5,"url":"http://paper.example/5","title":"Market opens","content_html":"<p>At <i>dawn</i>.</p>",
"date_published":"2026-11-02T09:30:00Z","authors":[{"name":"Bo"}]}]}"#;
    has(
        &channel_of("application/json", body),
        &["Market opens", "<i>dawn</i>", "Bo"],
    );
}

#[test]
fn what_was_mended_is_told_by_the_status() {
    let origin = Origin::start(4);
    let mut feed = b"<rss version=\"2.0\"><channel><title>AT&T</title><item><title>a".to_vec();
    feed.push(0xff);
    feed.extend(
        "b</title><description>济南今天下大雪</description></item></channel></rss>".as_bytes(),
    );
    origin.put("/feed", Reply::rss(feed));
    let url = origin.url("/feed");
    let world = World::new(&format!("[[source]]\nid = \"a/b\"\nurl = \"{url}\"\n"));
    assert!(world.poll_once().status.success());
    let status = |json: &[&str]| {
        let mut command = world.command("status");
        let output = command.args(json).arg("a/b").output().unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let row: serde_json::Value = serde_json::from_str(&status(&["--json"])).unwrap();
    assert_eq!(row["seen"]["replaced"], 1, "{row}");
    assert_eq!(row["seen"]["repaired"][0], "bare &", "{row}");
    let words = status(&[]);
    assert!(words.contains("undecodable     1;"), "{words}");
    assert!(words.contains("repaired        bare &"), "{words}");
}

#[test]
fn charsets_of_newspapers_are_read() {
    let declared = RSS20.replace("version=\"1.0\"?", "version=\"1.0\" encoding=\"gb2312\"?");
    let (bytes, _, _) = GB18030.encode(&declared);
    has(
        &channel_of("text/xml", bytes.into_owned()),
        &["大桥合龙", "望潮晚报"],
    );
    let (bytes, _, _) = BIG5.encode(RSS20);
    has(
        &channel_of("text/xml; charset=big5", bytes.into_owned()),
        &["大桥合龙"],
    );
    let utf16: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(RSS20.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    has(&channel_of("text/xml", utf16), &["大桥合龙"]);
}

#[test]
fn a_gbk_list_page_and_its_articles() {
    let list = r#"<html><head><meta http-equiv="Content-Type" content="text/html; charset=gb2312"></head>
<body><ul class="nav"><li><a href="/about">关于</a></li></ul>
<ul class="news"><li><a href="/a/1.html">园区加速建设新动能</a><span class="time">2026-11-02 12:49</span></li>
<li><a href="a/2.html">共享汽车来了</a><span class="time">11-01</span></li></ul></body></html>"#;
    let article = r#"<html><head><meta charset="gbk"><title>园区加速建设新动能_松岭日报</title></head><body>
<h1>园区加速建设新动能</h1><div class="info">来源：松岭日报 2026-11-02 12:49</div>
<div id="zoom"><p><img src="/p.jpg"></p><p>园区各项目正在加速建设。(潘延虎 摄)</p>
<p>刚刚过去的一年，园区招商引资实现新突破。</p><div class="share">分享</div>
<p>(本报记者 张素芬 李冬阳 通讯员 齐龙跃)</p></div></body></html>"#;
    let origin = Origin::start(3);
    let gbk = |html: &str| Reply::html(GB18030.encode(html).0.into_owned());
    origin
        .put("/", gbk(list))
        .put("/a/1.html", gbk(article))
        .put("/a/2.html", Reply::status(500));
    let world = World::new(&format!(
        r##"[[source]]
id = "haiyue/songling/daily"
type = "page"
url = "{}"
timezone = "Asia/Shanghai"
[source.list]
container = "ul.news"
item = "li"
link = "a@href"
title = "a"
date = "span.time"
[source.article]
content = "#zoom"
origin = {{ css = ".info", regex = "来源[:：]\\s*(\\S+)" }}
remove = [".share"]
"##,
        origin.url("/")
    ));
    let daemon = world.start();
    daemon.wait_for_polls("haiyue/songling/daily", 1);
    let channel = daemon.get("/haiyue/songling.rss").text();
    has(
        &channel,
        &[
            "园区加速建设新动能",
            "招商引资实现新突破",
            "Mon, 02 Nov 2026 04:49:00 GMT",
        ],
    );
    has(&channel, &["张素芬", "李冬阳", "共享汽车来了"]);
    assert!(
        !channel.contains("关于") && !channel.contains("分享"),
        "{channel}"
    );
    let json = daemon.get("/haiyue/songling.json").text();
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let story = json["items"][0]["_gazetted"]["story_url"].as_str().unwrap();
    let (_, id) = story.rsplit_once('/').unwrap();
    let page = daemon.get(&format!("/story/{id}")).text();
    has(
        &page,
        &[
            "松岭日报",
            "潘延虎 摄",
            "张素芬",
            "招商引资实现新突破",
            "/a/1.html",
        ],
    );

    // A page that could not be read is asked for again.
    origin.put(
        "/a/2.html",
        gbk(&article.replace("园区加速建设新动能", "共享汽车来了")),
    );
    origin.wait("/a/2.html", 2);
    daemon.wait_for("items.changed=1");
}
