//! Selectors: values to look for in a page, and the part to take of them.
//!
//! A selector as `feeds.toml` has it: a string of CSS where `a@href` takes an
//! attribute, or `xpath:` and XPath, or a list of such that is tried in order.
//! [`Typed`] is one of them as the admin wrote it, [`Selector`] all of them,
//! compiled once.

pub(super) mod pick;
mod price;
pub(super) mod xpath;

use std::fmt;

use dom_query::Matcher;

use crate::source::refine::Refine;
use crate::source::typed::{self, BadSelector, Part, Trouble, Typed, short};
use price::CssPrice;
use xpath::Expression;

/// Prefix of XPath expressions.
const XPATH: &str = "xpath:";

/// Selector: ways to find a value that are tried in order until one matches.
#[derive(Clone, Debug)]
pub struct Selector {
    pub(super) ways: Vec<Way>,
}

/// Way to find a value, compiled.
#[derive(Clone)]
pub(super) struct Way {
    /// Way as typed, for messages.
    pub(super) typed: Typed,
    pub(super) find: Find,
    pub(super) attr: Option<String>,
    pub(super) refine: Refine,
}

/// Kind of a way to find elements.
#[derive(Clone, Debug)]
pub(super) enum Find {
    /// Element that is looked into.
    Here,
    Css(Matcher, CssPrice),
    XPath(Expression),
}

impl Selector {
    /// Compiles selectors as typed.
    ///
    /// ```
    /// use gazetted::source::page::Selector;
    /// assert!(Selector::new(&["h2 a@href".into(), "xpath:.//a/@href".into()]).is_ok());
    /// let bad = Selector::new(&["li a".into(), "li..a".into()]).unwrap_err();
    /// assert_eq!((bad.way, bad.at), (1, 2));
    /// ```
    ///
    /// # Errors
    ///
    /// If one is no selector: the first thing that is wrong, and its place.
    pub fn new(typed: &[Typed]) -> Result<Selector, BadSelector> {
        let ways = typed::each(typed, Way::new)?;
        Ok(Selector { ways })
    }

    /// Returns the first way as typed, for messages.
    #[must_use]
    pub fn as_typed(&self) -> &str {
        self.ways.first().map_or("", |way| &way.typed.path)
    }

    /// Writes the selector as a value of TOML, as an admin would.
    #[must_use]
    pub fn as_toml(&self) -> String {
        let ways: Vec<String> = self.ways.iter().map(|way| way.typed.as_toml()).collect();
        match ways.as_slice() {
            [one] => one.clone(),
            several => format!("[{}]", several.join(", ")),
        }
    }
}

impl Way {
    fn new(typed: &Typed) -> Result<Way, Trouble> {
        let (path, suffix) = split(&typed.path);
        if suffix.is_some() && typed.attr.is_some() {
            let message = "the attribute is named twice, after @ and in `attr`: keep one";
            return Err(Trouble::start(Part::Attr, message));
        }
        let attr = match (suffix, &typed.attr) {
            (Some(name), _) => Some(attribute(Part::Path, path.len() + 1, name)?),
            (None, Some(name)) => Some(attribute(Part::Attr, 0, name)?),
            (None, None) => None,
        };
        Ok(Way {
            typed: typed.clone(),
            find: find(path)?,
            attr,
            refine: Refine::new(typed)?,
        })
    }
}

/// Fields as they have ever been written: what is learned of a source goes by a hash of them, and is
/// not to be forgotten for another release.
impl fmt::Debug for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Way")
            .field("path", &self.typed.path)
            .field("find", &self.find)
            .field("attr", &self.attr)
            .field("refine", &self.refine)
            .finish()
    }
}

/// Splits `a@href`. An @ inside brackets, parentheses or quotes is not ours, nor is any in
/// XPath.
fn split(path: &str) -> (&str, Option<&str>) {
    match path.rsplit_once('@') {
        _ if path.starts_with(XPATH) => (path, None),
        Some((css, name)) if !name.contains([']', ')', '"', '\'']) => (css, Some(name)),
        _ => (path, None),
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

fn find(path: &str) -> Result<Find, Trouble> {
    if path.trim().is_empty() {
        return Ok(Find::Here);
    }
    short(Part::Path, path)?;
    if let Some(xpath) = path.strip_prefix(XPATH) {
        let bad = |(at, message): (usize, String)| Trouble {
            part: Part::Path,
            at: XPATH.len() + at,
            message,
        };
        return Expression::new(xpath).map(Find::XPath).map_err(bad);
    }
    if path.starts_with(['/', '(']) || path.starts_with("./") {
        return Err(Trouble::start(
            Part::Path,
            &format!("this is no CSS; if it is XPath, write `xpath:{path}`"),
        ));
    }
    match Matcher::new(path) {
        Ok(matcher) => Ok(Find::Css(matcher, CssPrice::of(path))),
        Err(_) => {
            let at = good_prefix(path);
            let message = match &path[at..] {
                "" => "not a CSS selector: something is missing at its end".to_owned(),
                rest => format!("not a CSS selector from here on: `{rest}`"),
            };
            Err(Trouble {
                part: Part::Path,
                at,
                message,
            })
        }
    }
}

/// Measures the part of `css` that is a selector, in bytes: the parser itself does not say
/// where it stopped.
fn good_prefix(css: &str) -> usize {
    let ends = css.char_indices().map(|(at, _)| at).rev();
    let good = ends
        .filter(|at| *at > 0)
        .find(|at| Matcher::new(&css[..*at]).is_ok());
    good.unwrap_or(0)
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
        check(css.into(), Part::Path, at, "");
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
        bad_css("xpath://li[", 11);
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
