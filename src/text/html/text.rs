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
    let mut lines = Lines::default();
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

/// Text, folded into lines as it comes.
#[derive(Default)]
struct Lines {
    text: String,
    /// White space due before the next character.
    gap: Option<char>,
}

impl Lines {
    fn push(&mut self, text: &str) {
        let mut rest = text;
        while let Some(c) = rest.chars().next() {
            if c.is_whitespace() {
                self.gap = self.gap.or(Some(' '));
                rest = rest.trim_start();
                continue;
            }
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            let gap = self.gap.take();
            self.text.extend(gap.filter(|_| !self.text.is_empty()));
            let word = &rest[..end];
            match word.contains(plain::is_unwanted) {
                true => self
                    .text
                    .extend(word.chars().filter(|c| !plain::is_unwanted(*c))),
                false => self.text.push_str(word),
            }
            rest = &rest[end..];
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
