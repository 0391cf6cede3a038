//! Promise: nobody can tell which way a clean document went.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use crate::model::WebUrl;
use crate::source::Setting;
use crate::source::feed::scope::Scope;
use crate::source::feed::{clean, walk};
use crate::source::gate::Limits;

static ZONE: TimeZone = TimeZone::UTC;

fn setting() -> Setting<'static> {
    Setting {
        now: Timestamp::UNIX_EPOCH,
        zone: &ZONE,
        encoding: None,
        limits: Limits::default(),
    }
}

/// Reads a clean document both ways.
#[track_caller]
fn check_both_ways(text: &str) {
    let setting = setting();
    let base = WebUrl::parse("https://e.com/feed").unwrap();
    let scope = Scope::new(&setting, Some(&base));
    let clean =
        clean::read(text, &scope, setting.limits).unwrap_or_else(|| panic!("not clean: {text}"));
    let walked = walk::read(text, &scope, setting.limits).unwrap();
    assert_eq!(walked.about, clean.about, "given {text}");
    assert_eq!(walked.drafts, clean.drafts, "given {text}");
    assert_eq!(walked.format, clean.format, "given {text}");
}

fn clean_rss(texts: &[String]) -> String {
    let t = |n: usize| texts[n % texts.len()].as_str();
    format!(
        "<?xml version='1.0'?><rss version='2.0' xmlns:content='http://purl.org/rss/1.0/modules/content/' \
         xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:atom='http://www.w3.org/2005/Atom' \
         xmlns:slash='http://purl.org/rss/1.0/modules/slash/'><channel><title>t{}</title><link>/x</link>\
         <description>d{}</description><atom:link href='/feed' rel='self' type='application/rss+xml'/>\
         <language>zh</language><pubDate>Tue, 02 Jan 2024 03:04:05 +0800</pubDate>\
         <image><url>/i.png</url><title>i</title><link>/</link></image><item><title>t{}</title>\
         <link>/1?{}</link><guid isPermaLink='false'>g{}</guid><dc:creator>c{}</dc:creator>\
         <pubDate>Tue, 02 Jan 2024 03:04:05 GMT</pubDate><category>k{}</category><category>l</category>\
         <enclosure url='/a.mp3' length='1' type='audio/mpeg'/><slash:comments>3</slash:comments>\
         <description>d{}</description><content:encoded><![CDATA[<p>a & <a href='b'>b</a>]]></content:encoded>\
         </item><item><guid>https://e.com/2</guid><author>a@e.com (A)</author></item></channel></rss>",
        t(0),
        t(1),
        t(2),
        t(3),
        t(4),
        t(5),
        t(6),
        t(7)
    )
}

fn clean_atom(texts: &[String]) -> String {
    let t = |n: usize| texts[n % texts.len()].as_str();
    format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><title>t{}</title><id>urn:{}</id>\
         <updated>2024-01-02T03:04:05.5+08:00</updated><link href='/'/><link rel='self' href='/f'/>\
         <author><name>n{}</name><uri>/n</uri></author><subtitle type='html'>s{}</subtitle>\
         <entry><title type='html'>t{}</title><id>urn:{}</id><updated>2024-01-02T03:04:05Z</updated>\
         <published>2024-01-01T03:04:05Z</published><link href='/1'/><link rel='enclosure' href='/a' length='2'/>\
         <category term='k' label='l'/><summary>s{}</summary><content type='html'>c{}</content>\
         <author><name>a</name><email>a@e.com</email></author></entry></feed>",
        t(0),
        t(1),
        t(2),
        t(3),
        t(4),
        t(5),
        t(6),
        t(7)
    )
}

proptest! {
    #[test]
    fn a_clean_feed_reads_the_same_both_ways(
        texts in proptest::collection::vec(
            prop_oneof![Just("济南"), Just(" a  b "), Just("&amp;"), Just("&lt;p&gt;"), Just("&amp;nbsp;"), Just("&quot;x"), Just("")]
                .prop_map(str::to_owned),
            1..9,
        )
    ) {
        check_both_ways(&clean_rss(&texts));
        check_both_ways(&clean_atom(&texts));
    }
}

#[test]
fn only_clean_feeds_go_to_the_packages() {
    #[track_caller]
    fn check_not_clean(given: &str, with: &str) {
        let setting = setting();
        let scope = Scope::new(&setting, None);
        let text = clean_rss(&[String::new()]).replacen(given, with, 1);
        assert!(text.contains(with), "{given} was not there");
        assert_eq!(
            clean::read(&text, &scope, setting.limits),
            None,
            "with {with}"
        );
    }
    check_not_clean("<link>", "<link xml:base='x'>");
    check_not_clean("<item>", "<item xml:lang='de'>");
    check_not_clean("<title>t", "<title>a &nbsp;");
    check_not_clean("<title>t", "<title>a <b>c</b>");
    check_not_clean("<title>t", "<title>x</title><title>");
    check_not_clean("</channel>", "");
    check_not_clean("<dc:creator>c", "<media:x/><dc:creator>c");
    check_not_clean("<enclosure ", "<enclosure url='b'/><enclosure ");
}
