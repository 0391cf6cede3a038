//! Odd sizes, addresses and values.

use super::*;

#[test]
fn names_values_and_comments_of_megabytes_are_borne() {
    let big = "x".repeat(5 << 20);
    let item = "<item><title>a</title></item>";
    for part in [
        format!("<{big}/>"),
        format!("<a b='{big}'/>"),
        format!("<!--{big}-->"),
        format!("<?{big}?>"),
        "<?x y?>".repeat(500_000),
        format!("<description><![CDATA[{big}]]></description>"),
    ] {
        let got = reading(&rss(&format!("{part}{item}")));
        assert_eq!(got.drafts[0].title.as_deref(), Some("a"));
        let about = got.about.subtitle.unwrap_or_default();
        assert!(about.len() <= 2 << 20);
    }
}

#[test]
fn texts_whose_addresses_grow_stay_within_the_limit() {
    let links = "<a href='1'>a</a>".repeat(100_000);
    let entry = format!(
        "<feed xmlns='http://www.w3.org/2005/Atom'><entry><link href='http://e.com/{}'/>\
         <content type='html'><![CDATA[{links}]]></content></entry></feed>",
        "x/".repeat(50)
    );
    let got = reading(&entry);
    let content = &got.drafts[0].content[0].value;
    assert!(content.contains("http://e.com/x/"));
    assert!(content.len() <= 2 << 20);
}

#[test]
fn addresses_are_made_whole() {
    #[track_caller]
    fn check_link(link: &str, want: &str) {
        let got = reading(&rss(&format!("<item><link>{link}</link></item>")));
        let found = got.drafts[0].link.as_ref().map(WebUrl::as_str);
        assert_eq!(found, (!want.is_empty()).then_some(want), "given {link}");
    }
    check_link("/a", "https://e.com/a");
    check_link("../x", "https://e.com/x");
    check_link("?q", "https://e.com/feed?q");
    check_link("//f.com/x", "https://f.com/x");
    check_link("/\\f.com/x", "https://f.com/x");
    check_link("https:foo", "");
    check_link("HTTP://F.com:80/%7Ea", "http://f.com/%7Ea");
    check_link("javascript:alert(1)", "");
    check_link("magnet:?x", "");
    check_link("", "");
    let nested = "<feed xmlns='http://www.w3.org/2005/Atom' xml:base='http://f.com/a/'>\
        <entry xml:base='b/'><link xml:base='c/' href='d'/></entry></feed>";
    let link = reading(nested).drafts[0].link.clone().unwrap();
    assert_eq!(link.as_str(), "http://f.com/a/b/c/d");
}

#[test]
fn json_of_any_kind_is_borne() {
    let feed = |items: &str| {
        format!("{{\"version\": \"https://jsonfeed.org/version/1\", \"items\": {items}}}")
    };
    let got = reading(&feed(
        "[{\"id\": 7, \"title\": \"a\\ud800b\"}, null, 3, {\"id\": null}]",
    ));
    assert_eq!(got.drafts[0].guid.as_deref(), Some("7"));
    assert!(
        got.drafts[0]
            .title
            .as_deref()
            .is_some_and(|title| title.starts_with('a'))
    );
    let none = reading(&feed("null"));
    assert!(none.drafts.is_empty());
    check_refused(&feed(&"[".repeat(256_000)), "broken");
}
