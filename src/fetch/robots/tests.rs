//! RFC 9309 by its own examples, and what robots.txt files look like in truth.

use proptest::prelude::*;

use super::*;

fn url(path: &str) -> WebUrl {
    WebUrl::parse(&format!("https://paper.example{path}")).unwrap()
}

#[track_caller]
fn check(text: &str, path: &str, is_allowed: bool) {
    let forbidden = Rules::read(text.as_bytes());
    let forbidden = forbidden.forbids(&url(path), Purpose::Page);
    assert_eq!(forbidden.is_none(), is_allowed, "{path} under\n{text}");
}

#[track_caller]
fn rule(pattern: &str, path: &str, is_matching: bool) {
    check(
        &format!("User-agent: *\nDisallow: {pattern}"),
        path,
        !is_matching,
    );
}

#[test]
fn the_longest_rule_decides_and_allow_wins_a_tie() {
    let text = "User-agent: *\nAllow: /p\nDisallow: /\n";
    check(text, "/page", true);
    check(text, "/x", false);
    let text = "User-agent: *\nDisallow: /folder\nAllow: /folder\n";
    check(text, "/folder/page", true);
    let text = "User-agent: *\nAllow: /page\nDisallow: /*.htm\n";
    check(text, "/page.htm", false);
    let text = "User-agent: *\nAllow: /example/page/\nDisallow: /example/page/disallowed.gif";
    check(text, "/example/page/disallowed.gif", false);
    check(text, "/example/page/", true);
}

#[test]
fn stars_and_ends_are_understood() {
    rule("/fish", "/fish/salmon.html", true);
    rule("/fish", "/Fish.asp", false);
    rule("/fish*", "/fishheads", true);
    rule("/*.php", "/folder/any.php.file.html", true);
    rule("/*.php$", "/filename.php", true);
    rule("/*.php$", "/filename.php?parameters", false);
    rule("/fish*.php", "/fishheads/catfish.php?parameters", true);
    rule("/a*b*c$", "/aXbXbYc", true);
    rule("/a*b*c$", "/aXbXbYcd", false);
    rule("/$", "/", true);
    rule("/$", "/x", false);
    rule("/ab*ab$", "/ab", false);
    rule("*", "/", true);
}

#[test]
fn percent_encoding_makes_no_difference() {
    rule("/foo/bar/ツ", "/foo/bar/%E3%83%84", true);
    rule("/foo/bar/%e3%83%84", "/foo/bar/ツ", true);
    rule("/foo/bar/%62%61%7A", "/foo/bar/baz", true);
    rule(
        "/path/file-with-a-%2A.html",
        "/path/file-with-a-*.html",
        true,
    );
    rule("/path/foo-%24", "/path/foo-$", true);
    rule("/a%2Fb", "/a/b", false);
    rule("/list?id=*&p=", "/list?id=3&p=2", true);
}

#[test]
fn the_group_that_names_us_is_the_only_one_that_binds_us() {
    let text = "User-agent: *\nDisallow: /\n\nUser-agent: Gazetted\nDisallow: /private\n";
    check(text, "/news", true);
    check(text, "/private/x", false);
    let text = "User-agent: other\nUser-agent: GAZETTED/0.1\nDisallow: /\n";
    check(text, "/news", false);
    let text = "User-agent: gazetted-news\nDisallow: /\n";
    check(text, "/news", true);
    let text = "User-agent: gazetted\nDisallow: /a\nUser-agent: x\nDisallow: /\n\
                User-agent: gazetted\nDisallow: /b\n";
    check(text, "/a", false);
    check(text, "/b", false);
    check(text, "/c", true);
    let text = "User-agent: gazetted\nDisallow:\nUser-agent: *\nDisallow: /\n";
    check(text, "/", true);
}

#[test]
fn a_feed_is_bound_only_by_groups_that_name_us() {
    let forbids = |text: &str| {
        let rules = Rules::read(text.as_bytes());
        rules.forbids(&url("/rss.xml"), Purpose::Feed).is_some()
    };
    assert!(!forbids("User-agent: *\nDisallow: /\n"));
    assert!(forbids("User-agent: gazetted\nDisallow: /\n"));
}

#[test]
fn what_webmasters_write_is_understood() {
    check("\u{feff}User-agent: *\nDisallow: /x", "/x", false);
    check(
        "USER-AGENT : * # all\r\ndisallow : /x # why\r\n",
        "/x",
        false,
    );
    check("User-agent: *\rDisallow: /x\r", "/x", false);
    check("Disallow: /x\n", "/x", true);
    check(
        "User-agent: *\n\n\nSitemap: /s.xml\nDisallow: /x",
        "/x",
        false,
    );
    check(
        "User-agent: *\nDisallow: /\nAllow: /robots.txt",
        "/robots.txt",
        true,
    );
    check("User-agent: *\nDisallow: /", "/robots.txt", true);
    check("<!DOCTYPE html><html><body>Disallow: /", "/", true);
    check(
        "User-agent: a\nCrawl-delay: 3\nUser-agent: b\nDisallow: /",
        "/",
        true,
    );
}

#[test]
fn a_long_file_is_read_as_far_as_the_limit() {
    let filler = format!("# {}\n", "x".repeat(97)).repeat(5_121);
    assert!(filler.len() > 500 << 10);
    let text = format!("User-agent: *\n{filler}Disallow: /x\n");
    assert!(text.len() <= MAX_BYTES, "{}", text.len());
    check(&text, "/x", false);
}

#[test]
fn a_delay_counts_up_to_a_cap() {
    let delay = |value: &str| {
        let text = format!("User-agent: *\nCrawl-delay: {value}\n");
        Rules::read(text.as_bytes()).delay(Purpose::Page)
    };
    assert_eq!(delay("30"), Some(Duration::from_secs(30)));
    assert_eq!(delay("0.5"), Some(Duration::from_millis(500)));
    assert_eq!(delay("86400"), Some(MAX_DELAY));
    for bad in ["0", "-1", "NaN", "inf", "soon", ""] {
        assert_eq!(delay(bad), None, "{bad}");
    }
}

#[test]
fn many_stars_take_no_time_to_speak_of() {
    let pattern = "*a".repeat(2_000);
    let text = format!(
        "User-agent: *\n{}",
        format!("Disallow: /{pattern}b\n").repeat(120)
    );
    let path = format!("/{}", "a".repeat(4_000));
    check(&text, &path, true);
}

/// Matches globs by their definition, exponential in the stars.
fn by_definition(pattern: &[u8], target: &[u8]) -> bool {
    match pattern {
        [] => true,
        [b'$'] => target.is_empty(),
        [b'*', rest @ ..] => (0..=target.len()).any(|n| by_definition(rest, &target[n..])),
        [first, rest @ ..] => target
            .split_first()
            .is_some_and(|(next, tail)| next == first && by_definition(rest, tail)),
    }
}

proptest! {
    #[test]
    fn matching_is_as_defined(pattern in "/[ab*]{0,8}\\$?", target in "/[ab]{0,10}") {
        prop_assert_eq!(
            path::matches(&pattern, &target),
            by_definition(pattern.as_bytes(), target.as_bytes())
        );
    }

    #[test]
    fn what_is_written_means_the_same(text in "((User-agent: (\\*|gazetted|x)|(Dis)?allow: ?[/a%2*$é ]{0,6}|Crawl-delay: [0-9.]{1,3}|#x)\n){0,12}") {
        let rules = Rules::read(text.as_bytes());
        prop_assert_eq!(Rules::read(rules.write().as_bytes()), rules);
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let rules = Rules::read(&bytes);
        let _ = rules.forbids(&url("/a?b"), Purpose::Page);
    }
}
