//! Pages without a feed, through the daemon: lists of several pages, APIs,
//! sitemaps, articles in parts, rules by host, and what may be republished.

use crate::world::{Origin, Reply, World};

/// A list page with these entries and a link to the next.
fn list_page(entries: &[(&str, &str)], next: &str) -> Reply {
    let items: Vec<String> = entries
        .iter()
        .map(|(address, title)| {
            format!("<li><a href='{address}'>{title}</a> <span>2026-11-02</span></li>")
        })
        .collect();
    Reply::html(format!(
        "<html><head><title>望潮新闻</title><meta charset=utf-8></head><body><ul class=news>{}</ul>\
         <a class=next href='{next}'>下一页</a></body></html>",
        items.concat()
    ))
}

/// An article page.
fn article(title: &str, text: &str, head: &str) -> Reply {
    Reply::html(format!(
        "<html><head><meta charset=utf-8><title>{title}_望潮网</title>{head}</head><body><h1>{title}</h1>\
         <p class=info>2026-11-02 08:30 来源：望潮晚报</p><div id=zoom>{text}</div></body></html>"
    ))
}

/// Polls `source` once and returns its channel as JSON.
#[track_caller]
fn channel_of(source: &str) -> String {
    let world = World::new(source);
    let daemon = world.start();
    daemon.wait_for_polls("haiyue/news", 1);
    daemon.get("/haiyue.json").text()
}

#[track_caller]
fn has(document: &str, wanted: &[&str]) {
    for text in wanted {
        assert!(document.contains(text), "no `{text}` in\n{document}");
    }
}

#[track_caller]
fn lacks(document: &str, others: &[&str]) {
    for text in others {
        assert!(!document.contains(text), "`{text}` in\n{document}");
    }
}

fn source(url: &str, more: &str) -> String {
    format!("[[source]]\nid = \"haiyue/news\"\nurl = \"{url}\"\n{more}")
}

const LIST: &str = "[source.list]\ncontainer = \"ul.news\"\nitem = \"li\"\ndate = \"span\"\n";

#[test]
fn a_list_is_read_on_while_its_pages_bring_news() {
    let origin = Origin::start(2);
    origin.put("/", list_page(&[("/1.html", "第一条新闻标题")], "/p2"));
    origin.put("/p2", list_page(&[("/2.html", "第二条新闻标题")], "/p3"));
    origin.put("/p3", list_page(&[("/3.html", "第三条新闻标题")], "/p4"));
    let rules = format!("type = \"page\"\n{LIST}next_page = \"a.next\"\nmax_pages = 3");
    let world = World::new(&source(&origin.url("/"), &rules));
    let daemon = world.start();
    daemon.wait_for_polls("haiyue/news", 1);
    let channel = daemon.get("/haiyue.json").text();
    has(&channel, &["第一条", "第二条", "第三条"]);
    assert!(origin.asked("/p4").is_empty(), "beyond max_pages");
    // The next page is asked for only when the first brings something.
    origin.put("/", list_page(&[("/1.html", "第一条新闻标题")], "/p2?x"));
    let n_polls = origin.asked("/").len();
    origin.wait("/", n_polls + 2);
    assert!(origin.asked("/p2?x").is_empty());
    let new = [("/9.html", "第九条新闻标题"), ("/1.html", "第一条新闻标题")];
    origin.put("/", list_page(&new, "/p2"));
    origin.wait("/p2", 2);
}

#[test]
fn a_next_page_that_leads_back_ends() {
    let origin = Origin::start(2);
    origin.put("/", list_page(&[("/1.html", "第一条新闻标题")], "/p2"));
    origin.put("/p2", list_page(&[("/2.html", "第二条新闻标题")], "/"));
    let rules = format!("type = \"page\"\n{LIST}next_page = \"a.next\"\nmax_pages = 100");
    has(
        &channel_of(&source(&origin.url("/"), &rules)),
        &["第一条", "第二条"],
    );
    assert_eq!(origin.asked("/p2").len(), 1);
}

#[test]
fn a_further_page_that_fails_is_asked_for_again() {
    let origin = Origin::start(2);
    origin.put("/", list_page(&[("/1.html", "第一条新闻标题")], "/p2"));
    origin.put("/p2", Reply::status(500));
    let rules = format!("type = \"page\"\n{LIST}next_page = \"a.next\"");
    let world = World::new(&source(&origin.url("/"), &rules));
    let daemon = world.start();
    daemon.wait_for_polls("haiyue/news", 1);
    has(&daemon.log(), &["/p2 could not be read"]);
    has(&daemon.get("/haiyue.json").text(), &["第一条"]);
}

#[test]
fn a_list_without_rules_is_found() {
    let origin = Origin::start(2);
    let entries: Vec<(String, String)> = (1..=12)
        .map(|n| {
            (
                format!("/2026/11/{n:04}.html"),
                format!("第{n}条关于望潮大桥建设的新闻标题"),
            )
        })
        .collect();
    let entries: Vec<(&str, &str)> = entries
        .iter()
        .map(|(a, t)| (a.as_str(), t.as_str()))
        .collect();
    origin.put("/list", list_page(&entries, "/p2"));
    let channel = channel_of(&source(&origin.url("/list"), "type = \"page\""));
    has(&channel, &["第1条关于", "第12条关于", "2026-11-02"]);
    lacks(&channel, &["下一页"]);
}

#[test]
fn xpath_finds_what_css_cannot() {
    let origin = Origin::start(2);
    let page = "<html><body><table><tr><th>新闻</th></tr><tr><td>2026-11-02</td><td><a href=/1.html>大桥合龙了</a></td></tr>\
                <tr><td>2026-11-01</td><td><a href=/2.html>渔船归港了</a></td></tr></table></body></html>";
    origin.put("/", Reply::html(page));
    let rules = "type = \"page\"\n[source.list]\nitem = \"xpath://tr[td/a]\"\nlink = \"xpath:td[2]/a/@href\"\n\
                 title = { xpath = \"string(td[2])\" }\ndate = \"xpath:td[1]\"";
    let channel = channel_of(&source(&origin.url("/"), rules));
    has(
        &channel,
        &["大桥合龙了", "渔船归港了", "/1.html", "2026-11-01"],
    );
}

#[test]
fn an_api_is_a_source() {
    let origin = Origin::start(2);
    let json = r#"{"data": [{"id": 7, "t": "大桥合龙了", "at": 1793577600}, {"id": 8, "t": "渔船归港了", "at": 1793577600}]}"#;
    origin.put("/api", Reply::ok("application/json", json));
    let rules = "type = \"json\"\n[source.list]\nitem = \"data[*]\"\ntitle = \"t\"\ndate = \"at\"\n\
                 link = { json = \"id\", template = \"/a/{}.html\" }";
    let channel = channel_of(&source(&origin.url("/api"), rules));
    has(
        &channel,
        &["大桥合龙了", "/a/7.html", "/a/8.html", "2026-11-02"],
    );
}

#[test]
fn a_sitemap_is_read_with_the_pages_it_names() {
    let origin = Origin::start(2);
    let index = format!(
        "<sitemapindex><sitemap><loc>{}</loc></sitemap></sitemapindex>",
        origin.url("/news.xml")
    );
    let map = format!(
        "<urlset><url><loc>{}</loc><lastmod>2026-11-02</lastmod></url><url><loc>{}</loc></url></urlset>",
        origin.url("/1.html"),
        origin.url("/gone.html")
    );
    origin.put("/sitemap.xml", Reply::ok("application/xml", index));
    origin.put("/news.xml", Reply::ok("application/xml", map));
    origin.put(
        "/1.html",
        article(
            "大桥合龙了",
            &"昨天下午三点，大桥合龙，市民在岸边观看。".repeat(9),
            "",
        ),
    );
    let channel = channel_of(&source(&origin.url("/sitemap.xml"), "type = \"sitemap\""));
    has(&channel, &["大桥合龙了", "2026-11-02T00:30:00"]);
    // What has no headline yet waits, and text is shown only where it is asked for.
    lacks(&channel, &["gone.html", "市民在岸边"]);
}

#[test]
fn an_article_in_parts_is_joined() {
    let origin = Origin::start(2);
    origin.put("/", list_page(&[("/a.html", "大桥合龙了")], "/"));
    let next = |to: &str| format!("<a href='{to}'>下一页</a>");
    origin.put(
        "/a.html",
        article(
            "大桥合龙了",
            &format!("<p>第一部分。</p>{}", next("a_2.html")),
            "",
        ),
    );
    origin.put(
        "/a_2.html",
        article(
            "大桥合龙了",
            &format!("<p>第二部分。</p>{}", next("a_3.html")),
            "",
        ),
    );
    origin.put(
        "/a_3.html",
        article(
            "大桥合龙了",
            &format!("<p>第三部分。</p>{}", next("a_3.html")),
            "",
        ),
    );
    let rules = format!("type = \"page\"\n{LIST}[source.article]\ncontent = \"#zoom p\"");
    let channel = channel_of(&source(&origin.url("/"), &rules));
    has(&channel, &["第一部分。", "第二部分。", "第三部分。"]);
    assert_eq!(origin.asked("/a_3.html").len(), 1);
}

#[test]
fn the_page_that_has_all_is_read_instead() {
    let origin = Origin::start(2);
    origin.put("/", list_page(&[("/a.html", "大桥合龙了")], "/"));
    origin.put(
        "/a.html",
        article(
            "大桥合龙了",
            "<p>第一部分。</p><a class=all href=/whole.html>全文</a>",
            "",
        ),
    );
    origin.put(
        "/whole.html",
        article("大桥合龙了", "<p>从头到尾。</p>", ""),
    );
    let rules = format!(
        "type = \"page\"\n{LIST}[source.article]\ncontent = \"#zoom\"\nsingle_page_link = \"a.all\""
    );
    let channel = channel_of(&source(&origin.url("/"), &rules));
    has(&channel, &["从头到尾"]);
    lacks(&channel, &["第一部分"]);
}

#[test]
fn rules_of_a_host_hold_for_all_its_sources() {
    let origin = Origin::start(2);
    origin.put(
        "/",
        list_page(&[("/a.html", "大桥合龙了"), ("/b.html", "")], "/"),
    );
    origin.put(
        "/a.html",
        article("大桥合龙了", "<p>岸边的人很多。</p>", ""),
    );
    let rules = "type = \"page\"\n[rule.\"127.0.0.2\".list]\nitem = \"ul.news li\"\ndate = \"span\"\n\
                 [rule.\"127.0.0.2\".article]\ncontent = \"#zoom\"";
    let channel = channel_of(&source(&origin.url("/"), rules));
    has(
        &channel,
        &["大桥合龙了", "岸边的人很多", "2026-11-02T00:30:00"],
    );
}

#[test]
fn text_is_republished_only_where_that_is_asked_for_and_allowed() {
    let origin = Origin::start(2);
    let text =
        "<p>昨天下午三点，大桥合龙，市民在岸边观看，场面热闹非凡，持续到深夜。</p>".repeat(6);
    let about = "<meta name=description content='导语一句。'>";
    origin.put("/", list_page(&[("/a.html", "大桥合龙了")], "/"));
    origin.put("/a.html", article("大桥合龙了", &text, about));
    let channel = |more: &str| channel_of(&source(&origin.url("/"), &format!("{more}\n{LIST}")));
    let always = channel("type = \"page\"\nfull_text = \"always\"");
    has(&always, &["市民在岸边"]);
    let unasked = channel("type = \"page\"");
    lacks(&unasked, &["市民在岸边", "导语一句"]);
    let about_only = channel_of(&source(
        &origin.url("/"),
        &format!("type = \"page\"\n{LIST}[source.article]\norigin = \".info\""),
    ));
    has(&about_only, &["导语一句", "2026-11-02T00:30:00"]);
    lacks(&about_only, &["市民在岸边"]);
    let reserved = format!("{about}<meta name=robots content='index, NOARCHIVE'>");
    origin.put("/a.html", article("大桥合龙了", &text, &reserved));
    let reserved = channel("type = \"page\"\nfull_text = \"always\"");
    has(&reserved, &["大桥合龙了"]);
    lacks(&reserved, &["市民在岸边", "导语一句"]);
    let with_header = |value: &str| {
        let reply = article("大桥合龙了", &text, about).with("X-Robots-Tag", value);
        origin.put("/a.html", reply);
        channel("type = \"page\"\nfull_text = \"always\"")
    };
    lacks(&with_header("noarchive"), &["市民在岸边", "导语一句"]);
    has(&with_header("otherbot: noarchive"), &["市民在岸边"]);
}
