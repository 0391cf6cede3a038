//! What is wrong with a `feeds.toml`, and where.

use std::fmt;
use std::ops::Range;

use super::report::Report;

/// How many problems of one file are kept and shown; the rest is counted.
const MAX_SHOWN: usize = 100;

/// How much of a value a message repeats, in characters.
const MAX_QUOTE: usize = 60;

/// One thing that is wrong, by offsets into the text.
#[derive(Clone, Debug)]
pub(super) struct Fault {
    /// Where.
    pub(super) at: Range<usize>,
    /// What; readable alone.
    pub(super) message: String,
    /// What to do.
    pub(super) help: Option<String>,
    /// Where the same was said before, if that is what is wrong.
    pub(super) first: Option<Range<usize>>,
}

impl Fault {
    pub(super) fn at(at: Range<usize>, message: impl Into<String>) -> Fault {
        Fault {
            at,
            message: message.into(),
            help: None,
            first: None,
        }
    }

    pub(super) fn help(mut self, help: impl Into<String>) -> Fault {
        self.help = Some(help.into());
        self
    }

    /// The same, as a problem of `key`.
    pub(super) fn under(self, key: &str) -> Fault {
        Fault {
            message: format!("`{key}`: {}", self.message),
            ..self
        }
    }

    pub(super) fn first_at(mut self, first: Range<usize>) -> Fault {
        self.first = Some(first);
        self
    }
}

/// Collects what is wrong while a file is checked.
#[derive(Debug, Default)]
pub(super) struct Problems {
    faults: Vec<Fault>,
    more: usize,
    doubts: Vec<Fault>,
    /// Lines that are not TOML, tables whose header is not: what is made of
    /// them means nothing.
    damaged: Vec<Range<usize>>,
}

impl Problems {
    /// Notes what is no TOML in `text`; what follows from it is not noted.
    pub(super) fn add_syntax(&mut self, text: &str, at: Range<usize>, message: String) {
        let start = floor(text, at.start);
        let line_start = text[..start].rfind('\n').map_or(0, |end| end + 1);
        let is_header = text[line_start..].trim_start().starts_with('[');
        let end = if is_header { "\n[" } else { "\n" };
        let end = text[start..]
            .find(end)
            .map_or(text.len(), |end| start + end);
        self.add(Fault::at(at, message));
        if self.damaged.len() < MAX_SHOWN {
            self.damaged.push(line_start..end);
        }
    }

    /// Notes that something is not there; a damaged file may have meant it.
    pub(super) fn lacking(&mut self, fault: Fault) {
        if self.damaged.is_empty() {
            self.add(fault);
        }
    }

    /// Notes a problem.
    pub(super) fn add(&mut self, fault: Fault) {
        let is_damage = |line: &Range<usize>| line.contains(&fault.at.start);
        if self.damaged.iter().any(is_damage) {
            return;
        }
        if self.faults.len() < MAX_SHOWN {
            self.faults.push(fault);
        } else {
            self.more += 1;
        }
    }

    /// Notes something that works, but not as written; the same only once.
    pub(super) fn warn(&mut self, doubt: Fault) {
        let is_known = |old: &Fault| old.at == doubt.at && old.message == doubt.message;
        if self.doubts.len() < MAX_SHOWN && !self.doubts.iter().any(is_known) {
            self.doubts.push(doubt);
        }
    }

    /// What is good of `result`; the rest is noted.
    pub(super) fn take<T>(&mut self, result: Result<T, Fault>) -> Option<T> {
        result.map_err(|fault| self.add(fault)).ok()
    }

    /// The problems so far, as those of `key`.
    pub(super) fn under(self, key: &str) -> impl Iterator<Item = Fault> {
        self.faults.into_iter().map(move |fault| fault.under(key))
    }

    /// The warnings, or the error that all problems make together.
    pub(super) fn finish(mut self, name: &str, text: &str) -> Result<Vec<Warning>, ConfigError> {
        if !self.faults.is_empty() {
            return Err(ConfigError::new(name, text, self.faults, self.more));
        }
        self.doubts.sort_by_key(|doubt| doubt.at.start);
        let warning = |doubt: Fault| {
            let (line, column) = place(text, doubt.at.start);
            Warning {
                place: format!("{name}:{line}:{column}"),
                line,
                column,
                message: doubt.message,
            }
        };
        Ok(self.doubts.into_iter().map(warning).collect())
    }
}

/// Everything that is wrong with a file.
///
/// Who runs the program prints it whole: [`fmt::Display`] is the report with
/// carets, [`ConfigError::coloured`] the same for a terminal. Who only logs
/// takes [`ConfigError::summary`].
pub struct ConfigError {
    report: Report,
    problems: Vec<Problem>,
    more: usize,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Its line; the first is 1.
    pub line: usize,
    /// Its column in characters; the first is 1.
    pub column: usize,
    /// What is wrong; readable alone.
    pub message: String,
    /// What to do.
    pub help: Option<String>,
}

impl ConfigError {
    pub(super) fn new(name: &str, text: &str, mut faults: Vec<Fault>, more: usize) -> ConfigError {
        faults.sort_by_key(|fault| fault.at.start);
        let problem = |fault: &Fault| {
            let (line, column) = place(text, fault.at.start);
            Problem {
                line,
                column,
                message: fault.message.clone(),
                help: fault.help.clone(),
            }
        };
        ConfigError {
            problems: faults.iter().map(problem).collect(),
            report: Report::new(name, text, faults),
            more,
        }
    }

    /// A file whose text we do not have.
    pub(super) fn unreadable(
        name: &str,
        message: impl Into<String>,
        help: impl Into<String>,
    ) -> ConfigError {
        let fault = Fault::at(0..0, message).help(help);
        ConfigError::new(name, "", vec![fault], 0)
    }

    /// What is wrong, in the order of the file.
    #[must_use]
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// One line for a log: the first problem, and how many there are.
    #[must_use]
    pub fn summary(&self) -> String {
        let [first, rest @ ..] = self.problems.as_slice() else {
            return String::new();
        };
        let Problem {
            line,
            column,
            message,
            ..
        } = first;
        let name = &self.report.name;
        match rest.len() + self.more {
            0 => format!("{name}:{line}:{column}: {message}"),
            n => format!("{name}:{line}:{column}: {message} (and {n} more)"),
        }
    }

    /// The whole report, for a terminal that shows colours.
    #[must_use]
    pub fn coloured(&self) -> String {
        let mut text = self.report.coloured();
        text.push_str(&self.tail());
        text
    }

    fn tail(&self) -> String {
        match (self.problems.len(), self.more) {
            (1, 0) => String::new(),
            (n, 0) => format!("{n} problems in {}\n", self.report.name),
            (n, more) => format!("{n} problems in {}, and {more} more\n", self.report.name),
        }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.report.plain(), self.tail())
    }
}

impl fmt::Debug for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for ConfigError {}

/// Something that works, but not as written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// `feeds.toml:12:5`
    pub place: String,
    /// Its line; the first is 1.
    pub line: usize,
    /// Its column in characters; the first is 1.
    pub column: usize,
    /// What we do instead.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)
    }
}

/// `value` as a message repeats it: short, on one line, between back quotes,
/// without passwords.
pub(super) fn quoted(value: &str) -> String {
    let start: String = value.chars().take(MAX_QUOTE).collect();
    let dots = if start.len() < value.len() { "…" } else { "" };
    let mut visible = String::new();
    for c in masked(&start).chars() {
        match c.is_control() {
            true => visible.extend(c.escape_default()),
            false => visible.push(c),
        }
    }
    format!("`{visible}{dots}`")
}

/// `text` with stars for the user names and passwords in its addresses; no
/// longer and no shorter.
pub(super) fn masked(text: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        let is_end = |c: char| matches!(c, '/' | '?' | '#' | '"' | '\'') || c.is_whitespace();
        let end = after.find(is_end).unwrap_or(after.len());
        let secret = after[..end].rfind('@').unwrap_or(0);
        masked.push_str(before);
        masked.push_str(&"*".repeat(secret));
        rest = &after[secret..];
    }
    masked + rest
}

/// The last character boundary up to `at`.
pub(super) fn floor(text: &str, at: usize) -> usize {
    let at = at.min(text.len());
    let is_boundary = |at: &usize| text.is_char_boundary(*at);
    (0..=at).rev().find(is_boundary).unwrap_or(0)
}

/// Line and column of an offset, both from 1.
fn place(text: &str, at: usize) -> (usize, usize) {
    let before = &text[..floor(text, at)];
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    (line, before[start..].chars().count() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        assert_eq!(place("a\n济南 = x", 9), (2, 4));
        assert_eq!(place("", 7), (1, 1));
    }

    #[test]
    fn passwords_are_masked() {
        #[track_caller]
        fn check(given: &str, want: &str) {
            assert_eq!(masked(given), want);
        }
        check(
            "url = \"https://me:p@ss@a.cn/\"",
            "url = \"https://*******@a.cn/\"",
        );
        check("feed://济:x@a.cn", "feed://*****@a.cn");
        check("https://a.cn/@x", "https://a.cn/@x");
        check("https://a.cn https://u@b.cn", "https://a.cn https://*@b.cn");
        check("me@a.cn", "me@a.cn");
    }

    #[test]
    fn quotes_are_short_and_on_one_line() {
        assert_eq!(quoted("a\nb\u{1b}"), r"`a\nb\u{1b}`");
        assert!(quoted(&"济".repeat(1000)).chars().count() < 70);
    }
}
