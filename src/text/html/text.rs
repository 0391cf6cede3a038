//! Markup as plain text, without building a tree.

use unicode_segmentation::UnicodeSegmentation;

use super::entities;
use super::token::{HtmlToken, HtmlTokens};
use crate::text::plain;

/// Effect of an element on text.
#[derive(Clone, Copy)]
enum TextKind {
    /// Silent: nobody reads its content.
    Silent,
    /// Block: stands on lines of its own.
    Block,
    /// Cell: stands apart on its line.
    Cell,
    /// Inline: changes nothing.
    Inline,
}

/// Bytes of the longest name that is known.
const MAX_NAME_BYTES: usize = 10;

fn kind(name: &str) -> TextKind {
    let mut lower = [0; MAX_NAME_BYTES];
    let Some(lower) = lower.get_mut(..name.len()) else {
        return TextKind::Inline;
    };
    lower.copy_from_slice(name.as_bytes());
    lower.make_ascii_lowercase();
    match &*lower {
        b"script" | b"style" | b"template" | b"noscript" | b"noembed" | b"noframes" | b"iframe"
        | b"object" | b"applet" | b"select" | b"textarea" | b"svg" | b"math" | b"canvas"
        | b"audio" | b"video" | b"title" => TextKind::Silent,
        b"address" | b"article" | b"aside" | b"blockquote" | b"body" | b"br" | b"caption"
        | b"center" | b"dd" | b"details" | b"dir" | b"div" | b"dl" | b"dt" | b"fieldset"
        | b"figcaption" | b"figure" | b"footer" | b"form" | b"h1" | b"h2" | b"h3" | b"h4"
        | b"h5" | b"h6" | b"head" | b"header" | b"hgroup" | b"hr" | b"html" | b"legend" | b"li"
        | b"listing" | b"main" | b"menu" | b"nav" | b"ol" | b"option" | b"p" | b"pre"
        | b"search" | b"section" | b"summary" | b"table" | b"tbody" | b"tfoot" | b"thead"
        | b"tr" | b"ul" | b"xmp" => TextKind::Block,
        b"td" | b"th" => TextKind::Cell,
        _ => TextKind::Inline,
    }
}

/// Turns markup into text: references decoded, tags dropped, one line per block.
///
/// ```
/// use gazetted::text::html::to_text;
/// assert_eq!(to_text("<p>A &amp; <b>B</b></p><script>x</script><p>C"), "A & B\nC");
/// ```
#[must_use]
pub fn to_text(markup: &str) -> String {
    let mut lines = Lines {
        // Text is never longer than its markup.
        text: String::with_capacity(markup.len()),
        gap: None,
    };
    let mut tokens = HtmlTokens::of(markup);
    while let Some(token) = tokens.next() {
        match token {
            HtmlToken::Text(text) => lines.push(&entities::decode(text)),
            HtmlToken::Close(name) => lines.tag(kind(name)),
            HtmlToken::Open(tag) => match kind(tag.name) {
                TextKind::Silent if !tokens.skip_raw(tag.name) => tokens.skip_all(),
                kind => lines.tag(kind),
            },
        }
    }
    lines.text.truncate(lines.text.trim_end().len());
    lines.text
}

/// Cuts the beginning of markup or plain text to one line of at most `max` graphemes, with `…`
/// where something is missing.
#[must_use]
pub fn excerpt(markup: &str, max: usize) -> String {
    // Long enough for any `max` characters that are worth showing.
    let most = max.saturating_mul(64);
    let line = plain::line(&to_text(markup), most);
    match line.grapheme_indices(true).nth(max) {
        None => line,
        Some(_) => {
            let room = max.saturating_sub(1);
            let end = line
                .grapheme_indices(true)
                .nth(room)
                .map_or(line.len(), |(at, _)| at);
            format!("{}…", line[..end].trim_end())
        }
    }
}

/// Finds the end of the text that is taken as it is: at white space, unless it is a single space
/// between words, or at a character that is unwanted; in bytes.
fn run_end(text: &str) -> usize {
    let bytes = text.as_bytes();
    let mut from = 0;
    while let Some(at) = bytes[from..]
        .iter()
        .position(|byte| MAY_END_RUN[usize::from(*byte)])
    {
        let at = from + at;
        let is_between = bytes[at] == b' ' && at > 0 && {
            let next = bytes.get(at + 1);
            next.is_some_and(|byte| !MAY_END_RUN[usize::from(*byte)])
        };
        if is_between {
            from = at + 1;
            continue;
        }
        let c = text[at..].chars().next().unwrap_or_default();
        if c.is_whitespace() || plain::is_unwanted(c) {
            return at;
        }
        from = at + c.len_utf8();
    }
    text.len()
}

/// Bytes that white space and unwanted characters begin with.
static MAY_END_RUN: [bool; 256] = {
    let mut may_end = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        may_end[byte] = matches!(byte as u8, 0..=0x20 | 0x7F | 0xC2 | 0xE1..=0xE3 | 0xEF..);
        byte += 1;
    }
    may_end
};

/// Text, folded into lines as it comes.
struct Lines {
    text: String,
    /// White space due before the next character.
    gap: Option<char>,
}

impl Lines {
    fn push(&mut self, text: &str) {
        let mut rest = text;
        loop {
            let (run, behind) = rest.split_at(run_end(rest));
            let mut behind = behind.chars();
            let seam = behind.next();
            if !run.is_empty() || seam.is_some_and(|c| !c.is_whitespace()) {
                let gap = self.gap.take();
                self.text.extend(gap.filter(|_| !self.text.is_empty()));
                self.text.push_str(run);
            }
            match seam {
                None => return,
                Some(c) if c.is_whitespace() => self.gap = self.gap.or(Some(' ')),
                Some(_) => {}
            }
            rest = behind.as_str();
        }
    }

    fn tag(&mut self, kind: TextKind) {
        match kind {
            TextKind::Block => self.gap = Some('\n'),
            TextKind::Cell => self.gap = self.gap.or(Some(' ')),
            TextKind::Silent | TextKind::Inline => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{excerpt, to_text};
    use proptest::prelude::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(to_text(given), want, "given {given}");
    }

    #[test]
    fn blocks_are_lines() {
        check("<p>a</p><p>b</p>", "a\nb");
        check("<div><div>a<br>b</div></div>c", "a\nb\nc");
        check("<ul><li>a<li>b</ul>", "a\nb");
        check("<tr><td>a</td><td>b</td></tr>", "a b");
    }

    #[test]
    fn inline_tags_are_nothing() {
        check("<b>Ma</b><i>rk</i>up", "Markup");
        check("济<span>南</span>", "济南");
    }

    #[test]
    fn white_space_is_folded() {
        check(" a \n\t b&nbsp;&nbsp;c　d ", "a b c d");
        check("<p> </p><p>　　首段</p>", "首段");
    }

    #[test]
    fn what_nobody_reads_is_dropped() {
        check("a<script>if (1<2) x()</script>b<STYLE>p{}</style>c", "abc");
        check("a<textarea>b", "a");
        check("a<!-- b -->c", "ac");
    }

    #[test]
    fn text_is_text() {
        check("1 < 2 &lt; 3 &amp;lt;", "1 < 2 < 3 &lt;");
        check("a\0b\u{202E}c", "abc");
    }

    #[test]
    fn excerpts_end_between_characters() {
        assert_eq!(excerpt("<p>今日<b>大雪</b></p><p>明日晴", 6), "今日大雪…");
        assert_eq!(excerpt("<p>今日大雪", 4), "今日大雪");
        assert_eq!(excerpt("👩‍👩‍👧‍👦👩‍👩‍👧‍👦👩‍👩‍👧‍👦", 2), "👩‍👩‍👧‍👦…");
    }

    proptest! {
        #[test]
        fn it_never_panics(markup in "(<[/!]?(p|b|script|td)?|[a&;>中 \n\"=])*") {
            let text = to_text(&markup);
            prop_assert!(!text.contains("\n\n"));
            let _ = excerpt(&markup, 5);
        }
    }
}
