//! Text as the index has it: folded, and cut into atoms.
//!
//! Width, case, accents, the script of Chinese and ligatures do not count. An atom of a script
//! with spaces is a word or a number, one of a script without them a character. Two characters
//! side by side are a term of the index, and so is a word; a single character is one where it
//! stands alone, or last. Text that is searched for is cut in the same way, and so is text in which what
//! was found is marked.

use std::iter::Peekable;
use std::str::CharIndices;

use unicode_normalization::char::{compose, decompose_compatible};

use crate::text::script::simplify;

/// Most characters of a word that count.
const MAX_WORD_CHARACTERS: usize = 64;

/// Atoms of a text, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Atoms {
    /// Folded text of all atoms, one behind the other.
    folded: String,
    pub(super) list: Vec<Atom>,
}

/// Word, number or character.
#[derive(Clone, Copy, Debug)]
pub(super) struct Atom {
    /// Range of its folded text.
    from: usize,
    to: usize,
    /// Range in the text as it was given, in bytes.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Whether it is a character of a script without spaces.
    is_character: bool,
    /// Whether it stands directly behind such a character.
    is_joined: bool,
}

/// Kind of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// Character of a script without spaces.
    Alone,
    /// Letter of a word, or digit.
    Letter,
    /// Mark on the character before.
    Mark,
    Gap,
}

/// Term that is looked up in the index.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum LookupTerm {
    /// This one.
    Whole(String),
    /// All that begin with this character.
    Beginning(char),
}

impl Atoms {
    /// Cuts a text.
    pub(super) fn of(text: &str) -> Atoms {
        let mut atoms = Atoms::default();
        atoms.read(text);
        atoms
    }

    /// Cuts another text, in the memory of the last one.
    pub(super) fn read(&mut self, text: &str) {
        self.folded.clear();
        self.list.clear();
        let mut characters = text.char_indices().peekable();
        let mut reader = Reader {
            atoms: self,
            is_open: false,
            n_characters: 0,
            is_behind: false,
        };
        while let Some((at, c)) = characters.next() {
            reader.take(at, c, &mut characters);
        }
    }

    /// Returns the folded text of an atom.
    pub(super) fn text(&self, atom: &Atom) -> &str {
        &self.folded[atom.from..atom.to]
    }

    /// Returns the term of the index that begins with an atom: as [`Atoms::term`] or, for the last
    /// character of several in a row, that one, by which it is found alone.
    pub(super) fn index_term(&self, nth: usize) -> Option<&str> {
        let last = self.list.get(nth).map(|atom| self.text(atom));
        self.term(nth).or(last)
    }

    /// Iterates over the terms that the text is searched for by.
    pub(super) fn terms(&self) -> impl Iterator<Item = &str> {
        (0..self.list.len()).filter_map(|nth| self.term(nth))
    }

    /// Returns the term that begins with an atom: a word, two characters, or one that stands alone.
    pub(super) fn term(&self, nth: usize) -> Option<&str> {
        let atom = self.list.get(nth)?;
        if !atom.is_character {
            return Some(self.text(atom));
        }
        match self.list.get(nth + 1).filter(|next| next.is_joined) {
            Some(next) => Some(&self.folded[atom.from..next.to]),
            None => (!atom.is_joined).then(|| self.text(atom)),
        }
    }

    /// Returns what is looked up for a text that is searched for, each term once.
    pub(super) fn lookups(&self) -> Vec<LookupTerm> {
        let mut terms: Vec<LookupTerm> = Vec::new();
        for nth in 0..self.list.len() {
            let is_alone = self.list[nth].is_character
                && !self.list[nth].is_joined
                && !self.list.get(nth + 1).is_some_and(|next| next.is_joined);
            let term = self.term(nth).and_then(|term| {
                let first = term.chars().next()?;
                Some(match is_alone {
                    true => LookupTerm::Beginning(first),
                    false => LookupTerm::Whole(term.to_owned()),
                })
            });
            if let Some(term) = term.filter(|term| !terms.contains(term)) {
                terms.push(term);
            }
        }
        terms
    }

    /// Finds where the atoms of `wanted` stand in a row, as numbers of atoms; places do not overlap.
    pub(super) fn places_of(&self, wanted: &Atoms) -> Vec<usize> {
        let length = wanted.list.len();
        let mut places = Vec::new();
        let mut nth = 0;
        while length > 0 && nth + length <= self.list.len() {
            let here = &self.list[nth..nth + length];
            let mut pairs = here.iter().zip(&wanted.list);
            if pairs.all(|(own, other)| self.text(own) == wanted.text(other)) {
                places.push(nth);
                nth += length;
            } else {
                nth += 1;
            }
        }
        places
    }
}

/// Reader of a text, character by character.
struct Reader<'a> {
    atoms: &'a mut Atoms,
    /// Whether the last atom is a word that may go on.
    is_open: bool,
    /// Characters of that word.
    n_characters: usize,
    /// Whether the last thing was a character of a script without spaces.
    is_behind: bool,
}

impl Reader<'_> {
    fn take(&mut self, at: usize, c: char, rest: &mut Peekable<CharIndices<'_>>) {
        let end = at + c.len_utf8();
        if let '.' | ',' | '\'' | '’' = c
            && let Some(kept) = self.joint(c, rest.peek().map(|(_, next)| *next))
        {
            if let Some(kept) = kept {
                self.letter(kept, at, end);
            }
            return;
        }
        fold(c, &mut |folded| self.folded(folded, at, end));
    }

    /// Decides whether a point, a comma or an apostrophe is inside of a number or a word: `Some`
    /// with what is kept of it. 1,200 and 1200 are the same, don't and dont too.
    fn joint(&self, c: char, next: Option<char>) -> Option<Option<char>> {
        let last = self.atoms.folded.chars().next_back();
        let last = last.filter(|_| self.is_open)?;
        let next = next?;
        let is_digit = |c: char| matches!(c, '0'..='9' | '０'..='９');
        match c {
            '.' if is_digit(last) && is_digit(next) => Some(Some('.')),
            ',' if is_digit(last) && is_digit(next) => Some(None),
            '\'' | '’' if last.is_alphabetic() && kind(next) == Kind::Letter => Some(None),
            _ => None,
        }
    }

    fn folded(&mut self, c: char, start: usize, end: usize) {
        match kind(c) {
            Kind::Gap => {
                self.is_open = false;
                self.is_behind = false;
            }
            Kind::Letter => self.letter(c, start, end),
            Kind::Alone => self.alone(c, start, end),
            Kind::Mark => self.mark(c, end),
        }
    }

    fn letter(&mut self, c: char, start: usize, end: usize) {
        if !self.is_open {
            self.push(start, end, false);
            self.is_open = true;
            self.n_characters = 0;
        }
        self.is_behind = false;
        self.n_characters += 1;
        if self.n_characters <= MAX_WORD_CHARACTERS {
            self.atoms.folded.push(c);
        }
        self.close(end);
    }

    fn alone(&mut self, c: char, start: usize, end: usize) {
        self.push(start, end, true);
        self.atoms.folded.push(c);
        self.close(end);
        self.is_open = false;
        self.is_behind = true;
    }

    /// Puts the voicing mark of kana on the character before.
    fn mark(&mut self, mark: char, end: usize) {
        let last = self.atoms.folded.chars().next_back();
        if let Some(whole) = last.and_then(|last| compose(last, mark))
            && (self.is_behind || self.is_open)
        {
            self.atoms.folded.pop();
            self.atoms.folded.push(whole);
            self.close(end);
        }
    }

    fn push(&mut self, start: usize, end: usize, is_character: bool) {
        let at = self.atoms.folded.len();
        self.atoms.list.push(Atom {
            from: at,
            to: at,
            start,
            end,
            is_character,
            is_joined: is_character && self.is_behind,
        });
    }

    /// Ends the last atom here.
    fn close(&mut self, end: usize) {
        let to = self.atoms.folded.len();
        if let Some(atom) = self.atoms.list.last_mut() {
            atom.to = to;
            atom.end = end;
        }
    }
}

/// Calls `emit` with the folded form of a character: none for an accent, several for a ligature.
fn fold(c: char, emit: &mut dyn FnMut(char)) {
    match c {
        '\0'..='\x7F' => emit(c.to_ascii_lowercase()),
        '\u{3041}'..='\u{30FF}' | '\u{AC00}'..='\u{D7A3}' => emit(c),
        '\u{3400}'..='\u{9FFF}' => emit(simplify(c)),
        _ => decompose_compatible(c, |part| match part {
            // Accents; those of kana are letters of their own.
            '\u{300}'..='\u{36F}' => {}
            _ => part.to_lowercase().for_each(|lower| emit(simplify(lower))),
        }),
    }
}

/// Tells the kind of a folded character.
fn kind(c: char) -> Kind {
    match c {
        '0'..='9' | 'a'..='z' | 'A'..='Z' => Kind::Letter,
        '\0'..='\x7F' => Kind::Gap,
        '\u{3099}' | '\u{309A}' => Kind::Mark,
        '\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}' | '\u{3005}' | '\u{3007}' => {
            Kind::Alone
        }
        '\u{3041}'..='\u{3096}' | '\u{30A1}'..='\u{30FA}' | '\u{30FC}' => Kind::Alone,
        '\u{AC00}'..='\u{D7A3}' => Kind::Alone,
        // Thai, Lao, Myanmar, Khmer: letters and the marks on them.
        '\u{E01}'..='\u{E3A}' | '\u{E40}'..='\u{EFF}' => Kind::Alone,
        '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17DD}' => Kind::Alone,
        _ if c.is_alphanumeric() => Kind::Letter,
        _ if unicode_normalization::char::is_combining_mark(c) => Kind::Letter,
        _ => Kind::Gap,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[track_caller]
    fn check(text: &str, want: &[&str]) {
        let atoms = Atoms::of(text);
        assert_eq!(atoms.terms().collect::<Vec<_>>(), want, "{text}");
    }

    #[test]
    fn characters_go_in_pairs_and_words_alone() {
        check("济南地铁", &["济南", "南地", "地铁"]);
        check("雨", &["雨"]);
        check("雨，大雪", &["雨", "大雪"]);
        check("News of 济南 today", &["news", "of", "济南", "today"]);
        check("第4号线", &["第", "4", "号线"]);
        check("한국어", &["한국", "국어"]);
        check("。、", &[]);
    }

    #[test]
    fn form_does_not_matter() {
        check("濟南地鐵", &["济南", "南地", "地铁"]);
        check("ＣＯＶＩＤ１９ Straße ﬁn", &["covid19", "straße", "fin"]);
        check("Café Cafe\u{301} CAFÉ", &["cafe", "cafe", "cafe"]);
        check("ｶﾞｽ ガス", &["ガス", "ガス"]);
        check("1,200 3.5 don't don’t", &["1200", "3.5", "dont", "dont"]);
        check("٣٤ Пётр", &["٣٤", "петр"]);
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "在濟南，地鐵開通";
        let atoms = Atoms::of(text);
        let places = atoms.places_of(&Atoms::of("济南 地铁"));
        let first = &atoms.list[places[0]];
        let last = &atoms.list[places[0] + 3];
        assert_eq!(&text[first.start..last.end], "濟南，地鐵");
        assert!(atoms.places_of(&Atoms::of("地铁济南")).is_empty());
        assert!(atoms.places_of(&Atoms::of("")).is_empty());
    }

    #[test]
    fn a_single_character_looks_up_all_that_begin_with_it() {
        let lookups = |text: &str| Atoms::of(text).lookups();
        assert_eq!(lookups("雨"), [LookupTerm::Beginning('雨')]);
        let whole = |text: &str| LookupTerm::Whole(text.to_owned());
        assert_eq!(lookups("济南济南"), [whole("济南"), whole("南济")]);
    }

    proptest! {
        #[test]
        fn atoms_lie_in_the_text_in_order(text in "\\PC{0,80}") {
            let atoms = Atoms::of(&text);
            let mut before = 0;
            for atom in &atoms.list {
                prop_assert!(atom.start >= before || atom.start < atom.end);
                prop_assert!(text.is_char_boundary(atom.start) && text.is_char_boundary(atom.end));
                before = atom.start;
                prop_assert!(!atoms.text(atom).is_empty());
            }
            let _ = atoms.lookups();
        }

        #[test]
        fn every_part_of_a_text_is_found_in_it(text in "[济南地铁開通a-z ，]{1,40}", skip in 0..20usize) {
            let whole = Atoms::of(&text);
            let part: String = text.chars().skip(skip).take(8).collect();
            let part = Atoms::of(&part);
            // A word that was cut is another word.
            let is_characters = part.list.iter().all(|atom| atom.is_character);
            if is_characters && !part.list.is_empty() {
                prop_assert!(!whole.places_of(&part).is_empty());
            }
        }
    }
}
