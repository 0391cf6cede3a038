//! What to look for in a page, and what to take of it.
//!
//! A selector as `feeds.toml` has it: a string of CSS where `a@href` takes an
//! attribute, or a list of such that is tried in order. [`Typed`] is one of them
//! as the admin wrote it, [`Selector`] all of them, compiled once.

use dom_query::Matcher;
use jiff::{Timestamp, fmt::strtime, tz::TimeZone};
use regex::{Regex, RegexBuilder};

/// The longest selector, regex or format, in bytes.
const MAX_TEXT: usize = 1000;

/// The most memory that a compiled regex may take, in bytes.
const MAX_REGEX: usize = 1 << 20;

/// One way to find a value, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// CSS, with `@name` at its end to take an attribute; empty for the element
    /// that is looked into.
    pub css: String,
    /// The attribute to take instead of the text.
    pub attr: Option<String>,
    /// What to take of the value: the first group, or all that matches.
    pub regex: Option<String>,
    /// How a date is written, in the manner of strftime; tried in order.
    pub format: Vec<String>,
    /// The zone of dates that name none.
    pub timezone: Option<String>,
}

/// What to look for: ways that are tried in order until one matches.
#[derive(Clone, Debug)]
pub struct Selector {
    pub(super) ways: Vec<Way>,
}

/// One way to find a value, compiled.
#[derive(Clone, Debug)]
pub(super) struct Way {
    /// The CSS as typed, for messages.
    pub(super) css: String,
    /// Absent for the element that is looked into.
    pub(super) matcher: Option<Matcher>,
    pub(super) attr: Option<String>,
    pub(super) regex: Option<Regex>,
    pub(super) formats: Vec<String>,
    pub(super) zone: Option<TimeZone>,
}

/// A selector that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadSelector {
    /// Which of the ways, counted from 0.
    pub way: usize,
    /// Which part of it.
    pub part: Part,
    /// Where in that part, in bytes; its start where nobody can say.
    pub at: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// A part of a way, named as in `feeds.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `css`, or the whole of a selector that is a string.
    Css,
    /// `attr`
    Attr,
    /// `regex`
    Regex,
    /// `format`
    Format,
    /// `timezone`
    Timezone,
}

impl From<&str> for Typed {
    fn from(css: &str) -> Typed {
        Typed {
            css: css.to_owned(),
            ..Typed::default()
        }
    }
}

impl Selector {
    /// Compiles what was typed.
    ///
    /// ```
    /// use gazetted::source::page::Selector;
    /// assert!(Selector::new(&["h2 a@href".into(), "a@href".into()]).is_ok());
    /// let bad = Selector::new(&["li a".into(), "li..a".into()]).unwrap_err();
    /// assert_eq!((bad.way, bad.at), (1, 2));
    /// ```
    ///
    /// # Errors
    ///
    /// The first thing that is wrong, and where.
    pub fn new(typed: &[Typed]) -> Result<Selector, BadSelector> {
        if typed.is_empty() {
            return Err(Trouble::start(Part::Css, "a list of selectors needs one at least").of(0));
        }
        let ways = typed
            .iter()
            .enumerate()
            .map(|(number, way)| Way::new(way).map_err(|trouble| trouble.of(number)))
            .collect::<Result<_, _>>()?;
        Ok(Selector { ways })
    }

    /// The CSS of the first way as typed, for messages.
    #[must_use]
    pub fn as_typed(&self) -> &str {
        self.ways.first().map_or("", |way| &way.css)
    }
}

/// Compiles a regex on its own, as `list.url_pattern` is one.
///
/// # Errors
///
/// When it is not a regex, or one that takes too much memory.
pub fn pattern(text: &str) -> Result<Regex, BadSelector> {
    regex(text).map_err(|trouble| trouble.of(0))
}

impl Way {
    fn new(typed: &Typed) -> Result<Way, Trouble> {
        let (css, suffix) = split(&typed.css);
        if suffix.is_some() && typed.attr.is_some() {
            let message = "the attribute is named twice, after @ and in `attr`: keep one";
            return Err(Trouble::start(Part::Attr, message));
        }
        let attr = match (suffix, &typed.attr) {
            (Some(name), _) => Some(attribute(Part::Css, css.len() + 1, name)?),
            (None, Some(name)) => Some(attribute(Part::Attr, 0, name)?),
            (None, None) => None,
        };
        Ok(Way {
            css: typed.css.clone(),
            matcher: matcher(css)?,
            attr,
            regex: typed.regex.as_deref().map(regex).transpose()?,
            formats: typed
                .format
                .iter()
                .map(|text| format(text))
                .collect::<Result<_, _>>()?,
            zone: typed.timezone.as_deref().map(timezone).transpose()?,
        })
    }
}

/// `a@href` taken apart. An @ inside brackets, parentheses or quotes is not ours.
fn split(css: &str) -> (&str, Option<&str>) {
    match css.rsplit_once('@') {
        Some((css, name)) if !name.contains([']', ')', '"', '\'']) => (css, Some(name)),
        _ => (css, None),
    }
}

fn attribute(part: Part, at: usize, name: &str) -> Result<String, Trouble> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | ':' | '.');
    let name = name.trim();
    if name.is_empty() || name.len() > 64 || !name.chars().all(is_name) {
        let message = format!("`{name}` is not the name of an attribute, write `a@href`");
        return Err(Trouble { part, at, message });
    }
    Ok(name.to_ascii_lowercase())
}

fn matcher(css: &str) -> Result<Option<Matcher>, Trouble> {
    if css.trim().is_empty() {
        return Ok(None);
    }
    if css.starts_with("xpath:") || css.starts_with('/') {
        return Err(Trouble::start(
            Part::Css,
            "this is XPath, write CSS instead",
        ));
    }
    short(Part::Css, css)?;
    match Matcher::new(css) {
        Ok(matcher) => Ok(Some(matcher)),
        Err(_) => {
            let at = good_prefix(css);
            let message = match &css[at..] {
                "" => "not a CSS selector: something is missing at its end".to_owned(),
                rest => format!("not a CSS selector from here on: `{rest}`"),
            };
            Err(Trouble {
                part: Part::Css,
                at,
                message,
            })
        }
    }
}

/// How much of `css` is a selector: the parser itself does not say where it stopped.
fn good_prefix(css: &str) -> usize {
    let ends = css.char_indices().map(|(at, _)| at).rev();
    let good = ends
        .filter(|at| *at > 0)
        .find(|at| Matcher::new(&css[..*at]).is_ok());
    good.unwrap_or(0)
}

fn regex(text: &str) -> Result<Regex, Trouble> {
    short(Part::Regex, text)?;
    let built = RegexBuilder::new(text).size_limit(MAX_REGEX).build();
    built.map_err(|error| {
        Trouble::start(
            Part::Regex,
            &format!("not a regex: {}", last_line(&error.to_string())),
        )
    })
}

fn format(text: &str) -> Result<String, Trouble> {
    short(Part::Format, text)?;
    let sample = Timestamp::UNIX_EPOCH.to_zoned_datetime(TimeZone::UTC);
    match strtime::format(text, &sample) {
        Ok(_) if text.contains('%') => Ok(text.to_owned()),
        Ok(_) => Err(Trouble::start(
            Part::Format,
            "a format needs at least one %, as in %Y-%m-%d %H:%M",
        )),
        Err(error) => Err(Trouble::start(
            Part::Format,
            &format!("not a date format: {error}"),
        )),
    }
}

fn timezone(name: &str) -> Result<TimeZone, Trouble> {
    TimeZone::get(name).map_err(|_| {
        let message = format!("there is no time zone `{name}`, write it as in Asia/Shanghai");
        Trouble::start(Part::Timezone, &message)
    })
}

fn short(part: Part, text: &str) -> Result<(), Trouble> {
    match text.len() {
        0..=MAX_TEXT => Ok(()),
        _ => Err(Trouble::start(
            part,
            &format!("this is longer than {MAX_TEXT} bytes"),
        )),
    }
}

fn last_line(message: &str) -> &str {
    let line = message.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line)
}

/// A [`BadSelector`] that does not know yet which way it is about.
struct Trouble {
    part: Part,
    at: usize,
    message: String,
}

impl Trouble {
    fn start(part: Part, message: &str) -> Trouble {
        let message = message.to_owned();
        Trouble {
            part,
            at: 0,
            message,
        }
    }

    fn of(self, way: usize) -> BadSelector {
        let Trouble { part, at, message } = self;
        BadSelector {
            way,
            part,
            at,
            message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_shared<T: Send + Sync>() {}

    #[track_caller]
    fn check(typed: Typed, part: Part, at: usize, says: &str) {
        let bad = Selector::new(&[typed]).unwrap_err();
        assert_eq!((bad.part, bad.at), (part, at), "{bad}");
        assert!(bad.message.contains(says), "{bad}");
    }

    #[track_caller]
    fn bad_css(css: &str, at: usize) {
        check(css.into(), Part::Css, at, "");
    }

    #[test]
    fn rules_can_be_shared_between_threads() {
        is_shared::<Selector>();
    }

    #[test]
    fn a_bad_selector_says_where() {
        bad_css("li..a", 2);
        bad_css("ul > li:fancy", 7);
        bad_css("ul >", 3);
        bad_css(">", 0);
        bad_css("a@", 2);
        bad_css("a@hr ef", 2);
        bad_css("新闻..a", 6);
        bad_css("xpath://li", 0);
        bad_css("//li", 0);
    }

    #[test]
    fn other_parts_are_checked_too() {
        let regex = |text: &str| Typed {
            regex: Some(text.to_owned()),
            ..Typed::default()
        };
        check(regex("(来源"), Part::Regex, 0, "unclosed group");
        check(regex(r"(\w{1000}){1000}"), Part::Regex, 0, "size limit");
        let format = |text: &str| Typed {
            format: vec![text.to_owned()],
            ..Typed::default()
        };
        check(format("%Y-%!"), Part::Format, 0, "not a date format");
        check(format("Y-m-d"), Part::Format, 0, "needs at least one %");
        let zone = Typed {
            timezone: Some("Asia/Jinan".to_owned()),
            ..Typed::default()
        };
        check(zone, Part::Timezone, 0, "Asia/Shanghai");
        let twice = Typed {
            attr: Some("title".to_owned()),
            ..Typed::from("a@href")
        };
        check(twice, Part::Attr, 0, "twice");
    }

    #[test]
    fn an_at_sign_inside_an_attribute_value_is_css() {
        let selector = Selector::new(&["a[href*='@x']".into()]).unwrap();
        assert_eq!(selector.ways[0].attr, None);
    }
}
