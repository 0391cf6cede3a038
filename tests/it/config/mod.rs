//! feeds.toml: what it means when it is good, and that every problem is said
//! at once, where it is, when it is not.

mod cluster;
mod hostile;
mod problems;

use std::path::Path;
use std::time::Duration;

use gazetted::config::{Config, ConfigError, Dedupe, FullText};
use gazetted::model::{ChannelId, SourceId};
use gazetted::source::Reader;

/// A source that is good, for tests of other tables.
const GOOD: &str = "[[source]]\nid = \"a/b\"\nurl = \"http://a.example/\"\n";

fn errors(text: &str) -> ConfigError {
    match Config::parse("feeds.toml", text) {
        Ok(_) => panic!("this is good:\n{text}"),
        Err(error) => error,
    }
}

fn config(text: &str) -> Config {
    Config::parse("feeds.toml", text).expect("a good file")
}

#[test]
fn source_says_more_than_channel_says_more_than_defaults() {
    let config = config(
        "[http]\ntimeout = '7s'\n[defaults]\ninterval = '1h'\npriority = 1\nlanguage = 'de'\n\
         [[channel]]\nid = 'a'\nlanguage = 'en'\n[channel.defaults]\npriority = 2\nfull_text = 'always'\n\
         [[channel]]\nid = 'a/b'\ntitle = 'B'\ndedupe = 'off'\nlimit = 7\nmax_age = '2d'\n\
         [channel.defaults]\nfull_text = 'never'\n\
         [[source]]\nid = 'a/b/c/s'\nurl = 'http://a.example/'\ninterval = '2h'\n\
         [[source]]\nid = 'z/s'\nurl = 'http://z.example/'\n",
    );
    let source = &config.sources[&"a/b/c/s".parse::<SourceId>().unwrap()];
    assert_eq!(source.interval, Duration::from_secs(7200));
    assert_eq!(source.timeout, Duration::from_secs(7));
    assert_eq!((source.priority, source.full_text), (2, FullText::Never));
    assert_eq!(source.language.as_deref(), Some("de"));
    let other = &config.sources[&"z/s".parse::<SourceId>().unwrap()];
    assert_eq!((other.priority, other.full_text), (1, FullText::Auto));

    let ids: Vec<&str> = config.channels.keys().map(ChannelId::as_str).collect();
    assert_eq!(ids, ["", "a", "a/b", "a/b/c", "z"]);
    let channel = |id: &str| &config.channels[&id.parse::<ChannelId>().unwrap()];
    assert_eq!(
        (
            channel("a/b/c").title.as_str(),
            channel("a/b").title.as_str()
        ),
        ("c", "B")
    );
    assert_eq!(
        (
            channel("a/b/c").language.as_str(),
            channel("z").language.as_str()
        ),
        ("en", "zh-CN")
    );
    assert_eq!(
        (channel("a/b").limit, channel("a/b").dedupe),
        (7, Dedupe::Off)
    );
    assert_eq!(
        channel("a/b").max_age,
        Some(Duration::from_secs(2 * 86_400))
    );
    assert_eq!(channel("a/b/c").limit, 50);
}

#[test]
fn an_interval_below_the_floor_is_raised_with_a_warning() {
    let short = config(&format!("{GOOD}interval = '1s'\n"));
    let source = short.sources.values().next().unwrap();
    assert_eq!(source.interval, Duration::from_secs(900));
    let said: Vec<String> = short.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        ["feeds.toml:4:12: `interval`: 1s is below `min_interval`, polling every 15m instead"]
    );
    let told = config(&format!("{GOOD}interval = '1s'\nmin_interval = '1s'\n"));
    assert_eq!(told.warnings, []);
    assert_eq!(
        told.sources.values().next().unwrap().interval,
        Duration::from_secs(1)
    );
}

#[test]
fn what_works_but_is_odd_is_a_warning() {
    let odd = config(&format!(
        "{GOOD}[[source]]\nid = 'a/c'\nurl = 'http://a.example/'\n[[channel]]\nid = 'x'\n"
    ));
    let lines: Vec<usize> = odd.warnings.iter().map(|warning| warning.line).collect();
    assert_eq!(lines, [6, 8], "{:?}", odd.warnings);
}

#[test]
fn hosts_are_found_by_the_most_specific_pattern() {
    let config = config(&format!(
        "[host.'*']\nconcurrency = 3\n[host.'*.cn']\nconcurrency = 4\n[host.'*.a.cn']\nconcurrency = 5\n\
         [host.'b.a.cn']\nconcurrency = 6\nspacing = '0s'\n{GOOD}"
    ));
    let concurrency = |host: &str| config.host(host).concurrency;
    assert_eq!(
        ["b.a.cn", "c.a.cn", "a.cn", "d.example"].map(concurrency),
        [6, 5, 4, 3]
    );
}

#[test]
fn the_file_we_ship_is_good() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("feeds.toml");
    let config = Config::load(&file).unwrap();
    assert_eq!(config.warnings, []);
    let is_page = |reader: &Reader| matches!(reader, Reader::Page(_));
    let n_pages = config
        .sources
        .values()
        .filter(|source| is_page(&source.reader))
        .count();
    assert!(n_pages >= 2 && config.sources.len() - n_pages >= 8);
    assert!(
        config
            .channels
            .values()
            .all(|channel| channel.title.chars().any(|c| c > '\u{2e80}'))
    );
}
