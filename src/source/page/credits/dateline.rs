//! Imprint of an article: date of publication and origin, on the line under its title.

use std::collections::HashSet;
use std::sync::LazyLock;

use jiff::civil::Date;
use jiff::tz::Offset;
use regex::Regex;

use super::origin;
use crate::model::{Moment, Precision, WebUrl};
use crate::source::Setting;
use crate::text::date;

/// Longest line that gives a date rather than tells of one, in characters.
const MAX_LINE_CHARS: usize = 120;

/// Longest line that is a date far from the title, or without a year, in characters.
const MAX_BARE_DATE_CHARS: usize = 60;

/// Hour from which on, universal time, a day may have begun elsewhere; before it one may not
/// have ended.
const DAY_CHANGE_HOUR: i8 = 11;

/// Most dates without a year above a text that has one.
const MAX_GUESSED_DATES: usize = 2;

/// Most days on short lines of a page that has a date of its own there; a list of other news
/// has more.
const MAX_SHORT_LINE_DAYS: usize = 3;

/// Year, without which a date is a guess.
static YEAR: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r"(?:19|20)\d{2}|[〇零]").expect("a constant pattern"));

/// `26-11-27`, where a label says that it is a date.
static SHORT_YEAR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^\D{0,3}\d{2}[-./年]\d{1,2}[-./月]\d{1,2}(?:\D|$)").expect("a constant pattern")
});

/// Date with its time, to see what stands beside it.
static DATE: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?:19|20)\d{2}\s*[-/年.]\s*\d{1,2}\s*[-/月.]\s*\d{1,2}\s*日?\s*(?:星期.)?\s*T?(?:\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?";
    Regex::new(pattern).expect("a constant pattern")
});

/// Date in an address: `/2019-09-11/`, `/20190911/`, `/2019/09/11/`, `/2019/0911/`,
/// `_20190911`, and `/t20190911_`, as government sites have it.
static IN_URL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern =
        r"(?:[/_-]|/t)((?:19|20)\d{2})[-/_]?(0[1-9]|1[0-2])[-/_]?(0[1-9]|[12]\d|3[01])(?:\D|$)";
    Regex::new(pattern).expect("a constant pattern")
});

/// Words of a line whose date is that of something else.
static OTHER: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)更新|截至|截止|Updated|Last modified";
    Regex::new(pattern).expect("a constant pattern")
});

/// Labels before the date that an article was published.
static PUBLISHED: LazyLock<[Regex; 2]> = LazyLock::new(|| {
    let patterns = [
        r"(?:发布|發布|发表|刊发|公布|发文|发稿)\s*(?:时\s*间|時間|日\s*期|于)?\s*[:：]",
        r"(?:^|[^\p{Han}])(?:时\s*间|時間|日\s*期)\s*[:：]",
    ];
    patterns.map(|pattern| Regex::new(pattern).expect("a constant pattern"))
});

/// Label of the date of publication in a line of its own.
static LABEL_CELL: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"^\W*(?:发布|發布|公开|公布|发文|刊发|发稿)(?:时间|時間|日期)\W*$";
    Regex::new(pattern).expect("a constant pattern")
});

/// Longest cell that gives a date, in characters.
const MAX_CELL_CHARS: usize = 30;

/// Line with the date of what the page is about: `Version 3, 29 June 2007`.
static VERSION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\W*(?:Version|Release|©|Copyright)\b").expect("a constant pattern")
});

/// Words on a line that tells the date of publication, and who did it.
static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)\b(?:publi\w+|posted|created|erstellt|stand|veröffentlicht\w*|geschrieben|publié\w*|pubblicato|publicado|geplaatst|gepubliceerd|publicerad|opublikowano|dodano|дата|date|datum|fecha|data|on|at|am|um|uhr|by|von|par|por|di|le|il|el|vom)\b";
    Regex::new(pattern).expect("a constant pattern")
});

/// Date, with the offset that was written with it. Never before 1970, nor more than a day
/// ahead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::source::page) struct Dated {
    pub(in crate::source::page) moment: Moment,
    pub(in crate::source::page) offset: Option<Offset>,
    /// Day as written.
    day: Date,
    /// Hour as written.
    hour: i8,
}

impl Dated {
    /// Finds a date in a text; `None` also for one before 1970 or more than a day ahead.
    pub(in crate::source::page) fn find(text: &str, setting: &Setting<'_>) -> Option<Dated> {
        let found = date::find(text, setting.now, setting.zone)?;
        Dated::of(found, setting)
    }

    fn of(found: date::FoundDate, setting: &Setting<'_>) -> Option<Dated> {
        let moment = found.resolve(setting.zone)?;
        let day = 24 * 60 * 60;
        let at = moment.at.as_second();
        let is_likely = at > 0 && at <= setting.now.as_second() + day;
        is_likely.then_some(Dated {
            moment,
            offset: found.offset,
            day: found.civil.date(),
            hour: found.civil.hour(),
        })
    }

    fn is_exact(&self) -> bool {
        self.moment.precision > Precision::Day
    }

    /// Returns the other one if both are of the same day and only it has a time.
    pub(in crate::source::page) fn or_finer(self, other: Option<Dated>) -> Dated {
        let is_finer =
            |other: &Dated| !self.is_exact() && other.is_exact() && self.day == other.day;
        other.filter(is_finer).unwrap_or(self)
    }

    /// Returns `shown` if that is another day by more than a zone can make it.
    pub(in crate::source::page) fn or_shown(self, shown: Option<Dated>) -> Dated {
        let is_apart = |shown: &Dated| {
            let next = [self.day.tomorrow(), self.day.yesterday()];
            let is_near = next.iter().flatten().any(|day| *day == shown.day);
            shown.day != self.day && (self.offset.is_none() || !is_near)
        };
        shown.filter(is_apart).unwrap_or(self)
    }

    /// Returns `day` if that is the day before or after: sites that give machines universal
    /// time show people their own day.
    pub(in crate::source::page) fn or_day_of(self, day: Option<Dated>) -> Dated {
        let is_universal = self.offset == Some(Offset::UTC);
        let next = if self.hour >= DAY_CHANGE_HOUR {
            self.day.tomorrow()
        } else {
            self.day.yesterday()
        };
        let is_near = |other: &Dated| next.as_ref().is_ok_and(|day| *day == other.day);
        day.filter(|day| is_universal && is_near(day))
            .unwrap_or(self)
    }
}

/// Returns the date that a line says to be that of publication.
pub(in crate::source::page) fn date_labelled(
    lines: &[&str],
    setting: &Setting<'_>,
) -> Option<Dated> {
    let short = || {
        lines
            .iter()
            .filter(|line| line.chars().nth(MAX_LINE_CHARS).is_none())
    };
    let on_line = PUBLISHED.iter().find_map(|label| {
        short().find_map(|line| {
            let told = &line[label.find(line)?.end()..];
            let has_year = YEAR.is_match(told) || SHORT_YEAR.is_match(told);
            has_year.then(|| Dated::find(told, setting))?
        })
    });
    // The cell of a table behind that of its label.
    let in_cell = || {
        lines.windows(2).find_map(|cells| {
            let is_date = cells[1].chars().nth(MAX_CELL_CHARS).is_none() && YEAR.is_match(cells[1]);
            (LABEL_CELL.is_match(cells[0]) && is_date).then(|| Dated::find(cells[1], setting))?
        })
    };
    on_line.or_else(in_cell)
}

/// Finds the date on the lines between title and text, to the minute if one has it.
pub(in crate::source::page) fn date_on(lines: &[&str], setting: &Setting<'_>) -> Option<Dated> {
    let mut found: Option<Dated> = None;
    let is_short = |line: &&&str| line.chars().nth(MAX_LINE_CHARS).is_none();
    for line in lines
        .iter()
        .filter(is_short)
        .filter(|line| YEAR.is_match(line) && !VERSION.is_match(line))
    {
        let is_other = OTHER.is_match(line);
        if is_other && found.is_some() {
            continue;
        }
        match Dated::find(line, setting) {
            Some(dated) if dated.is_exact() && !is_other => return Some(dated),
            dated => found = found.or(dated),
        }
    }
    found
}

/// Finds the date on a line below the title that says little else: when a page tells people
/// another day than machines, people are right.
pub(in crate::source::page) fn date_told(lines: &[&str], setting: &Setting<'_>) -> Option<Dated> {
    let is_told = |line: &&&str| {
        let is_short = line.chars().nth(MAX_BARE_DATE_CHARS).is_none();
        is_short && YEAR.is_match(line) && !OTHER.is_match(line) && says_little(line)
    };
    let told = lines.iter().filter(is_told);
    told.filter_map(|line| Dated::find(line, setting)).next()
}

/// Whether a line has no words but those of a date, or says that it is one.
fn says_little(line: &str) -> bool {
    let is_said = TOLD.is_match(line);
    let n_words = line
        .split(|c: char| !c.is_alphabetic())
        .filter(|word| word.chars().nth(1).is_some())
        .count();
    n_words <= if is_said { 6 } else { 2 }
}

/// Finds the date on those lines, unless they have those of several days: then they list other
/// news.
pub(in crate::source::page) fn only_date_on(
    lines: &[&str],
    setting: &Setting<'_>,
) -> Option<Dated> {
    let days = lines.iter().filter_map(|line| date_on(&[line], setting));
    let days: HashSet<Date> = days.map(|dated| dated.day).collect();
    date_on(lines, setting).filter(|_| days.len() < 2)
}

/// Finds a date without a year on those lines: `3小时前`, `03-16 12:49`.
pub(in crate::source::page) fn guess_on(lines: &[&str], setting: &Setting<'_>) -> Option<Dated> {
    let is_guess =
        |line: &&&str| line.chars().nth(MAX_BARE_DATE_CHARS).is_none() && !YEAR.is_match(line);
    let guesses = lines.iter().filter(is_guess);
    let found: Vec<Dated> = guesses
        .filter_map(|line| Dated::find(line, setting))
        .take(MAX_GUESSED_DATES + 1)
        .collect();
    // An article has one date; several are those of other news.
    let is_list = found.len() > MAX_GUESSED_DATES;
    found.into_iter().next().filter(|_| !is_list)
}

/// Whether a line gives a date and little else.
pub(in crate::source::page) fn is_date_line(line: &str) -> bool {
    let is_short = line.chars().nth(70).is_none();
    is_short && !line.ends_with(['。', '.', '！']) && DATE.is_match(line)
}

/// Finds the first date with a year on a short line, anywhere on the page; copyright lines do
/// not count.
pub(in crate::source::page) fn date_anywhere<'l>(
    lines: impl Iterator<Item = &'l str>,
    setting: &Setting<'_>,
) -> Option<Dated> {
    let is_short = |line: &&str| line.chars().nth(MAX_BARE_DATE_CHARS).is_none();
    let is_right = |line: &&str| {
        line.contains(['©', '®']) || line.contains("opyright") || VERSION.is_match(line)
    };
    let lines = lines
        .filter(is_short)
        .filter(|line| YEAR.is_match(line) && !is_right(line));
    let found: Vec<Dated> = lines
        .take(200)
        .filter_map(|line| Dated::find(line, setting))
        .collect();
    let days: HashSet<Date> = found.iter().map(|dated| dated.day).collect();
    let is_list = days.len() > MAX_SHORT_LINE_DAYS;
    found.into_iter().next().filter(|_| !is_list)
}

/// Parses a date that a page gives to machines.
pub(in crate::source::page) fn date_in_meta(text: &str, setting: &Setting<'_>) -> Option<Dated> {
    Dated::find(text, setting)
}

/// Finds the day in an address.
pub(in crate::source::page) fn date_in_url(url: &WebUrl, setting: &Setting<'_>) -> Option<Dated> {
    let groups = IN_URL.captures(url.as_str())?;
    let number = |group: usize| groups[group].parse::<i16>().ok();
    let month = i8::try_from(number(2)?).ok()?;
    let day = i8::try_from(number(3)?).ok()?;
    let date = Date::new(number(1)?, month, day).ok()?;
    let found = date::FoundDate {
        civil: date.at(0, 0, 0, 0),
        offset: None,
        precision: Precision::Day,
    };
    Dated::of(found, setting)
}

/// Finds the origin on the line of the date, without a label.
pub(in crate::source::page) fn origin_by_date(lines: &[&str]) -> Option<String> {
    let line = lines[date_line(lines)?];
    let date = DATE.find(line)?;
    let mut own = [&line[date.end()..], &line[..date.start()]].into_iter();
    own.find_map(origin::beside_date)
}

fn date_line(lines: &[&str]) -> Option<usize> {
    let has_date = |line: &&str| line.chars().nth(MAX_LINE_CHARS).is_none() && DATE.is_match(line);
    lines.iter().position(has_date)
}

/// Finds the origin on the line next to that of the date.
pub(in crate::source::page) fn origin_near_date(lines: &[&str]) -> Option<String> {
    let at = date_line(lines)?;
    let next = lines
        .get(at + 1)
        .filter(|next| next.chars().nth(20).is_none());
    let before = at.checked_sub(1).map(|at| lines[at]);
    let before = before.filter(|line| line.chars().nth(12).is_none());
    let mut places = next.copied().into_iter().chain(before);
    places.find_map(origin::beside_date)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::page::testing::setting;

    fn day(dated: Option<Dated>) -> Option<String> {
        dated.map(|dated| dated.day.to_string())
    }

    #[test]
    fn addresses_have_days() {
        for (path, want) in [
            ("/2018/0316/c1.html", Some("2018-03-16")),
            ("/201803/t20180316_123.shtml", Some("2018-03-16")),
            ("/news/20180316/1.html", Some("2018-03-16")),
            ("/2018/13/45/", None),
            ("/story/120180316120908039/", None),
        ] {
            let url = WebUrl::parse(&format!("https://a.cn{path}")).unwrap();
            let got = day(setting(|setting| date_in_url(&url, setting)));
            assert_eq!(got.as_deref(), want, "given {path}");
        }
    }

    #[test]
    fn a_day_told_to_people_is_one_line_with_little_else() {
        for (line, want) in [
            ("16.03.2018 Von Anna Muster", Some("2018-03-16")),
            ("Stand: 16.03.2018 18:00 Uhr", Some("2018-03-16")),
            ("Updated: 16 March 2018", None),
            (
                "The exhibition opened on 16 March 2018 in the old town hall",
                None,
            ),
        ] {
            let got = day(setting(|setting| date_told(&[line], setting)));
            assert_eq!(got.as_deref(), want, "given {line}");
        }
    }

    #[test]
    fn the_date_of_a_version_is_not_that_of_the_page() {
        let lines = [
            "Version 3, 29 June 2007",
            "Copyright © 2007 A",
            "Updated: 2016/11/18",
        ];
        let got = day(setting(|setting| date_anywhere(lines.into_iter(), setting)));
        assert_eq!(got.as_deref(), Some("2016-11-18"));
        assert_eq!(setting(|setting| date_on(&lines[..2], setting)), None);
    }

    #[test]
    fn universal_time_is_of_the_day_that_people_see() {
        let read = |text: &str| setting(|setting| Dated::find(text, setting));
        let told = read("2018-03-15T20:30:00Z").unwrap();
        assert_eq!(
            day(Some(told.or_day_of(read("2018-03-16")))).as_deref(),
            Some("2018-03-16")
        );
        let told = read("2018-03-15T12:36:00Z").unwrap();
        assert_eq!(
            day(Some(told.or_day_of(read("2018-03-14")))).as_deref(),
            Some("2018-03-15")
        );
        assert_eq!(
            day(Some(told.or_shown(read("2018-03-14")))).as_deref(),
            Some("2018-03-15")
        );
        assert_eq!(
            day(Some(told.or_shown(read("2018-01-15")))).as_deref(),
            Some("2018-01-15")
        );
    }
}
