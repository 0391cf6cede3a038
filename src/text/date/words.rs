//! Lexicon: the words of dates, in the languages regional news comes in.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Meanings of a word in a date. A word may be a month and something else: `ago` is August in
/// Spain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Word {
    /// Month, 1 to 12, or 0.
    pub(super) month: i8,
    /// Weekday, 1 for Monday to 7, or 0.
    pub(super) weekday: i8,
    /// Another meaning.
    pub(super) sense: Option<Sense>,
    /// Offset from UTC in seconds, if it names a zone.
    pub(super) zone: Option<i32>,
}

/// Meaning of a word that is neither month nor weekday.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Sense {
    /// `年` and its like: stands behind the number of a date or a time.
    Mark(Unit),
    /// `小时`: can be counted only.
    Unit(Unit),
    /// `前`: what was counted is in the past.
    Ago,
    /// `vor`: the same, in front.
    AgoFirst,
    /// `刚刚`
    Now,
    /// `昨晚`: days back, and the part of that day.
    Day(i8, Option<Half>),
    /// `上周五`: the weekday, 1 for Monday, in the week before.
    LastWeek(i8),
    /// `下午`
    Half(Half),
    /// `半`
    HalfOf,
    /// `刻`
    Quarter,
    /// `整`
    Sharp,
    /// `eine`
    One,
    /// `元`, the first year of an era.
    First,
    /// `民国`: the year before the first.
    Era(i16),
    /// `th`
    Ordinal,
    /// `de`: nothing.
    Filler,
    /// `发布`: role of the date that follows or stands before.
    Label(Label),
    /// `T` between date and time.
    Separator,
    /// `W` before the number of a week.
    Week,
}

/// Units of time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unit {
    /// A year.
    Year,
    /// A month.
    Month,
    /// A week.
    Week,
    /// A day.
    Day,
    /// An hour.
    Hour,
    /// A minute.
    Minute,
    /// A second.
    Second,
}

/// Parts of the day that hours are counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Half {
    /// Hours from midnight.
    Am,
    /// Hours from noon.
    Pm,
    /// About noon: 11 to 13.
    Noon,
    /// From noon, and 12 is midnight.
    Evening,
}

/// Role that a date is said to have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Label {
    /// Date of publication.
    Published,
    /// Date of the last change.
    Updated,
    /// Date of something else: a deadline, a birth.
    Other,
    /// Just a date: `时间`.
    Date,
}

/// Looks up the meanings of `word`, which has to be [`fold`]ed.
pub(super) fn lookup(word: &str) -> Option<Word> {
    LEXICON.words.get(word).copied()
}

/// Finds the longest known word at the start of `text`, for scripts without spaces; returns its
/// length in bytes.
pub(super) fn longest(text: &str) -> Option<(usize, Word)> {
    let first = text.chars().next()?;
    let most = *LEXICON.longest.get(&first)?;
    let ends: Vec<usize> = text
        .char_indices()
        .map(|(at, c)| at + c.len_utf8())
        .take(most)
        .collect();
    ends.into_iter()
        .rev()
        .find_map(|end| Some((end, lookup(&text[..end])?)))
}

/// Whether a known phrase begins with `word`.
pub(super) fn begins_phrase(word: &str) -> bool {
    LEXICON.phrases.contains(word)
}

/// Folds a word for the lexicon: lower case without accents.
pub(super) fn fold(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let lower = word.chars().flat_map(char::to_lowercase);
    match word.chars().any(is_ideographic) {
        true => lower.collect(),
        false => lower.nfd().filter(|c| !is_combining_mark(*c)).collect(),
    }
}

/// Whether `c` belongs to a script that is written without spaces.
pub(super) fn is_ideographic(c: char) -> bool {
    matches!(c, '\u{3005}'..='\u{3007}' | '\u{3040}'..='\u{30FF}' | '\u{3400}'..='\u{9FFF}'
        | '\u{AC00}'..='\u{D7AF}' | '\u{F900}'..='\u{FAFF}')
}

struct Lexicon {
    words: HashMap<String, Word>,
    /// Number of characters of the longest word, by first character.
    longest: HashMap<char, usize>,
    /// First words of phrases.
    phrases: HashSet<String>,
}

/// Lexicon of the data files, read at the first use.
static LEXICON: LazyLock<Lexicon> = LazyLock::new(|| {
    let mut words: HashMap<String, Word> = HashMap::new();
    let mut add = |name: &str, meaning: Word| {
        let word = words.entry(fold(&name.replace('_', " "))).or_default();
        word.month = if word.month == 0 {
            meaning.month
        } else {
            word.month
        };
        word.weekday = if word.weekday == 0 {
            meaning.weekday
        } else {
            word.weekday
        };
        word.sense = word.sense.or(meaning.sense);
        word.zone = word.zone.or(meaning.zone);
    };
    for (name, number) in numbered(include_str!("data/months.txt")) {
        add(
            name,
            Word {
                month: number,
                ..Word::default()
            },
        );
    }
    for (name, number) in numbered(include_str!("data/weekdays.txt")) {
        add(
            name,
            Word {
                weekday: number,
                ..Word::default()
            },
        );
        // 上周五 is the Friday of last week.
        if name.starts_with(['周', '週', '星']) {
            let sense = Some(Sense::LastWeek(number));
            for last in ["上", "上个", "上個"] {
                add(
                    &format!("{last}{name}"),
                    Word {
                        sense,
                        ..Word::default()
                    },
                );
            }
            for this in ["本", "这"] {
                add(
                    &format!("{this}{name}"),
                    Word {
                        weekday: number,
                        ..Word::default()
                    },
                );
            }
        }
    }
    for (offset, names) in
        lines(include_str!("data/zones.txt")).filter_map(|line| line.split_once(' '))
    {
        for name in names.split_whitespace() {
            add(
                name,
                Word {
                    zone: seconds(offset),
                    ..Word::default()
                },
            );
        }
    }
    for (sense, names) in
        lines(include_str!("data/words.txt")).filter_map(|line| line.split_once(": "))
    {
        for name in names.split_whitespace() {
            add(
                name,
                Word {
                    sense: meaning(sense),
                    ..Word::default()
                },
            );
        }
    }
    let mut longest = HashMap::new();
    let mut phrases = HashSet::new();
    for word in words.keys() {
        if let Some(first) = word.chars().next().filter(|first| is_ideographic(*first)) {
            let most = longest.entry(first).or_insert(0);
            *most = word.chars().count().max(*most);
        }
        phrases.extend(word.split_once(' ').map(|(first, _)| first.to_owned()));
    }
    Lexicon {
        words,
        longest,
        phrases,
    }
});

/// Iterates over the lines of a data file that are not comments.
fn lines(file: &'static str) -> impl Iterator<Item = &'static str> {
    file.lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// Iterates over names in groups, with the number of their group, from 1.
fn numbered(file: &'static str) -> impl Iterator<Item = (&'static str, i8)> {
    lines(file)
        .filter_map(|line| line.split_once(": "))
        .flat_map(|(_, groups)| (1..).zip(groups.split(',')))
        .flat_map(|(number, group)| group.split_whitespace().map(move |name| (name, number)))
}

/// Reads `+08:00` in seconds.
fn seconds(offset: &str) -> Option<i32> {
    let (hours, minutes) = offset.get(1..)?.split_once(':')?;
    let seconds = hours.parse::<i32>().ok()? * 3600 + minutes.parse::<i32>().ok()? * 60;
    Some(if offset.starts_with('-') {
        -seconds
    } else {
        seconds
    })
}

/// Reads the name of a line in words.txt.
fn meaning(name: &str) -> Option<Sense> {
    let unit = |name: &str| {
        Some(match name {
            "year" => Unit::Year,
            "month" => Unit::Month,
            "week" => Unit::Week,
            "day" => Unit::Day,
            "hour" => Unit::Hour,
            "minute" => Unit::Minute,
            "second" => Unit::Second,
            _ => return None,
        })
    };
    if let Some(name) = name.strip_prefix("mark-") {
        return unit(name).map(Sense::Mark);
    }
    if let Some(name) = name.strip_prefix("unit-") {
        return unit(name).map(Sense::Unit);
    }
    if let Some(year) = name.strip_prefix("era-") {
        return year.parse().ok().map(Sense::Era);
    }
    if let Some(day) = name.strip_prefix("day-") {
        let (days, half) = match day.split_once('-') {
            Some((days, "morning")) => (days, Some(Half::Am)),
            Some((days, _)) => (days, Some(Half::Evening)),
            None => (day, None),
        };
        return days.parse().ok().map(|days| Sense::Day(days, half));
    }
    Some(match name {
        "ago" => Sense::Ago,
        "ago-first" => Sense::AgoFirst,
        "now" => Sense::Now,
        "am" => Sense::Half(Half::Am),
        "pm" => Sense::Half(Half::Pm),
        "noon" => Sense::Half(Half::Noon),
        "evening" => Sense::Half(Half::Evening),
        "half" => Sense::HalfOf,
        "quarter" => Sense::Quarter,
        "sharp" => Sense::Sharp,
        "one" => Sense::One,
        "first" => Sense::First,
        "ordinal" => Sense::Ordinal,
        "filler" => Sense::Filler,
        "published" => Sense::Label(Label::Published),
        "updated" => Sense::Label(Label::Updated),
        "other" => Sense::Label(Label::Other),
        "date" => Sense::Label(Label::Date),
        "separator" => Sense::Separator,
        "week" => Sense::Week,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::{Sense, fold, lines, longest, lookup, meaning};

    #[test]
    fn every_line_means_something() {
        for line in lines(include_str!("data/words.txt")) {
            let (sense, _) = line.split_once(": ").unwrap();
            assert!(meaning(sense).is_some(), "{sense}");
        }
        for file in [
            include_str!("data/months.txt"),
            include_str!("data/weekdays.txt"),
        ] {
            for line in lines(file) {
                assert!(matches!(line.split(',').count(), 7 | 12), "{line}");
            }
        }
    }

    #[test]
    fn case_and_accents_do_not_matter() {
        assert_eq!(lookup(&fold("FÉVRIER")).unwrap().month, 2);
        assert_eq!(lookup(&fold("Μαΐου")).unwrap().month, 5);
        assert_eq!(lookup(&fold("EYLÜL")).unwrap().month, 9);
    }

    #[test]
    fn the_longest_word_wins() {
        let (length, word) = longest("星期五晚").unwrap();
        assert_eq!((length, word.weekday), ("星期五".len(), 5));
        let (_, word) = longest("上周五").unwrap();
        assert_eq!(word.sense, Some(Sense::LastWeek(5)));
    }
}
