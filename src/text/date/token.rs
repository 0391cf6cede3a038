//! Tokeniser for dates: numbers, words of dates, signs.

use super::words::{self, Label, Sense, Unit, Word};

/// Most tokens of a text; more than any date and its surroundings have.
const MAX_TOKENS: usize = 600;

/// One token of text.
#[derive(Clone, Copy, Debug)]
pub(super) struct DateToken {
    /// Kind, with its value.
    kind: DateTokenKind,
    /// Byte offset of its start.
    pub(super) start: usize,
    /// Byte offset of its end.
    pub(super) end: usize,
    /// Whether nothing separates it from the token before.
    is_glued: bool,
}

#[derive(Clone, Copy, Debug)]
enum DateTokenKind {
    Number(Number),
    Word(Word),
    Sign(char),
    Unknown,
}

/// Whole number as written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Number {
    /// Value; saturates.
    pub(super) value: i64,
    /// Number of digits it was written with.
    pub(super) digits: usize,
}

impl Number {
    /// Returns the value, if it is one of a date: written with at most two digits, and in `range`.
    pub(super) fn small(self, range: std::ops::RangeInclusive<i64>) -> Option<i8> {
        let is_small = self.digits <= 2 && range.contains(&self.value);
        is_small.then(|| i8::try_from(self.value).ok()).flatten()
    }
}

/// Tokens of a text. An index behind the end is answered with nothing.
pub(super) struct DateTokens<'a> {
    text: &'a str,
    list: Vec<DateToken>,
}

impl<'a> DateTokens<'a> {
    pub(super) fn of(text: &'a str) -> DateTokens<'a> {
        let mut list: Vec<DateToken> = Vec::new();
        let mut at = 0;
        while at < text.len() && list.len() < MAX_TOKENS {
            let rest = &text[at..];
            let first = rest.chars().next().unwrap_or_default();
            if first.is_whitespace() || is_invisible(first) {
                at += first.len_utf8();
                continue;
            }
            let is_glued = list.last().is_some_and(|last| last.end == at);
            let (kind, length) = piece(rest, first);
            match list.last_mut() {
                Some(last) if is_glued && is_unknown(kind) && is_unknown(last.kind) => {
                    last.end += length
                }
                _ => list.push(DateToken {
                    kind,
                    start: at,
                    end: at + length,
                    is_glued,
                }),
            }
            at += length;
        }
        DateTokens { text, list }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// Returns the text from token `from` to before token `to`.
    pub(super) fn slice(&self, from: usize, to: usize) -> &'a str {
        match (self.list.get(from), self.list.get(to.wrapping_sub(1))) {
            (Some(first), Some(last)) if first.start <= last.end => {
                &self.text[first.start..last.end]
            }
            _ => "",
        }
    }

    pub(super) fn number(&self, at: usize) -> Option<Number> {
        match self.list.get(at)?.kind {
            DateTokenKind::Number(number) => Some(number),
            _ => None,
        }
    }

    /// Returns the word at `at`; an unknown one means nothing.
    pub(super) fn word(&self, at: usize) -> Word {
        match self.list.get(at).map(|token| token.kind) {
            Some(DateTokenKind::Word(word)) => word,
            _ => Word::default(),
        }
    }

    pub(super) fn sense(&self, at: usize) -> Option<Sense> {
        self.word(at).sense
    }

    pub(super) fn label(&self, at: usize) -> Option<Label> {
        match self.sense(at)? {
            Sense::Label(label) => Some(label),
            _ => None,
        }
    }

    /// Returns the month, 1 to 12, that the word at `at` names.
    pub(super) fn month(&self, at: usize) -> Option<i8> {
        Some(self.word(at).month).filter(|month| *month > 0)
    }

    /// Whether `年` or its like stands at `at`.
    pub(super) fn is_mark(&self, at: usize, unit: Unit) -> bool {
        self.sense(at) == Some(Sense::Mark(unit))
    }

    /// Returns the punctuation at `at`; wide forms are given as their ASCII twins.
    pub(super) fn sign(&self, at: usize) -> Option<char> {
        match self.list.get(at)?.kind {
            DateTokenKind::Sign(sign) => Some(sign),
            _ => None,
        }
    }

    pub(super) fn is_sign(&self, at: usize, sign: char) -> bool {
        self.sign(at) == Some(sign)
    }

    pub(super) fn is_glued(&self, at: usize) -> bool {
        self.list.get(at).is_some_and(|token| token.is_glued)
    }

    /// Whether letters or an unknown word stand at `at`.
    pub(super) fn is_unknown(&self, at: usize) -> bool {
        self.list
            .get(at)
            .is_some_and(|token| is_unknown(token.kind))
    }
}

fn is_unknown(kind: DateTokenKind) -> bool {
    matches!(kind, DateTokenKind::Unknown)
}

/// Reads the token that `text` begins with; returns it and its length in bytes.
fn piece(text: &str, first: char) -> (DateTokenKind, usize) {
    if digit(first).is_some() {
        return number(text);
    }
    if words::is_ideographic(first) {
        if let Some((length, word)) = words::longest(text) {
            return (DateTokenKind::Word(word), length);
        }
        return match numeral(text) {
            Some((number, length)) => (DateTokenKind::Number(number), length),
            None => (DateTokenKind::Unknown, first.len_utf8()),
        };
    }
    if is_letter(first) || first == '°' || first == 'º' {
        return word(text);
    }
    (DateTokenKind::Sign(ascii_twin(first)), first.len_utf8())
}

fn number(text: &str) -> (DateTokenKind, usize) {
    let mut number = Number {
        value: 0,
        digits: 0,
    };
    let mut length = 0;
    for c in text.chars() {
        let Some(digit) = digit(c) else { break };
        number.value = number.value.saturating_mul(10).saturating_add(digit);
        number.digits += 1;
        length += c.len_utf8();
    }
    // `二O一八` and `2O18` are typed by people.
    (DateTokenKind::Number(number), length)
}

fn word(text: &str) -> (DateTokenKind, usize) {
    let length = text
        .find(|c: char| !is_letter(c))
        .unwrap_or(text.len())
        .max(text.chars().next().map_or(0, char::len_utf8));
    let folded = words::fold(&text[..length]);
    if words::begins_phrase(&folded)
        && let Some((word, whole)) = phrase(text, length, folded.clone())
    {
        return (DateTokenKind::Word(word), whole);
    }
    match words::lookup(&folded) {
        Some(word) => (DateTokenKind::Word(word), length),
        None => (DateTokenKind::Unknown, length),
    }
}

/// Reads a known phrase of two or three words at the start of `text`.
fn phrase(text: &str, first: usize, mut folded: String) -> Option<(Word, usize)> {
    let mut end = first;
    let mut found = None;
    for _ in 0..2 {
        let rest = &text[end..];
        let next = rest.trim_start_matches([' ', '-', '\u{A0}', '\'', '’']);
        let length = next.find(|c: char| !is_letter(c)).unwrap_or(next.len());
        if next.len() == rest.len() || length == 0 {
            break;
        }
        end += rest.len() - next.len() + length;
        folded.push(' ');
        folded.push_str(&words::fold(&next[..length]));
        found = words::lookup(&folded).map(|word| (word, end)).or(found);
    }
    found
}

/// Reads a number in Chinese: `二〇一八`, `十六`, `廿三`.
fn numeral(text: &str) -> Option<(Number, usize)> {
    let mut number = Number {
        value: 0,
        digits: 0,
    };
    let mut length = 0;
    let mut is_tens = false;
    for c in text.chars().take(8) {
        match c {
            '十' if number.digits <= 1 => {
                number.value = number.value.max(1) * 10;
                number.digits = 2;
                is_tens = true;
            }
            '廿' if length == 0 => {
                (number, is_tens) = (
                    Number {
                        value: 20,
                        digits: 2,
                    },
                    true,
                )
            }
            '卅' if length == 0 => {
                (number, is_tens) = (
                    Number {
                        value: 30,
                        digits: 2,
                    },
                    true,
                )
            }
            _ => {
                let is_zero = length > 0 && matches!(c, 'O' | 'o' | 'Ο' | 'О' | '0');
                let Some(digit) = chinese_digit(c).or(is_zero.then_some(0)) else {
                    break;
                };
                number.value = match is_tens {
                    true => number.value + digit,
                    false => number.value * 10 + digit,
                };
                number.digits += usize::from(!is_tens);
            }
        }
        length += c.len_utf8();
    }
    (length > 0).then_some((number, length))
}

fn chinese_digit(c: char) -> Option<i64> {
    let digit = "〇一二三四五六七八九".chars().position(|known| known == c);
    match c {
        '零' | '○' => Some(0),
        '两' => Some(2),
        _ => digit.and_then(|digit| i64::try_from(digit).ok()),
    }
}

/// Returns the value of a digit in the scripts that newspapers use.
fn digit(c: char) -> Option<i64> {
    let zero = match c {
        '0'..='9' => '0',
        '０'..='９' => '０',
        '٠'..='٩' => '٠',
        '۰'..='۹' => '۰',
        '०'..='९' => '०',
        '০'..='৯' => '০',
        _ => return None,
    };
    Some(i64::from(u32::from(c) - u32::from(zero)))
}

fn is_letter(c: char) -> bool {
    let is_mark = unicode_normalization::char::is_combining_mark(c);
    (c.is_alphabetic() || is_mark || c == '_' || c == 'ʼ') && !words::is_ideographic(c)
}

fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200B}'..='\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2060}'..='\u{206F}' | '\u{FEFF}')
}

fn ascii_twin(c: char) -> char {
    match c {
        '：' | '∶' | '︰' => ':',
        '－' | '—' | '–' | '−' | '‐' | '‑' | '‒' | '―' | '─' => '-',
        '／' => '/',
        '．' | '。' | '·' | '・' | '•' => '.',
        '，' | '、' => ',',
        '（' | '【' | '〔' | '[' | '「' => '(',
        '）' | '】' | '〕' | ']' | '」' => ')',
        '＋' => '+',
        '’' | '‘' | '`' => '\'',
        _ => c,
    }
}
