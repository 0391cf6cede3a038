//! A feed that is opened in a browser explains itself; whoever reads feeds gets the feed.

use tempfile::TempDir;

use crate::serve::{Listing, news};

/// Chromium 156 that goes to an address, over HTTPS.
const CHROMIUM: &str = "upgrade-insecure-requests: 1\r\n\
    accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,\
    */*;q=0.8,application/signed-exchange;v=b3;q=0.7\r\n\
    sec-fetch-mode: navigate\r\nsec-fetch-dest: document\r\n";

/// Firefox that goes to an address, over plain HTTP.
const FIREFOX: &str = "upgrade-insecure-requests: 1\r\n\
    accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n";

/// Headers of programs: curl, feedparser, SimplePie (FreshRSS), Go's (Miniflux), a reader that says
/// what browsers say, a script in a page, a page that embeds the document.
const PROGRAMS: [&str; 7] = [
    "accept: */*\r\n",
    "accept: application/atom+xml,application/rdf+xml,application/rss+xml,application/x-netcdf,\
     application/xml;q=0.9,text/xml;q=0.2,*/*;q=0.1\r\n",
    "accept: application/atom+xml, application/rss+xml, application/rdf+xml;q=0.9, \
     application/xml;q=0.8, text/xml;q=0.8, text/html;q=0.7, unknown/unknown;q=0.1, */*;q=0.1\r\n",
    "",
    "accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n",
    "accept: */*\r\nsec-fetch-mode: cors\r\nsec-fetch-dest: empty\r\n",
    "accept: text/html,*/*;q=0.8\r\nsec-fetch-dest: iframe\r\nupgrade-insecure-requests: 1\r\n",
];

/// Documents for programs, and their kinds.
const DOCUMENTS: [(&str, &str); 6] = [
    ("/shandong/jinan.rss", "application/rss+xml; charset=utf-8"),
    ("/index.atom", "application/atom+xml; charset=utf-8"),
    (
        "/shandong/jinan.json",
        "application/feed+json; charset=utf-8",
    ),
    (
        "/shandong/jinan/hot.rss",
        "application/rss+xml; charset=utf-8",
    ),
    ("/channels.opml", "text/x-opml; charset=utf-8"),
    ("/channels.opml?format=atom", "text/x-opml; charset=utf-8"),
];

#[tokio::test]
async fn a_person_gets_a_page_and_a_program_the_document() {
    let folder = TempDir::new().unwrap();
    let listing = Listing::open(&folder).await;
    let items = news(5);
    let title = items[4].title.clone();
    listing.carry(items);
    for (path, kind) in DOCUMENTS {
        let document = listing.ask("GET", path, "").await;
        assert_eq!(document.header("content-type"), kind, "{path}");
        assert!(!document.header("vary").contains("accept,"), "{path}");
        for headers in PROGRAMS {
            let answer = listing.ask("GET", path, headers).await;
            assert_eq!(answer.body, document.body, "{path} for {headers}");
            assert_eq!(answer.header("content-type"), kind, "{path} for {headers}");
        }
        for browser in [CHROMIUM, FIREFOX] {
            let page = listing.ask("GET", path, browser).await;
            assert_eq!(page.status, 200);
            assert_eq!(page.header("content-type"), "text/html; charset=utf-8");
            // No cache may keep it for those who read feeds.
            assert_eq!(page.header("cache-control"), "no-store");
            assert!(page.header("vary").contains("sec-fetch-dest"));
            let text = page.text();
            let address = match path {
                "/channels.opml" => "https://news.example/channels.opml?format=rss".to_owned(),
                path => format!("https://news.example{path}"),
            };
            assert!(text.contains(&format!("<code>{address}</code>")), "{text}");
            // What only one paper has is not hot.
            assert_eq!(text.contains(&title), !path.contains("/hot"), "{text}");
            let mark = if address.contains('?') { "&#38;" } else { "?" };
            let raw = format!("href=\"{address}{mark}raw=1\"");
            assert!(text.contains(&raw), "{raw} in {text}");
            let raw = match path.contains('?') {
                true => format!("{path}&raw=1"),
                false => format!("{path}?raw=1"),
            };
            let answer = listing.ask("GET", &raw, browser).await;
            assert_eq!(answer.body, document.body, "{raw}");
        }
    }
    let nowhere = listing.ask("GET", "/nowhere.rss", CHROMIUM).await;
    assert_eq!(nowhere.status, 404);
    listing.close().await;
}
