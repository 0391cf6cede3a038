//! Query of a reader, as typed → words and filters. Pure; every text is a query.
//!
//! ```text
//! 济南 地铁              both, wherever they stand
//! "济南地铁"             the words in a row; “…”, 「…」 and 『…』 do too
//! -下雨                  not this
//! source:新华社          by this source: its id, or 来源
//! channel:shandong/jinan in this channel, or below it
//! tag:教育               filed under this topic
//! after:2026-11 before:2026-11-20   from that month on, and before that day
//! ```
//!
//! Filters of one kind are alternatives. A filter that makes no sense is a word like others.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::atoms::Atoms;

/// Most characters of a query that are read.
pub const MAX_QUERY_CHARACTERS: usize = 256;

/// Most words and phrases of a query; the rest is passed over.
const MAX_WORDS: usize = 16;

/// Quotation marks that open a phrase, and those that close it.
const QUOTES: [(char, char); 5] = [
    ('"', '"'),
    ('“', '”'),
    ('„', '“'),
    ('「', '」'),
    ('『', '』'),
];

/// Query of a reader.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SearchQuery {
    /// Words and phrases, all of which have to be there.
    pub words: Vec<SearchWords>,
    /// Words and phrases that must not be there.
    pub without: Vec<SearchWords>,
    /// Sources, as typed: ids or names; empty for all.
    pub sources: Vec<String>,
    /// Channels, as typed, without slashes at their ends; empty for all.
    pub channels: Vec<String>,
    /// Topics, as typed; empty for all.
    pub tags: Vec<String>,
    /// Earliest time.
    pub after: Option<Timestamp>,
    /// Time before which.
    pub before: Option<Timestamp>,
}

/// Word or phrase of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SearchWords {
    /// Words as typed, without quotation marks; there is something in it to be found.
    pub text: String,
    /// Whether they have to stand in a row.
    pub is_phrase: bool,
}

/// Filter of a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Filter {
    Source,
    Channel,
    Tag,
    After,
    Before,
}

/// Names of filters.
const FILTERS: [(&str, Filter); 5] = [
    ("source", Filter::Source),
    ("channel", Filter::Channel),
    ("tag", Filter::Tag),
    ("after", Filter::After),
    ("before", Filter::Before),
];

/// Part of a query as it is typed.
struct Part<'a> {
    text: &'a str,
    is_phrase: bool,
    is_excluded: bool,
    filter: Option<Filter>,
}

impl SearchQuery {
    /// Reads a query; days begin and end in `zone`.
    ///
    /// ```
    /// use gazetted::search::SearchQuery;
    /// let query = SearchQuery::read("济南 \"new metro\" -雨 source:新华社", &jiff::tz::TimeZone::UTC);
    /// assert_eq!(query.words.len(), 2);
    /// assert_eq!(query.without[0].text, "雨");
    /// assert_eq!(query.sources, ["新华社"]);
    /// ```
    #[must_use]
    pub fn read(text: &str, zone: &TimeZone) -> SearchQuery {
        let mut query = SearchQuery::default();
        let mut rest = first(text, MAX_QUERY_CHARACTERS);
        while let Some(part) = next(&mut rest) {
            query.add(&part, zone);
        }
        query
    }

    /// Whether it asks for nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == SearchQuery::default()
    }

    fn add(&mut self, part: &Part<'_>, zone: &TimeZone) {
        let text = part.text.trim();
        match (part.filter, part.is_excluded) {
            (Some(Filter::Source), false) if !text.is_empty() => {
                return self.sources.push(text.to_owned());
            }
            (Some(Filter::Channel), false) if !text.is_empty() => {
                return self.channels.push(text.trim_matches('/').to_owned());
            }
            (Some(Filter::Tag), false) if !text.is_empty() => {
                return self.tags.push(text.to_owned());
            }
            (Some(filter @ (Filter::After | Filter::Before)), false) => {
                if let Some(at) = day(text).and_then(|day| start(day, zone)) {
                    let bound = match filter {
                        Filter::After => &mut self.after,
                        _ => &mut self.before,
                    };
                    *bound = Some(at);
                    return;
                }
            }
            _ => {}
        }
        let words = match part.is_excluded {
            true => &mut self.without,
            false => &mut self.words,
        };
        if words.len() < MAX_WORDS && !Atoms::of(text).list.is_empty() {
            words.push(SearchWords {
                text: text.to_owned(),
                is_phrase: part.is_phrase,
            });
        }
    }
}

/// Returns the first characters of a text.
fn first(text: &str, most: usize) -> &str {
    let end = text.char_indices().nth(most);
    end.map_or(text, |(end, _)| &text[..end])
}

/// Takes the next part off a query; `None` at its end.
fn next<'a>(rest: &mut &'a str) -> Option<Part<'a>> {
    let mut text = rest.trim_start();
    let is_excluded = text.strip_prefix(['-', '－']).is_some_and(|behind| {
        let first = behind.chars().next();
        first.is_some_and(|c| !c.is_whitespace() && c != '-')
    });
    if is_excluded {
        text = text.strip_prefix(['-', '－']).unwrap_or(text);
    }
    let first = text.chars().next()?;
    let filter = filter(text);
    if let Some((_, behind)) = filter {
        text = behind;
    }
    let filter = filter.map(|(filter, _)| filter);
    let open = text.chars().next().unwrap_or(first);
    let quote = QUOTES.iter().find(|(left, _)| *left == open);
    let (part, behind) = match quote.filter(|_| !text.is_empty()) {
        Some((left, right)) => {
            let inner = &text[left.len_utf8()..];
            inner.split_once(*right).unwrap_or((inner, ""))
        }
        None => text.split_at(word_end(text)),
    };
    *rest = behind;
    Some(Part {
        text: part,
        is_phrase: quote.is_some(),
        is_excluded,
        filter,
    })
}

/// Returns the end of a word: white space, or an opening quotation mark.
fn word_end(text: &str) -> usize {
    let is_end = |c: char| c.is_whitespace() || QUOTES.iter().any(|(left, _)| *left == c);
    let mut ends = text.char_indices().filter(|(_, c)| is_end(*c));
    ends.find(|(at, _)| *at > 0)
        .map_or(text.len(), |(at, _)| at)
}

/// Splits the name of a filter and its colon off.
fn filter(text: &str) -> Option<(Filter, &str)> {
    let (name, behind) = text.split_once([':', '：'])?;
    let known = FILTERS
        .iter()
        .find(|(known, _)| name.eq_ignore_ascii_case(known));
    Some((known?.1, behind))
}

/// Reads the first day of a year, a month or a day: `2026`, `2026-11`, `2026/11/20`, `2026年11月`.
fn day(text: &str) -> Option<Date> {
    let numbers: Vec<i64> = text
        .split(['-', '/', '.', '年', '月', '日'])
        .filter(|part| !part.is_empty())
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let (year, month, day) = match numbers[..] {
        [year] => (year, 1, 1),
        [year, month] => (year, month, 1),
        [year, month, day] => (year, month, day),
        _ => return None,
    };
    let (year, month) = (i16::try_from(year).ok()?, i8::try_from(month).ok()?);
    Date::new(year, month, i8::try_from(day).ok()?).ok()
}

/// Returns the beginning of a day.
fn start(day: Date, zone: &TimeZone) -> Option<Timestamp> {
    zone.to_timestamp(day.at(0, 0, 0, 0)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> SearchQuery {
        SearchQuery::read(text, &TimeZone::fixed(jiff::tz::offset(8)))
    }

    fn words(text: &str) -> Vec<(String, bool)> {
        let words = read(text).words.into_iter();
        words.map(|words| (words.text, words.is_phrase)).collect()
    }

    #[test]
    fn words_and_phrases() {
        let word = |text: &str| (text.to_owned(), false);
        let phrase = |text: &str| (text.to_owned(), true);
        assert_eq!(words("济南　地铁 "), [word("济南"), word("地铁")]);
        assert_eq!(
            words("“济南 地铁”开通"),
            [phrase("济南 地铁"), word("开通")]
        );
        assert_eq!(words("a\"b c"), [word("a"), phrase("b c")]);
        assert_eq!(words("「新区」『x』"), [phrase("新区"), phrase("x")]);
        assert_eq!(words("- -- 。 \"\" \""), []);
        assert_eq!(words("co-op x:y"), [word("co-op"), word("x:y")]);
    }

    #[test]
    fn filters_and_what_is_none() {
        let query = read("source:\"齐鲁 晚报\" Channel：/shandong/jinan/ source:a/b tag:教育 雨");
        assert_eq!(query.tags, ["教育"]);
        assert_eq!(query.sources, ["齐鲁 晚报", "a/b"]);
        assert_eq!(query.channels, ["shandong/jinan"]);
        assert_eq!(query.words.len(), 1);
        assert_eq!(read("before:soon").words[0].text, "soon");
        assert_eq!(read("before:2026-13-01").before, None);
        assert_eq!(read("source:").sources, [""; 0]);
        assert_eq!(read("-source:x").without[0].text, "x");
        assert!(read("  ").is_empty());
    }

    #[test]
    fn days_begin_where_the_listing_is() {
        let at = |text: &str| Some(text.parse().unwrap());
        let query = read("after:2026 before:2026年11月20日");
        assert_eq!(query.after, at("2025-12-31T16:00:00Z"));
        assert_eq!(query.before, at("2026-11-19T16:00:00Z"));
        assert_eq!(read("after:2026/11").after, at("2026-10-31T16:00:00Z"));
    }

    proptest! {
        #[test]
        fn every_text_is_a_query(text in "\\PC{0,300}") {
            let query = read(&text);
            prop_assert!(query.words.len() <= MAX_WORDS && query.without.len() <= MAX_WORDS);
        }

        #[test]
        fn also_one_of_marks(text in "[-－:：\"“”「」a济 　0-9]{0,60}|(source:|after:|-|\"|9999-99|before:-){0,12}") {
            let _ = read(&text);
        }

        #[test]
        fn words_that_are_typed_are_searched(words in prop::collection::vec("[a-z济南雨]{1,6}", 1..8)) {
            let found: Vec<String> = read(&words.join(" ")).words.into_iter().map(|words| words.text).collect();
            prop_assert_eq!(found, words);
        }
    }
}
