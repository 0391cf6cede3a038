//! The words of the listing itself, in the languages it speaks.
//!
//! A language is a table `KEY = TEXT` in this folder, and a line in [`LANGUAGES`]. All tables have
//! the same keys, which a test holds.

pub(super) mod when;

use std::sync::LazyLock;

use jiff::civil::Date;

use crate::publish::View;

/// Languages, by their tags (BCP 47): a more special one before the one it is a kind of. The last
/// is for all others.
const LANGUAGES: [(&[&str], &str, &str); 3] = [
    (
        &["zh-TW", "zh-HK", "zh-MO", "zh-Hant"],
        "zh-TW",
        include_str!("zh-TW.txt"),
    ),
    (&["zh"], "zh-CN", include_str!("zh-CN.txt")),
    (&["en"], "en", include_str!("en.txt")),
];

/// Words in all languages, in the order of [`LANGUAGES`].
static ALL: LazyLock<Vec<Words>> = LazyLock::new(|| {
    let all = LANGUAGES.into_iter();
    all.map(|(tags, own_tag, text)| Words::read(tags, own_tag, text))
        .collect()
});

macro_rules! words {
    ($($(#[$doc:meta])* $key:ident,)*) => {
        /// Words of the listing in one language.
        #[derive(Debug)]
        pub(super) struct Words {
            /// Tags that the words are for.
            tags: &'static [&'static str],
            /// Tag of the language they are in.
            own_tag: &'static str,
            $($(#[$doc])* pub(super) $key: &'static str,)*
        }

        impl Words {
            /// Reads a table; what is not in it stays as its key.
            fn read(tags: &'static [&'static str], own_tag: &'static str, text: &'static str) -> Words {
                Words {
                    tags,
                    own_tag,
                    $($key: find(text, stringify!($key)).unwrap_or(stringify!($key)),)*
                }
            }

            /// Reads a table of somebody else's for a language; what is not in it is said as we do.
            /// The text stays in memory for good.
            pub(super) fn over(language: &str, text: String) -> &'static Words {
                let ours = Words::of(language);
                let text: &'static str = String::leak(text);
                let own_tag: &'static str = String::leak(language.to_owned());
                Box::leak(Box::new(Words {
                    tags: Box::leak(Box::new([own_tag])),
                    own_tag,
                    $($key: find(text, stringify!($key)).unwrap_or(ours.$key),)*
                }))
            }
        }

        const KEYS: &[&str] = &[$(stringify!($key)),*];
    };
}

words! {
    all,
    regions,
    newer,
    older,
    /// Link from an older page to the newest one.
    to_newest,
    nothing_yet,
    skip,
    you_are_here,
    neighbours,
    below,
    feeds,
    all_channels,
    /// Advice which format suits which reader.
    which_format,
    updated,
    article,
    origin,
    by,
    read_original,
    teaser_only,
    picture,
    media,
    captions,
    files,
    comments,
    licence,
    topics,
    also_in,
    earlier,
    related,
    hot,
    newest,
    pictures,
    routed,
    status,
    source,
    health,
    good,
    failing,
    unknown,
    switched_off,
    last_poll,
    next_poll,
    pushed_by,
    until,
    home,
    search,
    search_stories,
    best_first,
    newest_first,
    nothing_found,
    /// Advice how to search.
    how_to_search,
    /// Advice that a search can be subscribed to.
    standing_search,
    index_building,
    index_failed,
    newer_results,
    more_results,
    first_page,
    more_sources,
    bad_request,
    not_found,
    wrong_method,
    too_many,
    unavailable,
    failed,
    /// Separator between two names.
    comma,
    /// Separator between a label and what it labels.
    colon,
    gone,
    hot_ranking,
    picture_news,
    no_heat,
    /// Label of the tabs of a channel.
    views,
    recommended,
    like_this,
    channel_picks,
    hot_reading,
    edits,
    text_changed,
    /// Label of who made a picture.
    photo,
    source_page,
    tag_page,
    place_page,
    website,
    elsewhere,
    /// Label of a count of sources.
    sources_good,
    /// Label of a count of sources.
    sources_failing,
    /// Label of a count of sources.
    sources_held,
    /// Label of a count of sources.
    sources_off,
    in_store,
    version,
    old_config,
    trouble,
    /// Reason of the time of the next poll: habits of the source.
    why_own,
    why_quiet,
    why_failures,
    why_retry,
    why_fresh,
    why_feed,
    why_skip,
    why_host,
    why_new,
    why_paused,
    /// Kind of failure: no answer.
    trouble_network,
    trouble_denied,
    trouble_not_found,
    trouble_gone,
    trouble_throttled,
    trouble_server,
    trouble_content,
    trouble_own,
    last_news,
    /// Number of sources, several.
    copies,
    /// Number of results, one.
    result,
    /// Number of results, exact.
    results,
    /// Upper bound of the number of results.
    results_at_most,
    /// Title of a topic.
    tag,
    /// Title of a search.
    search_for,
    /// Number of stories in the store.
    stories_held,
    /// Date with its weekday.
    day,
    /// Weekdays, Monday first.
    weekdays,
    /// Months.
    months,
    /// Word for a person who opened a feed.
    this_is_a_feed,
    /// Word for a person who opened a list of feeds.
    this_is_a_list,
    /// Link to the document that was opened.
    show_it,
}

/// Finds the text of a key in a table.
fn find(text: &'static str, key: &str) -> Option<&'static str> {
    text.lines().find_map(|line| {
        let (found, text) = line.split_once(" = ")?;
        (found == key).then_some(text)
    })
}

impl Words {
    /// Returns the words for a BCP 47 language; English where there are none.
    #[must_use]
    pub(super) fn of(language: &str) -> &'static Words {
        let all: &'static [Words] = &ALL;
        let known = all.iter().find(|words| words.are_for(language));
        known.unwrap_or(&all[all.len() - 1])
    }

    /// Lists the keys of a table that are none of ours.
    pub(super) fn unknown(text: &str) -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let keys = lines.filter_map(|line| Some(line.split_once('=')?.0.trim()));
        let unknown = keys.filter(|key| !KEYS.contains(key));
        unknown.map(str::to_owned).collect()
    }

    /// Whether the words are for a BCP 47 language.
    pub(super) fn are_for(&self, language: &str) -> bool {
        let mut tags = self.tags.iter();
        tags.any(|tag| {
            let head = language.get(..tag.len());
            let rest = language.get(tag.len()..).unwrap_or_default();
            let is_whole = rest.is_empty() || rest.starts_with(['-', '_']);
            head.is_some_and(|head| head.replace('_', "-").eq_ignore_ascii_case(tag)) && is_whole
        })
    }

    /// Names a view of a channel.
    pub(super) const fn view(&self, view: View) -> &'static str {
        match view {
            View::Newest => self.newest,
            View::Hot => self.hot,
            View::Pictures => self.pictures,
        }
    }

    /// Returns the language the words are in, BCP 47, spelled as `wanted` where that is
    /// theirs.
    pub(super) fn language<'a>(&self, wanted: &'a str) -> &'a str {
        match self.are_for(wanted) {
            true => wanted,
            false => self.own_tag,
        }
    }

    /// Writes the number of sources: `3 家来源`
    pub(super) fn n_sources(&self, n_sources: usize) -> String {
        self.copies.replace("{}", &n_sources.to_string())
    }

    /// Writes the number of results: `找到 12 条`, or as an upper bound where it is no exact one.
    pub(super) fn n_results(&self, n_results: usize, is_exact: bool) -> String {
        let text = match (is_exact, n_results) {
            (true, 1) => self.result,
            (true, _) => self.results,
            (false, _) => self.results_at_most,
        };
        text.replace("{}", &n_results.to_string())
    }

    /// Titles a topic.
    pub(super) fn tag_title(&self, tag: &str) -> String {
        self.tag.replace("{}", tag)
    }

    /// Titles a search.
    pub(super) fn search_title(&self, query: &str) -> String {
        self.search_for.replace("{}", query)
    }

    /// Writes a date with its weekday: `2026年11月23日 星期一`
    pub(super) fn date(&self, date: Date) -> String {
        let nth = |words: &'static str, nth: i8| {
            let nth = usize::try_from(nth).unwrap_or_default();
            words.split(' ').nth(nth).unwrap_or_default()
        };
        let weekday = date.weekday().to_monday_zero_offset();
        self.day
            .replace("{year}", &date.year().to_string())
            .replace("{month}", nth(self.months, date.month() - 1))
            .replace("{day}", &date.day().to_string())
            .replace("{weekday}", nth(self.weekdays, weekday))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_tables_have_the_same_keys() {
        for (_, language, text) in LANGUAGES {
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            let keys: Vec<&str> = lines
                .map(|line| line.split(" = ").next().unwrap())
                .collect();
            assert_eq!(keys, KEYS, "{language}");
            for key in KEYS {
                assert!(!find(text, key).unwrap().is_empty(), "{language}: {key}");
            }
        }
    }

    #[test]
    fn a_language_gets_its_words() {
        let own = |language: &str| Words::of(language).own_tag;
        assert_eq!(own("zh-CN"), "zh-CN");
        assert_eq!(own("ZH"), "zh-CN");
        assert_eq!(own("zh-Hans-SG"), "zh-CN");
        assert_eq!(own("zh-HK"), "zh-TW");
        assert_eq!(own("zh_Hant_TW"), "zh-TW");
        assert_eq!(own("de"), "en");
        assert_eq!(own("en-GB"), "en");
        assert_eq!(own(""), "en");
        assert_eq!(Words::of("zh-SG").language("zh-SG"), "zh-SG");
        assert_eq!(Words::of("de").language("de"), "en");
    }

    #[test]
    fn dates_and_numbers_are_written() {
        let date = Date::new(2026, 11, 23).unwrap();
        assert_eq!(Words::of("zh").date(date), "2026年11月23日 星期一");
        assert_eq!(Words::of("en").date(date), "Monday, 23 November 2026");
        assert_eq!(Words::of("en").n_results(1, true), "1 story");
        assert_eq!(Words::of("zh-TW").n_results(3, true), "找到 3 則");
    }
}
