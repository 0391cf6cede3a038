//! Surroundings of an article's text: the lines with its date, origin and authors.

use super::body::Body;
use super::density;
use super::meta::Meta;
use crate::model::{Figure, WebUrl};
use crate::source::Setting;
use crate::source::page::credits::dateline::Dated;
use crate::source::page::credits::marked::Marked;
use crate::source::page::credits::{byline, caption, clock, dateline, origin, person, writer};
use crate::source::page::dom::letters;
use crate::source::page::dom::lines::Line;

/// Lines above the title that may say something of the article.
const LINES_ABOVE: usize = 3;

/// Lines below the title that may stand before the text, at most.
const MAX_LINES_BELOW: usize = 20;

/// Lines behind the text that may name its origin or authors.
const LINES_BEHIND: usize = 8;

/// Fewest letters of a link that is the headline of other news.
const MIN_TEASER_LETTERS: usize = 8;

/// Lines at either end of a text that may be signed.
const SIGNED_LINES: usize = 3;

/// Lines of a page, parted around the text of the article.
pub(in crate::source::page) struct Surroundings<'l> {
    all: &'l [Line],
    pub(in crate::source::page) head: Vec<&'l str>,
    /// Part of `head` below the title.
    below: Vec<&'l str>,
    pub(in crate::source::page) text: Vec<&'l str>,
    pub(in crate::source::page) tail: Vec<&'l str>,
    /// Lines of `head` that may date the article though they have no year: those that do not
    /// stand with a link to other news.
    guesses: Vec<&'l str>,
    is_cjk: bool,
    /// Number of pictures of the page before the title, and before the end of the text; 0 and
    /// 0 if that end is not found.
    pictures: (usize, usize),
}

impl<'l> Surroundings<'l> {
    /// Parts the lines of a page: `head` from 3 lines above the title to the text (20 lines
    /// at most), `tail` what was cut off the body and 8 lines behind it.
    pub(in crate::source::page) fn of(
        lines: &'l [Line],
        title: Option<&str>,
        body: Option<&'l Body>,
    ) -> Surroundings<'l> {
        let title = title.map(letters);
        let is_title = |line: &Line| {
            let is_longer = |title: &String| line.text.len() > title.len() * 2 + 64;
            let title = title.as_ref().filter(|title| !is_longer(title));
            title.is_some_and(|title| letters(&line.text) == *title)
        };
        let heading = lines.iter().position(is_title);
        let after = heading.map_or(0, |at| at + 1);
        let text = body.map(|body| body.lines.as_slice()).unwrap_or_default();
        let at = |wanted: Option<&Line>, from: usize| {
            let wanted = wanted?;
            let found = lines[from..]
                .iter()
                .position(|line| line.text == wanted.text);
            found.map(|at| from + at)
        };
        let start = at(text.first(), after).or_else(|| at(text.first(), 0));
        let end = start.and_then(|start| at(text.last(), start));
        let is_whole = end.is_some();
        let end = end.map_or(lines.len(), |end| end + 1);
        let start = start.unwrap_or(lines.len().min(after + MAX_LINES_BELOW));
        let from = heading
            .filter(|at| *at < start)
            .unwrap_or(start.saturating_sub(MAX_LINES_BELOW));
        let strings = |lines: &'l [Line]| -> Vec<&'l str> {
            let lines = lines.iter().map(|line| line.text.as_str());
            lines.filter(|line| !clock::is_clock(line)).collect()
        };
        let around = body
            .into_iter()
            .flat_map(|body| body.around.iter().map(String::as_str));
        let low = if heading.is_some() { after } else { from }.min(start);
        let high = start.min(from + MAX_LINES_BELOW).max(low);
        let is_cjk = |line: &Line| density::is_cjk(line.text.chars());
        let before = |at: usize| at.checked_sub(1).map_or(0, |at| lines[at].pictures);
        let head = from.saturating_sub(LINES_ABOVE)..start.min(from + MAX_LINES_BELOW);
        Surroundings {
            all: lines,
            head: strings(&lines[head.clone()]),
            guesses: head
                .filter(|at| !is_teaser(lines, *at))
                .map(|at| lines[at].text.as_str())
                .filter(|line| !clock::is_clock(line))
                .collect(),
            below: strings(&lines[low..high]),
            text: strings(text),
            tail: around
                .chain(strings(&lines[end..lines.len().min(end + LINES_BEHIND)]))
                .collect(),
            pictures: if is_whole {
                (before(low), before(end))
            } else {
                (0, 0)
            },
            is_cjk: if text.is_empty() {
                lines[from..start].iter().any(is_cjk)
            } else {
                text.iter().any(is_cjk)
            },
        }
    }

    /// Finds the origin (来源) by the lines around the text, then the class of an element, then
    /// `meta`.
    pub(in crate::source::page) fn origin(
        &self,
        class: Option<String>,
        meta: &Meta,
    ) -> Option<String> {
        let end = self.text.len().saturating_sub(LINES_BEHIND);
        let named = match origin::is_unnamed(&self.head) {
            true => &[],
            false => self.head.as_slice(),
        };
        origin::labelled(&self.head)
            .or_else(|| dateline::origin_by_date(named))
            .or_else(|| origin::labelled(&self.text[end..]))
            .or(class)
            .or_else(|| origin::labelled(&self.tail))
            .or_else(|| dateline::origin_near_date(named))
            .or_else(|| meta.origin.as_deref().and_then(origin::name))
    }

    /// Lists the authors: on lines as Chinese papers sign; else what JSON-LD, markup, the words
    /// of a line and `<meta>` say of people, in this order; else whoever they name. The name of
    /// the site itself is none.
    pub(in crate::source::page) fn authors(&self, marked: &Marked, meta: &Meta) -> Vec<String> {
        let is_prose = |line: &&str| !caption::has_credit(line);
        let text: Vec<&str> = self.text.iter().copied().filter(is_prose).collect();
        let signed = byline::authors(&self.head, &text, &self.tail);
        if !signed.is_empty() {
            return signed;
        }
        let is_person = |name: &String| name.contains(person::is_han) && person::is_full_name(name);
        let people = |told: &[String]| -> Vec<String> {
            let told = told.iter().filter(|name| !self.is_site(name, meta));
            let mut found: Vec<String> = Vec::new();
            for name in told.flat_map(|name| match is_person(name) {
                true => vec![name.clone()],
                false => writer::people(name),
            }) {
                if !found.contains(&name) {
                    found.push(name);
                }
            }
            found
        };
        // A person by JSON-LD may have one name.
        let one_word = |told: &[String]| -> Vec<String> {
            let told = told
                .iter()
                .filter(|name| !self.is_cjk && !self.is_site(name, meta));
            let told = told.filter(|name| !name.contains([' ', '.']));
            told.filter_map(|name| writer::alias(name)).collect()
        };
        let lines = |read: fn(&str) -> Vec<String>, lines: &[&str]| {
            let mut found = lines.iter().map(|line| read(line));
            found.find(|names| !names.is_empty()).unwrap_or_default()
        };
        let end = self.text.len().saturating_sub(SIGNED_LINES);
        let start = &self.text[..self.text.len().min(SIGNED_LINES)];
        let signature = self.text.last().copied();
        let ways: [&dyn Fn() -> Vec<String>; 9] = [
            &|| people(&meta.authors),
            &|| one_word(&meta.people),
            &|| marked.people.clone(),
            &|| lines(writer::below_headline, &self.below),
            &|| people(&meta.named),
            &|| lines(writer::in_lead, start),
            &|| lines(writer::in_line, &self.text[end..]),
            &|| lines(writer::in_line, &self.tail),
            &|| signature.map(writer::signed).unwrap_or_default(),
        ];
        let found = ways.iter().map(|way| way()).find(|names| !names.is_empty());
        found.unwrap_or_else(|| self.alias(marked, meta).into_iter().collect())
    }

    /// Finds what a page calls its writer where nothing says that this is a person; Chinese
    /// sites name themselves there.
    fn alias(&self, marked: &Marked, meta: &Meta) -> Option<String> {
        if self.is_cjk {
            return None;
        }
        let machine = meta.authors.iter().chain(&meta.named);
        let told: Vec<&String> = marked.alias.iter().chain(machine).collect();
        let by_line = || self.below.iter().find_map(|line| writer::alias_in(line));
        let of = |is_wanted: &dyn Fn(&str) -> bool| {
            let mut told = told.iter().filter_map(|name| writer::alias(name));
            told.find(|name| is_wanted(name))
        };
        of(&|name| !self.is_site(name, meta))
            .or_else(by_line)
            .or_else(|| of(&|_| true))
    }

    /// Whether a name is that of the site or its publisher.
    fn is_site(&self, name: &str, meta: &Meta) -> bool {
        let own = letters(name);
        meta.site.iter().any(|site| letters(site) == own)
    }

    /// Lists the pictures between title and end of the text, with those that were taken for
    /// no part of it.
    pub(in crate::source::page) fn pictures<'p>(
        &self,
        pictures: &'p [Option<String>],
    ) -> impl Iterator<Item = Figure> + 'p {
        let (from, to) = self.pictures;
        let between = pictures.get(from..to).unwrap_or_default();
        between.iter().flatten().map(|url| Figure {
            url: url.clone(),
            caption: None,
        })
    }

    /// Finds the date of publication.
    ///
    /// Chinese pages show it to people to the minute and tell machines little or another;
    /// elsewhere it is the other way round.
    pub(in crate::source::page) fn published(
        &self,
        meta: &Meta,
        url: &WebUrl,
        setting: &Setting<'_>,
    ) -> Option<Dated> {
        let date = |text: &Option<String>| dateline::date_in_meta(text.as_deref()?, setting);
        let told = date(&meta.published);
        // A title may tell of another day: 7月11日起…
        let seen = dateline::date_labelled(&self.below, setting)
            .or_else(|| dateline::date_labelled(&self.head, setting))
            .or_else(|| dateline::date_on(&self.below, setting))
            .or_else(|| dateline::date_on(&self.head, setting));
        let in_url = dateline::date_in_url(url, setting);
        let first = match (seen, told) {
            (Some(seen), told) if self.is_cjk => Some(seen.or_finer(told)),
            (seen, Some(told)) => {
                let shown = dateline::date_told(&self.below, setting);
                let told = told.or_finer(seen).or_day_of(in_url.or(seen));
                Some(told.or_shown(shown))
            }
            (seen, None) => seen,
        };
        // 周四, "Thursday": a day without a year is worth less where pages are old.
        let guess = dateline::guess_on(&self.guesses, setting);
        let (early, late) = if self.is_cjk {
            (guess, None)
        } else {
            (None, guess)
        };
        first
            .or(in_url)
            .or_else(|| {
                meta.times
                    .iter()
                    .find_map(|time| Dated::find(time, setting))
            })
            .or_else(|| dateline::date_labelled(&self.tail, setting))
            .or_else(|| dateline::only_date_on(&self.tail, setting))
            .or(early)
            .or_else(|| date(&meta.modified))
            .or_else(|| {
                let lines = self.all.iter().map(|line| line.text.as_str());
                dateline::date_anywhere(lines.filter(|line| !clock::is_clock(line)), setting)
            })
            .or(late)
    }
}

/// Whether a line is part of a teaser of other news: in a link, or next to one that is wide
/// enough for a headline. A link of a byline or to a section is narrow.
fn is_teaser(lines: &[Line], at: usize) -> bool {
    let is_linked = |line: &Line| {
        let n_letters = line.text.chars().filter(|c| !c.is_whitespace()).count();
        line.linked * 2 > n_letters
    };
    let is_headline = |at: Option<usize>| {
        let line = at.and_then(|at| lines.get(at));
        line.is_some_and(|line| is_linked(line) && line.linked >= MIN_TEASER_LETTERS)
    };
    is_linked(&lines[at]) || is_headline(at.checked_sub(1)) || is_headline(at.checked_add(1))
}
