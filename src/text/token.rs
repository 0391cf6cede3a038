//! Tokeniser for comparing copies.
//!
//! Form is folded: width, case, script of Chinese, punctuation, white space. A
//! script with spaces gives a token a word, one without a token a character; a
//! run of digits is one number, however it is grouped.

use unicode_normalization::UnicodeNormalization;

use super::script::simplify;
use crate::model::TextToken;

/// Tokens of a text, and which of its words look like names.
#[derive(Clone, Debug, Default)]
pub struct Tokens {
    /// All tokens, in order.
    pub all: Vec<TextToken>,
    /// Words with a capital that stand within a sentence, in order.
    pub names: Vec<TextToken>,
}

/// Word or number in the making.
#[derive(Default)]
struct Run {
    hash: u64,
    length: usize,
    is_number: bool,
    is_capital: bool,
}

impl Tokens {
    /// Adds the tokens of one line until there are about `most`.
    pub fn push_line(&mut self, line: &str, most: usize) {
        // An ideograph takes three bytes, a word and the gap behind it more.
        self.all.reserve((line.len() / 3).min(most));
        if line.chars().any(is_composed) {
            let line: String = line.nfkc().collect();
            self.read(&line, most);
        } else {
            self.read(line, most);
        }
    }

    fn read(&mut self, line: &str, most: usize) {
        let mut run = Run::default();
        let mut is_start = true;
        let mut characters = line.chars().map(narrow);
        while let Some(c) = characters.next() {
            if self.all.len() >= most {
                return;
            }
            match kind(c) {
                TokenKind::Alone => {
                    self.finish(&mut run, &mut is_start);
                    self.all.push(TextToken::character(simplify(c)));
                }
                TokenKind::Digit => {
                    if run.length > 0 && !run.is_number {
                        // `covid19` is a word.
                        run.add(c);
                    } else {
                        run.is_number = true;
                        run.add(c);
                    }
                }
                TokenKind::Letter => {
                    if run.is_number {
                        self.finish(&mut run, &mut is_start);
                    }
                    if run.length == 0 {
                        run.is_capital = c.is_uppercase();
                    }
                    match c.is_ascii() {
                        true => run.add(c.to_ascii_lowercase()),
                        false => c.to_lowercase().for_each(|c| run.add(c)),
                    }
                }
                TokenKind::Joint => {
                    let mut behind = characters.clone();
                    let is_inside = run.length > 0 && behind.next().is_some_and(|c| run.goes_on(c));
                    if !is_inside {
                        self.finish(&mut run, &mut is_start);
                        is_start |= c == '.';
                    } else if c == '.' && run.is_number {
                        run.add(c);
                    }
                }
                TokenKind::Gap => {
                    self.finish(&mut run, &mut is_start);
                    is_start |= matches!(
                        c,
                        '!' | '?' | ':' | '"' | '“' | '”' | '„' | '«' | '»' | '(' | '|' | '–' | '—'
                    );
                }
            }
        }
        self.finish(&mut run, &mut is_start);
    }

    fn finish(&mut self, run: &mut Run, is_start: &mut bool) {
        let run = std::mem::take(run);
        if run.length == 0 {
            return;
        }
        if run.is_number {
            self.all.push(TextToken::number(mix(run.hash)));
        } else {
            let token = TextToken::word(mix(run.hash));
            self.all.push(token);
            if run.is_capital && !*is_start {
                self.names.push(token);
            }
        }
        *is_start = false;
    }
}

impl Run {
    fn add(&mut self, c: char) {
        self.hash = (self.hash ^ u64::from(c)).wrapping_mul(0x0000_0100_0000_01b3);
        self.hash ^= self.hash.rotate_right(29);
        self.length += 1;
    }

    /// Whether a `.`, a `,` or an apostrophe before `next` is part of the run.
    fn goes_on(&self, next: char) -> bool {
        match self.is_number {
            true => next.is_ascii_digit(),
            false => next.is_alphabetic(),
        }
    }
}

#[derive(Clone, Copy)]
enum TokenKind {
    Alone,
    Digit,
    Letter,
    Joint,
    Gap,
}

fn kind(c: char) -> TokenKind {
    match c {
        '0'..='9' => TokenKind::Digit,
        'a'..='z' | 'A'..='Z' => TokenKind::Letter,
        '.' | ',' | '\'' | '’' => TokenKind::Joint,
        '\0'..='\x7F' => TokenKind::Gap,
        '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}' => TokenKind::Alone,
        // Kana; 々 too.
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{3005}' | '\u{30FC}' => {
            TokenKind::Alone
        }
        // Thai, Lao, Myanmar, Khmer: letters and the marks on them.
        '\u{E01}'..='\u{EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17DD}' => {
            TokenKind::Alone
        }
        _ if c.is_numeric() => TokenKind::Gap,
        _ if c.is_alphabetic() => TokenKind::Letter,
        _ if unicode_normalization::char::is_combining_mark(c) => TokenKind::Letter,
        _ => TokenKind::Gap,
    }
}

/// Returns the common form of a wide character.
fn narrow(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        _ => c,
    }
}

/// Whether a character has to be composed or taken apart before it can be compared.
fn is_composed(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36F}' | '\u{3099}'..='\u{309A}' | '\u{F900}'..='\u{FAFF}'
        | '\u{FB00}'..='\u{FB06}' | '\u{FF5F}'..='\u{FFDC}' | '\u{2460}'..='\u{24FF}')
}

/// Mixes a hash (the finaliser of splitmix64): what differs in a few bits differs in all of them.
#[must_use]
pub const fn mix(mut hash: u64) -> u64 {
    hash ^= hash >> 30;
    hash = hash.wrapping_mul(0xbf58_476d_1ce4_e5b9);
    hash ^= hash >> 27;
    hash = hash.wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

/// Hashes all shingles of `tokens`: the shortest runs that weigh at least `weight` together, one
/// for each token that such a run begins with. The same on every machine; sketches in the store
/// rest on it.
#[must_use]
pub fn shingles(tokens: &[TextToken], weight: u32) -> Vec<u64> {
    let mut hashes = Vec::with_capacity(tokens.len());
    let (mut end, mut sum) = (0, 0);
    for (start, first) in tokens.iter().enumerate() {
        // A run never ends before that of the token before.
        while sum < weight && end < tokens.len() {
            sum += tokens[end].weight();
            end += 1;
        }
        if sum < weight {
            break;
        }
        let mut hash = 0x9e37_79b9_7f4a_7c15_u64;
        for token in &tokens[start..end] {
            hash = (hash ^ u64::from(token.bits())).wrapping_mul(0xff51_afd7_ed55_8ccd);
            hash ^= hash >> 32;
        }
        hashes.push(mix(hash));
        sum -= first.weight();
    }
    hashes
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn tokens(line: &str) -> Tokens {
        let mut tokens = Tokens::default();
        tokens.push_line(line, usize::MAX);
        tokens
    }

    #[track_caller]
    fn check(one: &str, other: &str) {
        assert_eq!(tokens(one).all, tokens(other).all, "{one} {other}");
    }

    #[test]
    fn form_does_not_matter() {
        check("“濟南”地鐵４號線，今日開通！", "济南地铁4号线今日开通");
        check("Ｈｅｌｌｏ  World", "hello, world!");
        check("1,200 people", "1200 People");
        check("don't", "don’t");
        check("Cafe\u{301}", "Café");
        check("ｶﾞｽ", "ガス");
    }

    #[test]
    fn numbers_are_kept_apart() {
        assert_ne!(tokens("3.5").all, tokens("35").all);
        assert_ne!(tokens("第31期").all, tokens("第32期").all);
        assert_eq!(tokens("3月16日").all.len(), 4);
        assert!(tokens("3月").all[0].is_number());
        assert_eq!(tokens("covid19").all.len(), 1);
    }

    #[test]
    fn names_are_capitals_within_a_sentence() {
        let text = tokens("The mayor of Berlin said. Nobody in Hamburg did.");
        let names = [tokens("berlin").all[0], tokens("hamburg").all[0]];
        assert_eq!(text.names, names);
    }

    #[test]
    fn four_ideographs_or_three_words_are_a_shingle() {
        assert_eq!(shingles(&tokens("济南地铁开通").all, 8).len(), 3);
        assert_eq!(shingles(&tokens("one two three four").all, 8).len(), 2);
        assert!(shingles(&tokens("济南").all, 8).is_empty());
    }

    proptest! {
        #[test]
        fn it_never_panics_and_ends(text in "\\PC{0,60}", most in 0..40usize) {
            let mut tokens = Tokens::default();
            tokens.push_line(&text, most);
            prop_assert!(tokens.all.len() <= most + 2);
            let _ = shingles(&tokens.all, 8);
        }
    }
}
