//! Promises of reading, whatever comes.

use std::fmt::Write as _;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::source::gate::Limits;

mod hostile;

static ZONE: TimeZone = TimeZone::UTC;

fn setting() -> Setting<'static> {
    Setting {
        now: Timestamp::UNIX_EPOCH,
        zone: &ZONE,
        encoding: None,
        limits: Limits::default(),
    }
}

fn document(body: &[u8]) -> Document {
    Document {
        url: WebUrl::parse("https://e.com/feed").unwrap(),
        content_type: None,
        content_language: None,
        robots: Vec::new(),
        body: body.to_vec().into(),
    }
}

fn attempt(body: &str) -> Result<Reading, ReadError> {
    read(&document(body.as_bytes()), &setting())
}

#[track_caller]
fn reading(body: &str) -> Reading {
    attempt(body).unwrap_or_else(|error| panic!("{error}: {body}"))
}

/// Checks the titles of the items in an RSS document, and what was mended.
#[track_caller]
fn check(items: &str, titles: &[&str], repaired: &[&str]) {
    let got = reading(&rss(items));
    let found: Vec<&str> = got
        .drafts
        .iter()
        .filter_map(|draft| draft.title.as_deref())
        .collect();
    assert_eq!(found, titles, "given {items}");
    assert_eq!(got.repaired, repaired, "given {items}");
    assert!(got.complete, "given {items}");
}

fn rss(items: &str) -> String {
    format!("<?xml version='1.0'?><rss version='2.0'><channel>{items}</channel></rss>")
}

#[track_caller]
fn check_refused(body: &str, code: &str) {
    let error = attempt(body)
        .map(|reading| reading.drafts.len())
        .unwrap_err();
    assert_eq!(error.code(), code, "{error}");
}

#[test]
fn a_clean_feed_needs_no_repair() {
    check(
        "<item><title>a</title></item><item><title>b</title></item>",
        &["a", "b"],
        &[],
    );
    check(
        "<item><title><![CDATA[a & b]]></title></item>",
        &["a & b"],
        &[],
    );
}

#[test]
fn mistakes_are_mended_where_they_stand() {
    check(
        "<item><title>AT&T R&D</title></item>",
        &["AT&T R&D"],
        &["bare &"],
    );
    check("<item><title>1 < 2</title></item>", &["1 < 2"], &["bare <"]);
    check(
        "<item><title>a&nbsp;&mdash;&eacute;</title></item>",
        &["a\u{a0}—é"],
        &["HTML entities"],
    );
    check(
        "<item><title>a&#0;&#xD800;b</title></item>",
        &["ab"],
        &["illegal characters"],
    );
    check(
        "<item><title>a<link>http://e.com/</link></item>",
        &["a"],
        &["unclosed tag"],
    );
    check(
        "<item><title>a</title><item><title>b</title></item>",
        &["a", "b"],
        &["unclosed tag"],
    );
    check(
        "<ITEM><TITLE>a</title></ITEM>",
        &["a"],
        &["wrong-case name"],
    );
    check(
        "<item><dc:title>a</dc:title></item>",
        &["a"],
        &["undeclared prefix"],
    );
    check(
        "<item><title>a</title></b></item>",
        &["a"],
        &["stray end tag"],
    );
}

#[test]
fn what_stands_around_a_feed_is_no_matter() {
    let feed = rss("<item><title>a</title></item>");
    for (before, after) in [
        ("\u{feff}\n\n", ""),
        ("Warning: x in <b>y.php</b>\n", ""),
        ("", "<script>x</script>"),
        ("", "\0\0"),
        ("", "<rss></rss>"),
        ("<!-- <rss> -->", "<!-- x -->"),
    ] {
        let got = reading(&format!("{before}{feed}{after}"));
        assert_eq!(got.drafts.len(), 1, "{before:?} {after:?}");
        assert!(got.complete, "{before:?} {after:?}");
    }
}

#[test]
fn a_title_is_plain_text_whatever_it_was_written_as() {
    check(
        "<item><title>A &lt;b&gt;bold&lt;/b&gt; &amp;amp; title</title></item>",
        &["A bold & title"],
        &[],
    );
    check(
        "<item><title>Vec&lt;String&gt;</title></item>",
        &["Vec<String>"],
        &[],
    );
    check("<item><title>a <i>b</i> c</title></item>", &["a b c"], &[]);
    check(
        "<item><title><![CDATA[&lt;x&gt;]]></title></item>",
        &["<x>"],
        &[],
    );
}

#[test]
fn a_guid_that_is_no_address_is_no_link() {
    for (guid, want) in [
        ("<guid>17</guid>", None),
        ("<guid isPermaLink='false'>/a/1</guid>", None),
        ("<guid>/a/1</guid>", Some("/a/1")),
        (
            "<guid isPermaLink='true'>https://p.example/1</guid>",
            Some("https://p.example/1"),
        ),
    ] {
        let got = reading(&rss(&format!("<item><title>t</title>{guid}</item>")));
        let address = got.drafts[0].address.as_deref();
        assert_eq!(address.is_some(), want.is_some(), "{guid}: {address:?}");
        assert!(
            want.is_none_or(|end| address.unwrap().ends_with(end)),
            "{guid}: {address:?}"
        );
    }
}

#[test]
fn a_cut_document_keeps_what_ended() {
    let whole = rss(
        "<item><title>a</title></item><item><title>b</title></item><item><title>c</title></item>",
    );
    for end in 0..whole.len() {
        match attempt(&whole[..end]) {
            Ok(got) => {
                assert!(!got.complete, "cut at {end}");
                let ended = whole[..end].matches("</item>").count();
                assert_eq!(got.drafts.len(), ended, "cut at {end}");
            }
            Err(error) => assert!(end <= 40, "cut at {end}: {error}"),
        }
    }
}

#[test]
fn depth_is_refused() {
    for name in ["<x:a>", "<a>", "<item>", "<media:group>"] {
        let deep = name.repeat(100_000);
        match attempt(&rss(&format!("<item>{deep}"))) {
            Ok(got) => assert!(got.drafts.len() <= 2_000),
            Err(error) => assert_eq!(error.code(), "too_much"),
        }
    }
    check_refused(
        &format!("<rss><channel><item>{}", "<a>".repeat(65)),
        "too_much",
    );
    check_refused(&"[".repeat(256_000), "incomplete");
    check_refused(&format!("{{\"a\": {}", "[".repeat(256_000)), "broken");
}

#[test]
fn too_many_entries_are_cut() {
    let got = reading(&rss(&"<item/>".repeat(1_000_000)));
    assert_eq!(got.drafts.len(), 2_000);
    assert!(got.complete);
}

#[test]
fn an_entry_of_crumbs_is_refused() {
    let crumbs = "<a/>".repeat(300_000);
    check_refused(&rss(&format!("<item>{crumbs}</item>")), "too_much");
}

#[test]
fn too_many_attributes_are_refused() {
    let mut tag = "<item".to_owned();
    (0..80_000).for_each(|n| write!(tag, " xmlns:a{n}='b'").unwrap());
    check_refused(&rss(&format!("{tag}/>")), "too_much");
}

#[test]
fn entities_of_a_document_are_never_expanded() {
    let bomb = "<!DOCTYPE r [<!ENTITY a 'xxxxxxxx'><!ENTITY b '&a;&a;'>\
        <!ENTITY f SYSTEM 'file:///etc/passwd'>]><rss><channel><title>&b;&f;</title></channel></rss>";
    assert_eq!(reading(bomb).about.title.as_deref(), Some("&b;&f;"));
}

#[test]
fn giants_are_cut_down() {
    let big = "x".repeat(4 << 20);
    let got = reading(&rss(&format!(
        "<item><title>{big}</title><description>{big}</description></item>"
    )));
    assert!(got.drafts[0].title.as_ref().unwrap().len() <= 4096);
    assert!(got.drafts[0].summary.as_ref().unwrap().len() <= 2 << 20);
    check_refused(&" ".repeat((10 << 20) + 1), "too_much");
}

#[test]
fn what_is_no_feed_is_named() {
    #[track_caller]
    fn check_found(body: &[u8], want: &str) {
        match read(&document(body), &setting()) {
            Err(ReadError::NotAFeed { found, .. }) => assert_eq!(found, want),
            other => panic!("{other:?}"),
        }
    }
    check_found(b"<!doctype html><html><body>x", "a web page");
    check_found(
        b"<html><script src=/cdn-cgi/challenge-platform/x>",
        "a challenge page",
    );
    check_found(b"%PDF-1.7", "a PDF");
    check_found(b"\x89PNG\r\n", "a picture");
    check_found(b"{\"a\": 1}", "JSON that is no feed");
    check_found(b"null", "plain text");
    check_found(b"<opml><body/></opml>", "an OPML list");
    check_refused("", "empty");
    check_refused(" \n", "empty");
}

#[test]
fn a_web_page_names_its_feeds() {
    let page = "<html><head><link rel='alternate' type='application/rss+xml' href='/a.xml'>\
        <LINK REL=alternate TYPE=application/atom+xml HREF=b><link rel=stylesheet href=c>";
    let Err(ReadError::NotAFeed { feeds, .. }) = attempt(page) else {
        panic!("this is no feed");
    };
    let feeds: Vec<&str> = feeds.iter().map(WebUrl::as_str).collect();
    assert_eq!(feeds, ["https://e.com/a.xml", "https://e.com/b"]);
}

#[test]
fn hostile_nesting_takes_linear_time() {
    // Anything worse than linear would take minutes for each of these.
    for part in [
        "<a b='<a b=\"",
        "<![CDATA[",
        "<!--",
        "<?x",
        "<a ",
        "</",
        "&#x",
        "<!DOCTYPE [",
        ",",
        "<script>",
    ] {
        let many = part.repeat(200_000);
        for body in [
            rss(&many),
            many.clone(),
            format!("<html class=h-entry>{many}"),
            format!("{{\"items\": [{many}"),
        ] {
            let _ = attempt(&body);
        }
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = read(&document(&bytes), &setting());
    }

    #[test]
    fn any_soup_is_read(
        parts in proptest::collection::vec(
            prop_oneof![
                Just("<rss version='2.0'>"), Just("<channel>"), Just("<item>"), Just("</item>"),
                Just("<title>"), Just("</title>"), Just("<feed xmlns='http://www.w3.org/2005/Atom'>"),
                Just("<entry>"), Just("</entry>"), Just("<content type='xhtml'>"), Just("<div>"),
                Just("</div>"), Just("<link href='x'/>"), Just("<![CDATA["), Just("]]>"), Just("&amp;"),
                Just("é & < >"), Just("<br>"), Just("<a href="), Just("'>"), Just("</rss>"),
                Just("<updated>2024-01-02T03:04:05Z</updated>"), Just("<media:group>"),
                Just("<media:content url='a'>"), Just("<source>"), Just("<georss:point>1 2</georss:point>"),
            ],
            0..40,
        )
    ) {
        let _ = attempt(&parts.concat());
    }
}

#[test]
fn when_it_wishes_to_be_asked_is_read_as_written() {
    let about = reading(&rss(
        "<title>P</title><link>http://p.example/</link><description>d</description><ttl>60</ttl>\
         <skipHours><hour>0</hour><hour> 1</hour></skipHours><skipDays><day>Sunday</day></skipDays>\
         <sy:updatePeriod>hourly</sy:updatePeriod><sy:updateFrequency>2</sy:updateFrequency>\
         <sy:updateBase>2000-01-01T12:00+00:00</sy:updateBase>",
    ))
    .about;
    assert_eq!(about.ttl.as_deref(), Some("60"));
    assert_eq!(about.schedule.skip_hours, ["0", "1"]);
    assert_eq!(about.schedule.skip_days, ["Sunday"]);
    assert_eq!(about.schedule.update_period.as_deref(), Some("hourly"));
    assert_eq!(about.schedule.update_frequency.as_deref(), Some("2"));
    assert_eq!(
        about.schedule.update_base.as_deref(),
        Some("2000-01-01T12:00+00:00")
    );
}
