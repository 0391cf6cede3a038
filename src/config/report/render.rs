//! Reports: problems drawn with their carets, by miette.

use std::fmt;
use std::ops::Range;

use miette::{
    GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents,
    SourceCode, SourceSpan, SpanContents,
};

use super::diagnostic::Diagnostic;
use super::quote::{floor, masked};

/// Bytes of a long line that are shown on each side of a problem.
const CONTEXT_BYTES: usize = 100;

/// Width of the report, in columns.
const REPORT_COLUMNS: usize = 100;

/// File with its problems, as drawn.
pub(in crate::config) struct Report {
    pub(in crate::config) name: String,
    /// Text of the file, without passwords and without what would steer a terminal; offsets as in
    /// the original.
    text: String,
    faults: Vec<Diagnostic>,
}

impl Report {
    pub(in crate::config) fn new(name: &str, text: &str, faults: Vec<Diagnostic>) -> Report {
        Report {
            name: name.to_owned(),
            text: tame(&hidden(masked(text), &faults)),
            faults,
        }
    }

    pub(in crate::config) fn plain(&self) -> String {
        self.draw(GraphicalTheme::unicode_nocolor())
    }

    pub(in crate::config) fn coloured(&self) -> String {
        self.draw(GraphicalTheme::unicode())
    }

    fn draw(&self, theme: GraphicalTheme) -> String {
        let handler = GraphicalReportHandler::new_themed(theme)
            .with_width(REPORT_COLUMNS)
            .with_wrap_lines(true)
            .with_break_words(false)
            .with_context_lines(1)
            .without_syntax_highlighting();
        let excerpt = Excerpt {
            name: &self.name,
            text: &self.text,
            lines: line_starts(&self.text),
        };
        let mut drawn = String::new();
        for fault in &self.faults {
            let drawing = Drawing {
                fault,
                excerpt: &excerpt,
            };
            // A `String` takes everything; what miette cannot draw is still said.
            if handler.render_report(&mut drawn, &drawing).is_err() {
                drawn.push_str(&fault.message);
            }
            drawn.push('\n');
        }
        drawn
    }
}

/// One problem in the form that miette wants.
struct Drawing<'a> {
    fault: &'a Diagnostic,
    excerpt: &'a Excerpt<'a>,
}

impl miette::Diagnostic for Drawing<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        let help = self.fault.help.as_ref()?;
        Some(Box::new(help))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        let has_text = !self.excerpt.text.is_empty();
        has_text.then_some(self.excerpt as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let here = self.excerpt.within_line(&self.fault.at);
        let word = self.fault.first.as_ref().map(|_| "again here".to_owned());
        let here = LabeledSpan::new_primary_with_span(word, here);
        let first = self.fault.first.as_ref().map(|first| {
            let first = self.excerpt.within_line(first);
            LabeledSpan::new_with_span(Some("first here".to_owned()), first)
        });
        Some(Box::new(first.into_iter().chain([here])))
    }
}

impl fmt::Display for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.excerpt.text.is_empty() {
            true => write!(f, "{}: {}", self.excerpt.name, self.fault.message),
            false => f.write_str(&self.fault.message),
        }
    }
}

impl fmt::Debug for Drawing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl std::error::Error for Drawing<'_> {}

/// Text that gives away little around a span, however long its lines are.
struct Excerpt<'a> {
    name: &'a str,
    text: &'a str,
    /// Byte offset of each line's start.
    lines: Vec<usize>,
}

impl Excerpt<'_> {
    /// Returns the number of the line that holds byte `at`, from 0.
    fn line(&self, at: usize) -> usize {
        self.lines
            .partition_point(|start| *start <= at)
            .saturating_sub(1)
    }

    /// Returns the byte range from the start of a line to the start of the next.
    fn bounds(&self, line: usize) -> Range<usize> {
        let end = self.lines.get(line + 1).copied();
        self.lines[line]..end.unwrap_or(self.text.len())
    }

    /// Cuts `span` at the end of its first line, and at [`CONTEXT_BYTES`] bytes.
    fn within_line(&self, span: &Range<usize>) -> SourceSpan {
        // There has to be a character above the caret.
        let last = self.text.trim_end().len().saturating_sub(1);
        let start = match span.start < self.text.len() {
            true => floor(self.text, span.start),
            false => floor(self.text, last),
        };
        let line = &self.text[start..self.bounds(self.line(start)).end];
        let room = line.trim_end_matches(['\n', '\r']).len().min(CONTEXT_BYTES);
        let end = floor(self.text, span.end.clamp(start, start + room));
        (start..end).into()
    }

    /// Returns the start of the excerpt for a span at `at`: a line earlier, or less if that is far.
    fn begin(&self, at: usize, lines_before: usize) -> usize {
        let line = self.line(at);
        let wanted = self.lines[line.saturating_sub(lines_before)];
        let far = floor(self.text, at.saturating_sub(CONTEXT_BYTES));
        match (wanted >= far, self.lines[line] >= far) {
            (true, _) => wanted,
            (false, true) => self.lines[line],
            (false, false) => far,
        }
    }
}

impl SourceCode for Excerpt<'_> {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        lines_before: usize,
        lines_after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let (at, end) = (span.offset(), span.offset() + span.len());
        // Two places that are far apart are not shown as one.
        if end > self.text.len() || span.len() > 4 * CONTEXT_BYTES {
            return Err(MietteError::OutOfBounds);
        }
        let (start, stop) = match lines_before + lines_after {
            0 => (at, end),
            _ => {
                let far = floor(self.text, end + CONTEXT_BYTES);
                let own = self.bounds(self.line(end)).end.min(far);
                (self.begin(at, lines_before), own)
            }
        };
        let line = self.line(start);
        let column = self.text[self.lines[line]..start].chars().count();
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.to_owned(),
            &self.text.as_bytes()[start..stop],
            (start..stop).into(),
            line,
            column,
            self.line(stop) - line + 1,
        )))
    }
}

fn line_starts(text: &str) -> Vec<usize> {
    let ends = text.match_indices('\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).collect()
}

/// Masks with stars the spans that may be secrets; the length stays.
fn hidden(text: String, faults: &[Diagnostic]) -> String {
    let is_hidden = |at: usize| {
        let mut secrets = faults.iter().filter(|fault| fault.is_secret);
        secrets.any(|fault| fault.at.contains(&at))
    };
    if !faults.iter().any(|fault| fault.is_secret) {
        return text;
    }
    let show = |(at, c): (usize, char)| match is_hidden(at) && !c.is_control() {
        true => "*".repeat(c.len_utf8()),
        false => c.to_string(),
    };
    text.char_indices().map(show).collect()
}

/// Replaces every character of `text` that would steer a terminal by a harmless one of the same
/// length, so that offsets stay what they are.
fn tame(text: &str) -> String {
    let harmless = |c: char| match c {
        '\n' | '\t' => c,
        _ if c.is_ascii_control() => '?',
        _ if c.is_control() => '·',
        '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => c,
    };
    let crlf_kept = |(at, c): (usize, char)| match c {
        '\r' if text[at + 1..].starts_with('\n') => c,
        _ => harmless(c),
    };
    text.char_indices().map(crlf_kept).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_survive_taming() {
        let hostile = "a\u{1b}[31m\u{85}\u{202e}\r\n\rb\u{7f}";
        let tamed = tame(hostile);
        assert_eq!(tamed, "a?[31m·\u{fffd}\r\n?b?");
        assert_eq!(tamed.len(), hostile.len());
    }

    #[test]
    fn a_line_of_a_megabyte_is_not_repeated() {
        let text = format!("{}济{}", "x".repeat(1 << 20), "y".repeat(1 << 20));
        let fault = Diagnostic::at((1 << 20)..(2 << 20), "here");
        let drawn = Report::new("feeds.toml", &text, vec![fault]).plain();
        assert!(drawn.len() < 2000, "{}", drawn.len());
        assert!(drawn.contains("feeds.toml:1:1048577"), "{drawn}");
    }

    #[test]
    fn two_places_far_apart_are_both_shown() {
        let text = format!("first\n{}again\n", "between\n".repeat(500));
        let fault = Diagnostic::at(4006..4011, "twice").first_at(0..5);
        let drawn = Report::new("x", &text, vec![fault]).plain();
        assert!(
            drawn.contains("1 │ first") && drawn.contains("502 │ again"),
            "{drawn}"
        );
        assert!(drawn.lines().count() < 20, "{drawn}");
    }

    #[test]
    fn the_end_of_the_text_can_be_pointed_at() {
        for (text, at) in [("a = ", 4..4), ("a\n", 2..2), ("a", 0..1), ("济", 1..99)] {
            let drawn = Report::new("x", text, vec![Diagnostic::at(at, "here")]).plain();
            assert!(drawn.contains("here") && drawn.contains("[x:"), "{drawn}");
        }
    }
}
