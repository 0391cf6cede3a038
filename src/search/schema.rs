//! Fields of the index, and how their text is cut.
//!
//! | field | of a story | for |
//! |---|---|---|
//! | `key` | 64 bits of its id, mixed | replacing it |
//! | `head`, `tail` | its id | reading it from the store |
//! | `version` | its version in the store | finding what is out of date |
//! | `volume` | its volume in the store | the same |
//! | `at` | its place in listings, in seconds since 1970 | order and filters |
//! | `source`, `channel`, `tag` | sources by id and name; channels, with all above them; topics | filters |
//! | `title` | headlines | rank |
//! | `text` | headlines, text, names, topics | search |
//!
//! No position is kept: a pair of characters says already that they stand in a row, and longer
//! phrases are compared with the text in the store. That halves the index.

use tantivy::Index;
use tantivy::schema::{
    Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::{Token, TokenStream, Tokenizer};

use super::atoms::Atoms;
use crate::model::StoryId;
use crate::text::token::mix;

/// Name of the index's folder, in the folder of the store.
pub const FOLDER: &str = "search";

/// Version of the fields and of the terms; an index of another one is built anew.
pub(super) const VERSION: u32 = 2;

/// Names of the fast fields.
pub(super) const HEAD: &str = "head";
pub(super) const TAIL: &str = "tail";
pub(super) const STORY_VERSION: &str = "version";
pub(super) const AT: &str = "at";

/// Name of the tokenizer of texts.
const ATOMS: &str = "atoms";

/// Fields of the index.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fields {
    pub(super) key: Field,
    pub(super) head: Field,
    pub(super) tail: Field,
    pub(super) version: Field,
    pub(super) volume: Field,
    pub(super) at: Field,
    pub(super) source: Field,
    pub(super) channel: Field,
    pub(super) tag: Field,
    pub(super) title: Field,
    pub(super) text: Field,
}

/// Builds the schema.
pub(super) fn schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let fast = || NumericOptions::default().set_fast();
    let text = || {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer(ATOMS)
            .set_index_option(IndexRecordOption::WithFreqs);
        TextOptions::default().set_indexing_options(indexing)
    };
    let name = || {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::Basic);
        TextOptions::default().set_indexing_options(indexing)
    };
    let fields = Fields {
        key: schema.add_u64_field("key", NumericOptions::default().set_indexed()),
        head: schema.add_u64_field(HEAD, fast()),
        tail: schema.add_u64_field(TAIL, fast()),
        version: schema.add_u64_field(STORY_VERSION, fast()),
        volume: schema.add_text_field("volume", name()),
        at: schema.add_i64_field(AT, fast()),
        source: schema.add_text_field("source", name()),
        channel: schema.add_text_field("channel", name()),
        tag: schema.add_text_field("tag", name()),
        title: schema.add_text_field("title", text()),
        text: schema.add_text_field("text", text()),
    };
    (schema.build(), fields)
}

/// Teaches an index that was opened to cut texts.
pub(super) fn teach(index: &Index) {
    index.tokenizers().register(ATOMS, AtomTokenizer::default());
}

/// Splits the id of a story into the two numbers of its fast fields.
pub(super) fn halves(story: StoryId) -> (u64, u64) {
    let bytes = u128::from_be_bytes(*story.as_bytes());
    ((bytes >> 64) as u64, bytes as u64)
}

/// Returns the id of a story by its two numbers.
pub(super) fn joined(head: u64, tail: u64) -> StoryId {
    StoryId::from_bytes((u128::from(head) << 64 | u128::from(tail)).to_be_bytes())
}

/// Computes the number by which a story is found to be replaced. Two stories in 2⁶⁴ share one:
/// then the other is missed until its volume is compared again.
pub(super) fn key(story: StoryId) -> u64 {
    let (head, tail) = halves(story);
    mix(head ^ mix(tail))
}

/// Writes a name as the index has it: folded, its words apart by one space.
pub(super) fn name_key(name: &str) -> String {
    let atoms = Atoms::of(name);
    let words: Vec<&str> = atoms.list.iter().map(|atom| atoms.text(atom)).collect();
    words.join(" ")
}

/// Whether two names differ in form only: width, case, script, white space.
#[must_use]
pub fn is_same_name(one: &str, other: &str) -> bool {
    let key = name_key(one);
    !key.is_empty() && key == name_key(other)
}

/// Tokenizer for tantivy: the terms of [`Atoms`].
#[derive(Clone, Default)]
struct AtomTokenizer {
    atoms: Atoms,
}

/// Terms of one text.
struct AtomStream<'a> {
    atoms: &'a Atoms,
    next: usize,
    token: Token,
}

impl Tokenizer for AtomTokenizer {
    type TokenStream<'a> = AtomStream<'a>;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> AtomStream<'a> {
        self.atoms.read(text);
        AtomStream {
            atoms: &self.atoms,
            next: 0,
            token: Token::default(),
        }
    }
}

impl TokenStream for AtomStream<'_> {
    fn advance(&mut self) -> bool {
        while self.next < self.atoms.list.len() {
            let nth = self.next;
            self.next += 1;
            if let Some(term) = self.atoms.index_term(nth) {
                self.token.text.clear();
                self.token.text.push_str(term);
                self.token.position = self.token.position.wrapping_add(1);
                return true;
            }
        }
        false
    }

    fn token(&self) -> &Token {
        &self.token
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.token
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_goes_in_two_halves_and_back() {
        let id: StoryId = "0123456789abcdef0011223344556677".parse().unwrap();
        let (head, tail) = halves(id);
        assert_eq!(joined(head, tail), id);
    }

    #[test]
    fn names_are_the_same_in_any_form() {
        assert!(is_same_name("濟南日報", " 济南日报"));
        assert!(is_same_name("The  Times", "the times"));
        assert!(!is_same_name("the times", "thetimes"));
        assert!(!is_same_name("", "。"));
    }
}
