//! What an item says, as far as copies are compared.

/// What an item says, as far as copies are compared: its words in order,
/// without form, dateline and byline.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gist {
    /// Of the headline.
    pub title: Vec<Token>,
    /// Of the text or, without one, of the teaser.
    pub body: Vec<Token>,
    /// Words that are names, as far as spelling tells; sorted.
    pub names: Vec<Token>,
    /// Pieces of the text that copies are looked up by.
    pub bands: Vec<u64>,
    /// How many pieces the text has that these were chosen from.
    pub pieces: u32,
}

/// A word, a number, or a character of a script that is written without spaces.
///
/// Two that are equal were equal once folded; words and numbers are hashes, and
/// in a hundred thousand million pairs a few are equal by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Token(u32);

const NUMBER: u32 = 1 << 31;
const WORD: u32 = 1 << 30;

impl Token {
    /// A character that stands for itself.
    #[must_use]
    pub const fn character(c: char) -> Token {
        Token(c as u32)
    }

    /// A word with this hash.
    #[must_use]
    pub const fn word(hash: u64) -> Token {
        Token(WORD | (hash as u32 & (WORD - 1)))
    }

    /// A number with this hash.
    #[must_use]
    pub const fn number(hash: u64) -> Token {
        Token(NUMBER | (hash as u32 & (NUMBER - 1)))
    }

    /// Whether it is a number.
    #[must_use]
    pub const fn is_number(self) -> bool {
        self.0 & NUMBER != 0
    }

    /// Whether it is a word of a script with spaces.
    #[must_use]
    pub const fn is_word(self) -> bool {
        self.0 & (NUMBER | WORD) == WORD
    }

    /// Whether it stands for a character.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        self.0 & (NUMBER | WORD) == 0
    }

    /// The character, if it is one.
    #[must_use]
    pub const fn as_char(self) -> Option<char> {
        if self.0 & (NUMBER | WORD) == 0 {
            char::from_u32(self.0)
        } else {
            None
        }
    }

    /// The bits of it, the same on every machine.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// How much it says, two for an ideograph.
    #[must_use]
    pub const fn weight(self) -> u32 {
        match self.as_char() {
            None => 3,
            Some('\u{3400}'..='\u{9FFF}' | '\u{20000}'..='\u{3FFFF}') => 2,
            Some(_) => 1,
        }
    }
}

impl Gist {
    /// How much the text says; see [`Token::weight`].
    #[must_use]
    pub fn weight(&self) -> u32 {
        self.body.iter().map(|token| token.weight()).sum()
    }
}
