//! The papers' web sites, on loopback addresses: RSS, Atom, a GBK list page with
//! GBK article pages, a JSON feed, and an RSS feed whose server fails now and then.

use std::fmt::Write as _;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use anyhow::Context;
use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderName, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use encoding_rs::GBK;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ZonedDateTime};
use tokio::net::TcpListener;

use super::picture;
use super::press::{Paper, Printed};
use crate::clock;

/// Time zone of the papers.
const ZONE: &str = "Asia/Shanghai";

/// Period of failures of the failing server, in requests.
const FAILS_EVERY: u32 = 3;

/// Format in which a paper's site offers its articles.
#[derive(Clone, Copy, Debug)]
enum SiteKind {
    Rss,
    FailingRss,
    Atom,
    Json,
    GbkPages,
}

/// Papers: source id, format, paper. The address 127.0.0.N follows from the place in the
/// list, N being 11 for the first.
const PAPERS: &[(&str, SiteKind, Paper)] = &[
    (
        "haiyue/wangchao/evening",
        SiteKind::Rss,
        paper("望潮晚报", "望潮", 0, true),
    ),
    (
        "haiyue/songling/daily",
        SiteKind::GbkPages,
        paper("松岭日报", "松岭", 1, true),
    ),
    (
        "haiyue/bulletin",
        SiteKind::FailingRss,
        paper("海岳通讯", "海岳", 2, false),
    ),
    (
        "beiyuan/yunzhou/news",
        SiteKind::Atom,
        paper("云洲新闻网", "云洲", 3, true),
    ),
    (
        "beiyuan/observer",
        SiteKind::Json,
        paper("北原观察", "北原", 4, false),
    ),
];

/// Head of the demo's `feeds.toml`: private addresses allowed, polls every 5 seconds,
/// channels.
const CHANNELS: &str = r#"
[server]
title = "gazetted 示例"

[http]
allow_private = ["127.0.0.0/8"]

[host."*"]
spacing = "0s"

[defaults]
interval = "5s"
min_interval = "5s"

[[channel]]
id = "haiyue"
title = "海岳省"
description = "海岳省的新闻。"
[[channel]]
id = "haiyue/wangchao"
title = "望潮市"
description = "望潮新闻，潮起潮落都是家常。"
[[channel]]
id = "haiyue/songling"
title = "松岭市"
[[channel]]
id = "beiyuan"
title = "北原省"
[[channel]]
id = "beiyuan/yunzhou"
title = "云洲市"
"#;

/// Rules of the source that is a list page.
const PAGE_RULES: &str = r#"timezone = "Asia/Shanghai"
priority = 10
[source.list]
container = "ul.news"
item = "li"
link = "a@href"
title = "a"
date = "span.time"
[source.article]
content = "div.article"
remove = [".share"]
"#;

/// Sites of all papers, running for as long as the runtime is.
#[derive(Debug)]
pub(super) struct Papers {
    /// Name and home page of each paper.
    pub(super) addresses: Vec<(&'static str, String)>,
    /// Text of a `feeds.toml` that reads them all.
    pub(super) config: String,
}

struct Site {
    kind: SiteKind,
    paper: Paper,
    home: String,
    begun: Timestamp,
    n_requests: AtomicU32,
}

const fn paper(name: &'static str, town: &'static str, number: i64, takes_wire: bool) -> Paper {
    Paper {
        name,
        town,
        number,
        takes_wire,
    }
}

/// Opens all sites, each on a loopback address and a free port of its own.
///
/// # Errors
///
/// If the system has no address in 127.0.0.0/8 to listen at.
pub(super) async fn open(begun: Timestamp) -> anyhow::Result<Papers> {
    let mut papers = Papers {
        addresses: Vec::new(),
        config: CHANNELS.to_owned(),
    };
    for (n, (id, kind, paper)) in PAPERS.iter().enumerate() {
        let host = u8::try_from(n + 11).context("few papers")?;
        let listener = TcpListener::bind(SocketAddr::from(([127, 0, 0, host], 0)))
            .await
            .context("cannot open a made-up paper's site on 127.0.0.0/8")?;
        let home = format!("http://{}/", listener.local_addr()?);
        papers.addresses.push((paper.name, home.clone()));
        let path = if matches!(kind, SiteKind::GbkPages) {
            ""
        } else {
            "feed"
        };
        let name = paper.name;
        let _ = writeln!(
            papers.config,
            "[[source]]\nid = \"{id}\"\nurl = \"{home}{path}\""
        );
        let rules = match kind {
            SiteKind::GbkPages => format!("type = \"page\"\ntitle = \"{name}\"\n{PAGE_RULES}"),
            _ => String::new(),
        };
        papers.config.push_str(&rules);
        let site = Site {
            kind: *kind,
            paper: *paper,
            home,
            begun,
            n_requests: AtomicU32::new(0),
        };
        let router = Router::new()
            .route("/", get(front))
            .route("/feed", get(feed))
            .route("/{article}", get(article))
            .with_state(Arc::new(site));
        tokio::spawn(axum::serve(listener, router).into_future());
    }
    Ok(papers)
}

async fn feed(State(site): State<Arc<Site>>) -> Response {
    let n_requests = site.n_requests.fetch_add(1, Ordering::Relaxed);
    if matches!(site.kind, SiteKind::FailingRss) && n_requests % FAILS_EVERY == FAILS_EVERY - 1 {
        return (StatusCode::SERVICE_UNAVAILABLE, "机房检修，稍后再来。").into_response();
    }
    let printed = site.paper.shown(site.begun, clock::now());
    let (kind, body) = match site.kind {
        SiteKind::Rss | SiteKind::FailingRss => ("application/rss+xml", rss(&site, &printed)),
        SiteKind::Atom => ("application/atom+xml", atom(&site, &printed)),
        SiteKind::Json => ("application/feed+json", json(&site, &printed)),
        SiteKind::GbkPages => return StatusCode::NOT_FOUND.into_response(),
    };
    ([(header::CONTENT_TYPE, kind)], body).into_response()
}

/// Serves the home page: a list of the articles that the paper shows.
async fn front(State(site): State<Arc<Site>>) -> Response {
    let mut list = String::new();
    for one in site.paper.shown(site.begun, clock::now()) {
        let Printed { serial, at, story } = one;
        let time = local(at).strftime("%Y-%m-%d %H:%M").to_string();
        let title = &story.title;
        let _ = writeln!(
            list,
            "<li><a href=\"/{serial}.html\">{title}</a> <span class=\"time\">{time}</span></li>"
        );
    }
    page(
        &site,
        site.paper.name,
        &format!("<ul class=\"news\">\n{list}</ul>"),
    )
}

async fn article(State(site): State<Arc<Site>>, Path(name): Path<String>) -> Response {
    if let Some(serial) = name.strip_suffix(".jpg") {
        let picture = picture::paint(serial.parse().unwrap_or_default());
        return ([(header::CONTENT_TYPE, "image/jpeg")], picture).into_response();
    }
    let serial = name
        .strip_suffix(".html")
        .and_then(|number| number.parse().ok());
    let found = serial.and_then(|serial| site.paper.article(serial, site.begun, clock::now()));
    let Some(Printed { serial, at, story }) = found else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let time = local(at).strftime("%Y-%m-%d %H:%M").to_string();
    let mut body = String::new();
    if let Some(caption) = &story.caption {
        let _ = writeln!(
            body,
            "<p class=\"photo\"><img src=\"/{serial}.jpg\" alt=\"\"></p>\n<p>{caption}</p>"
        );
    }
    for paragraph in &story.paragraphs {
        let _ = writeln!(body, "<p>{paragraph}</p>");
    }
    let (title, origin, author, name) =
        (&story.title, &story.origin, story.author, site.paper.name);
    let html = format!(
        "<h1>{title}</h1>\n<div class=\"info\">来源：{origin}　{time}</div>\n\
         <div class=\"article\">\n{body}<p>（本报记者 {author}）</p>\n\
         <div class=\"share\">分享到：微信 微博</div>\n</div>"
    );
    page(&site, &format!("{title}_{name}"), &html)
}

/// Builds a page in GBK, as many local papers still send them.
fn page(site: &Site, title: &str, main: &str) -> Response {
    let name = site.paper.name;
    let html = format!(
        "<!DOCTYPE html>\n<html lang=\"zh-CN\"><head><meta charset=\"gbk\"><title>{title}</title></head>\n\
         <body><h2><a href=\"/\">{name}</a></h2>\n{main}\n<p>版权所有 {name}</p></body></html>\n"
    );
    let (bytes, _, _) = GBK.encode(&html);
    let headers: [(HeaderName, &str); 1] = [(header::CONTENT_TYPE, "text/html")];
    (headers, bytes.into_owned()).into_response()
}

fn rss(site: &Site, printed: &[Printed]) -> String {
    let (name, home) = (site.paper.name, &site.home);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<rss version=\"2.0\" \
         xmlns:dc=\"http://purl.org/dc/elements/1.1/\" \
         xmlns:content=\"http://purl.org/rss/1.0/modules/content/\" \
         xmlns:media=\"http://search.yahoo.com/mrss/\"><channel>\n\
         <title>{name}</title><link>{home}</link><description>{name}</description>\
         <language>zh-CN</language>\n"
    );
    for Printed { serial, at, story } in printed {
        let date = local(*at).strftime("%a, %d %b %Y %H:%M:%S %z").to_string();
        let (title, author, lead) = (&story.title, story.author, &story.paragraphs[0]);
        let text = html(story);
        let picture = story.caption.as_ref().map_or_else(String::new, |caption| {
            format!(
                "<media:content url=\"{home}{serial}.jpg\" medium=\"image\" type=\"image/jpeg\">\
                 <media:description>{caption}</media:description></media:content>"
            )
        });
        let _ = writeln!(
            xml,
            "<item><title>{title}</title><link>{home}{serial}.html</link>\
             <guid isPermaLink=\"false\">{name}-{serial}</guid><pubDate>{date}</pubDate>\
             <dc:creator>{author}</dc:creator><description>{lead}</description>\
             <content:encoded><![CDATA[{text}]]></content:encoded>{picture}</item>"
        );
    }
    xml + "</channel></rss>\n"
}

fn atom(site: &Site, printed: &[Printed]) -> String {
    let (name, home) = (site.paper.name, &site.home);
    let updated = printed.first().map_or(site.begun, |newest| newest.at);
    let mut xml = format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n<feed xmlns=\"http://www.w3.org/2005/Atom\" \
         xml:lang=\"zh-CN\">\n<title>{name}</title><id>{home}</id><link href=\"{home}\"/>\
         <updated>{updated}</updated>\n"
    );
    for Printed { serial, at, story } in printed {
        let (title, author, lead) = (&story.title, story.author, &story.paragraphs[0]);
        let text = html(story).replace('&', "&amp;").replace('<', "&lt;");
        let _ = writeln!(
            xml,
            "<entry><title>{title}</title><id>{home}{serial}</id>\
             <link href=\"{home}{serial}.html\"/><published>{at}</published><updated>{at}</updated>\
             <author><name>{author}</name></author><summary>{lead}</summary>\
             <content type=\"html\">{text}</content></entry>"
        );
    }
    xml + "</feed>\n"
}

fn json(site: &Site, printed: &[Printed]) -> String {
    let home = &site.home;
    let items: Vec<serde_json::Value> = printed
        .iter()
        .map(|Printed { serial, at, story }| {
            serde_json::json!({
                "id": format!("{home}{serial}"),
                "url": format!("{home}{serial}.html"),
                "title": story.title,
                "summary": story.paragraphs[0],
                "content_html": html(story),
                "date_published": at.to_string(),
                "authors": [{ "name": story.author }],
            })
        })
        .collect();
    serde_json::json!({
        "version": "https://jsonfeed.org/version/1.1",
        "title": site.paper.name,
        "home_page_url": home,
        "language": "zh-CN",
        "items": items,
    })
    .to_string()
}

fn html(story: &super::texts::Story) -> String {
    story
        .paragraphs
        .iter()
        .map(|paragraph| format!("<p>{paragraph}</p>"))
        .collect()
}

fn local(at: Timestamp) -> ZonedDateTime {
    at.to_zoned_datetime(TimeZone::get(ZONE).unwrap_or(TimeZone::UTC))
}
