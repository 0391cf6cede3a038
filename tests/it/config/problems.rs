//! Each thing that can be wrong, under its mark.

use std::fs;
use std::path::Path;

use super::{GOOD, errors};

/// `text` has one problem, under its mark `^` (which is taken out).
#[track_caller]
fn check(text: &str, message: &str) {
    let at = text.find('^').expect("a mark");
    let line = text[..at].matches('\n').count() + 1;
    let start = text[..at].rfind('\n').map_or(0, |end| end + 1);
    let column = text[start..at].chars().count() + 1;
    let error = errors(&text.replacen('^', "", 1));
    let found: Vec<_> = error
        .problems()
        .iter()
        .map(|problem| (problem.line, problem.column, problem.message.as_str()))
        .collect();
    assert_eq!(found, [(line, column, message)], "\n{error}");
}

/// As [`check`], for a line before a source that is good.
#[track_caller]
pub(super) fn check_line(line: &str, message: &str) {
    check(&format!("{line}\n{GOOD}"), message);
}

/// As [`check`], for a line of a source that is good but for it.
#[track_caller]
fn check_source(line: &str, message: &str) {
    check(&format!("{GOOD}{line}\n"), message);
}

/// As [`check`], for a line of the list of a page.
#[track_caller]
fn check_list(line: &str, message: &str) {
    check(
        &format!("{GOOD}type = \"page\"\n[source.list]\n{line}\n"),
        message,
    );
}

#[test]
fn unknown_keys_are_named() {
    check_line("[server]\n^listne = 1", "[server] has no key `listne`");
    check_line("[^sevrer]", "the file has no key `sevrer`");
    check_source("^intervall = \"1h\"", "[[source]] has no key `intervall`");
    check_list(
        "item = \"li\"\n^titel = \"a\"",
        "[source.list] has no key `titel`",
    );
    let help = |text: &str| errors(text).problems()[0].help.clone().unwrap();
    assert_eq!(
        help(&format!("{GOOD}intervall = \"1h\"")),
        "did you mean `interval`?"
    );
    assert!(help(&format!("{GOOD}x = 1")).starts_with("it may have: id, url, type"));
}

#[test]
fn keys_of_other_tables_are_told_apart() {
    check_line(
        "[[channel]]\nid = \"a\"\n^interval = \"1h\"",
        "[[channel]]: `interval` cannot stand here",
    );
    check_line(
        "[defaults]\n^url = \"x\"",
        "[defaults]: `url` cannot stand here",
    );
}

#[test]
fn types_are_checked() {
    check_line(
        "server = ^1",
        "`server`: expected a table, found an integer",
    );
    check_source(
        "enabled = ^\"yes\"",
        "`enabled`: expected true or false, found a string",
    );
    check_source(
        "interval = ^15",
        "`interval`: expected a duration in quotes, such as \"15m\", found an integer",
    );
    check_source(
        "strip_params = ^\"a\"",
        "`strip_params`: expected a list of strings, found a string",
    );
    check_source(
        "strip_params = [\"a\", ^2]",
        "`strip_params`: expected a string, found an integer",
    );
    check_line(
        "[server]\ntrusted_proxies = ^\"10.0.0.0/8\"",
        "`trusted_proxies`: expected a list of strings, found a string",
    );
    check_line(
        "[server]\ntrusted_proxies = [\"10.0.0.0/8\", ^\"nginx\"]",
        "`trusted_proxies`: `nginx` is not a network",
    );
    check("^[source]\nid = 'a/b'", "`source` is a list of tables");
}

#[test]
fn limits_are_checked() {
    check_source(
        "interval = ^\"15 minuts\"",
        "`interval`: `15 minuts` is not a duration",
    );
    check_source("interval = ^\"0s\"", "`interval`: `0s` is out of range");
    check_source(
        "interval = ^\"99999999999999999999d\"",
        "`interval`: `99999999999999999999d` is not a duration",
    );
    check_source(
        "priority = ^1_000_000",
        "`priority`: `1000000` is out of range",
    );
    check_line(
        "[http]\nconcurrency = ^0",
        "`concurrency`: `0` is out of range",
    );
    check_line(
        "[server]\nrenders_per_address = ^-1",
        "`renders_per_address`: `-1` is out of range",
    );
    check_line(
        "[http]\nconcurrency = ^-1",
        "`concurrency`: `-1` is out of range",
    );
    let huge = "1000000000000000000000000000000";
    check_line(
        &format!("[http]\nconcurrency = ^{huge}"),
        &format!("`concurrency`: `{huge}` is out of range"),
    );
    check_line(
        "[http]\nmax_body = ^0",
        "`max_body`: `0` is not a size we can take",
    );
    check_line(
        "[http]\nmax_body = ^\"10M\"",
        "`max_body`: `10M` is not a size we can take",
    );
    check_line(
        "[[channel]]\nid = \"a\"\nlimit = ^0",
        "`limit`: `0` is out of range",
    );
}

#[test]
fn names_are_checked() {
    let id = |id: &str| format!("[[source]]\nid = ^{id}\nurl = \"http://a.example/\"\n");
    check(&id("\"济南/x\""), "`id`: `济南` is not a name");
    check(&id("\"../x\""), "`id`: `..` is not a name");
    check(&id("\"a/B\""), "`id`: `B` is not a name");
    check(&id("\"a\\u0000/b\""), r"`id`: `a\u{0}` is not a name");
    check(&id("\"daily\""), "`id`: `daily` names no channel");
    check(&id("\"story/x\""), "`id`: `story` is an address of our own");
    check(&id("\"a/hot/x\""), "`id`: `hot` is an address of our own");
    check_line("[[channel]]\nid = ^\"\"", "`id`: `` is not a name");
    check_line(
        "[[channel]]\nid = ^\"a/archive\"",
        "`id`: `archive` is an address of our own",
    );
    check(
        &format!("{GOOD}{}", GOOD.replace("\"a/b\"", "^\"a/b\"")),
        "source `a/b` is there twice",
    );
    check_line(
        "[[channel]]\nid = \"a\"\n[[channel]]\nid = ^\"a\"",
        "channel `a` is there twice",
    );
}

#[test]
fn addresses_are_checked() {
    let url = |url: &str| format!("[[source]]\nid = \"a/b\"\nurl = ^\"{url}\"\n");
    check(
        &url("feed://a.example/x"),
        "`url`: `feed:` is no way to fetch anything",
    );
    check(
        &url("ftp://a.example/x"),
        "`url`: `ftp://a.example/x` is not a web address: nothing is fetched by `ftp:`",
    );
    check(
        &url("a.example/x"),
        "`url`: `a.example/x` is not a web address: relative URL without a base",
    );
    check(
        &url("http://a.example:0/"),
        "`url`: `http://a.example:0/` is not a web address: port 0 cannot be asked",
    );
    check(
        &url("http://a.example:65536/"),
        "`url`: `http://a.example:65536/` is not a web address: invalid port number",
    );
    check(
        &url("http://me:pw@a.example/"),
        "`url`: the address holds a user name or password",
    );
    check_line(
        "[server]\nlisten = ^\"8080\"",
        "`listen`: `8080` is not an address with a port",
    );
    check_line(
        "[server]\npublic_url = ^\"http://a.example/?x\"",
        "`public_url`: no address can be built on one with `?…` or `#…`",
    );
    check_line(
        "[http]\nallow_private = [\"10.0.0.0/8\", ^\"10.0.0.0/33\"]",
        "`allow_private`: `10.0.0.0/33` is not a network",
    );
    check_line("[host.^\"a b\"]", "`a b` is not a host");
}

#[test]
fn words_of_others_are_checked() {
    check_source(
        "timezone = ^\"Asia/Jinan\"",
        "`timezone`: `Asia/Jinan` is not a time zone",
    );
    check_source(
        "encoding = ^\"gb-1\"",
        "`encoding`: `gb-1` is not an encoding",
    );
    check_source(
        "language = ^\"zh_CN\"",
        "`language`: `zh_CN` is not a language tag",
    );
    check_source("full_text = ^\"yes\"", "`full_text`: `yes` is not a choice");
    check_source("type = ^\"opds\"", "`type`: `opds` is not a choice");
}

#[test]
fn selectors_are_checked_to_the_character() {
    check_list(
        "item = \"li^..x\"",
        "`item`: not a CSS selector from here on: `..x`",
    );
    check_list(
        "item = ['li', '济南 ^> > a']",
        "`item`: not a CSS selector from here on: `> > a`",
    );
    check_list(
        "item = 'a'\ndate = { css = 'a', regex = \"^来源\\\\S[\" }",
        "`date`: not a regex: unclosed character class",
    );
    check_list(
        "item = 'a'\nurl_pattern = '^('",
        "`url_pattern`: not a regex: unclosed group",
    );
    check_list(
        "item = 'a'\ndate = { css = 'a', ^rgex = 'x' }",
        "`date`: a selector has no key `rgex`",
    );
    check(
        &format!("{GOOD}type = 'page'\n^[source.list]\ntitle = 'a'"),
        "`title` looks into an item, and `item` does not say what one is",
    );
    check_list("item = 'xpath://li^]'", "`item`: not XPath from here on");
    check_list(
        "item = { xpath = '//li[@class^' }",
        "`item`: `]` is missing here",
    );
    check_list(
        "item = 'li'\nlink = { css = 'a', template = '^/x' }",
        "`link`: a template needs {} where the value goes, as in https://example.cn/{}.html",
    );
    check(
        &format!("{GOOD}type = 'json'\n[source.list]\nitem = '$.a^['"),
        "`item`: not JSONPath from here on: `[`",
    );
    check(
        &format!("{GOOD}type = 'sitemap'\n[source.list]\n^title = 'a'"),
        "[source.list]: `title` cannot stand here",
    );
    check_source(
        "[source.^list]\nitem = 'li'",
        "[[source]]: `list` cannot stand here",
    );
}

#[test]
fn what_is_normal_and_what_is_tried_are_checked() {
    check_source(
        "[source.expect]\nevery = ^\"5m\"",
        "`every`: `5m` is out of range",
    );
    check_source(
        "[source.expect]\ndays = ^\"workdays\"",
        "`days`: `workdays` names no days",
    );
    check_source(
        "[source.expect]\nnew_ratio_max = ^60",
        "`new_ratio_max`: this is no share",
    );
    check_source(
        "^[[source.test]]\nurl = \"http://a.example/1\"",
        "[[source.test]]: this asks for nothing",
    );
    check_source(
        "^[[source.test]]\ncontains = \"x\"",
        "[[source.test]]: `title` and `contains` are of an article",
    );
    check_line("[rule.^\"a b\".list]", "`a b` is not a host");
    check_line(
        "[rule.\"a.example\".article]\ncontent = \"p^..x\"",
        "`content`: not a CSS selector from here on: `..x`",
    );
}

#[test]
fn a_file_without_sources_shows_the_shortest_one() {
    for text in ["", "\n", "# nothing yet\n", "[server]\n"] {
        let error = errors(text);
        assert_eq!(error.problems()[0].message, "there is no [[source]]");
        assert!(error.to_string().contains("id = \"shandong/jinan/daily\""));
    }
}

#[test]
fn what_is_no_toml_is_shown_with_all_the_rest() {
    let error = errors(
        "[[source]]\nid = 'a/b'\nurl = http://a.example/\ninterval = 'soon'\n[htpp\nx = 1\n[store]\npth = 'x'\n",
    );
    let lines: Vec<usize> = error
        .problems()
        .iter()
        .map(|problem| problem.line)
        .collect();
    assert_eq!(lines, [3, 4, 5, 8], "\n{error}");
}

#[test]
fn the_report_shows_every_problem_with_its_caret() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/config");
    let text = fs::read_to_string(folder.join("many.toml")).unwrap();
    let got = errors(&text).to_string();
    let want = folder.join("many.want");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        fs::write(&want, &got).unwrap();
    }
    assert_eq!(got, fs::read_to_string(&want).unwrap());
}
