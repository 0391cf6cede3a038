//! Tokenised text of an item, for comparing copies.

/// Tokenised text of an item: words in order, without form, dateline and byline, and the MinHash
/// sketch by which copies are looked up.
///
/// Written and compared by `ingest::dedupe::similarity`, never stored; of the sketch, the store's index keeps the
/// low 32 bits.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct TokenizedText {
    /// Tokens of the headline, in order; at most about 200.
    pub title: Vec<TextToken>,
    /// Tokens of the text or, where that is longer, of the teaser, in order; at most about 4 000.
    pub body: Vec<TextToken>,
    /// Tokens of words that are names, as far as spelling tells; sorted, distinct.
    pub names: Vec<TextToken>,
    /// Whether the text is several news, each under its number or its time.
    pub is_digest: bool,
    /// Bottom-k MinHash sketch: the 12 smallest hashes of the text's shingles and the 4 smallest of
    /// its first 60; for short texts and `dedupe = "story"` also a few of the headline's, salted.
    /// Empty where an item is only compared.
    pub sketch: Vec<u64>,
    /// Number of shingles in the text that the sketch was chosen from; 0 without a sketch.
    pub n_shingles: u32,
}

/// Token: a word, a number, or a character of a script that is written without spaces; 32 bits.
///
/// Bits 31 and 30 tell the kind; numbers hold 31 bits of a hash, words 30, characters their code
/// point. Equal tokens were equal once folded; in a hundred thousand million pairs a few are equal
/// by chance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct TextToken(u32);

/// Tag bit of numbers, above 31 bits of hash.
const NUMBER_TAG: u32 = 1 << 31;
/// Tag bit of words, above 30 bits of hash.
const WORD_TAG: u32 = 1 << 30;

impl TextToken {
    /// Makes the token of a character, which stands for itself.
    #[must_use]
    pub const fn character(c: char) -> TextToken {
        TextToken(c as u32)
    }

    /// Makes the token of a word from its hash; the low 30 bits count.
    #[must_use]
    pub const fn word(hash: u64) -> TextToken {
        TextToken(WORD_TAG | (hash as u32 & (WORD_TAG - 1)))
    }

    /// Makes the token of a number from its hash; the low 31 bits count.
    #[must_use]
    pub const fn number(hash: u64) -> TextToken {
        TextToken(NUMBER_TAG | (hash as u32 & (NUMBER_TAG - 1)))
    }

    /// Whether this is the token of a number.
    #[must_use]
    pub const fn is_number(self) -> bool {
        self.0 & NUMBER_TAG != 0
    }

    /// Whether this is the token of a word of a script with spaces.
    #[must_use]
    pub const fn is_word(self) -> bool {
        self.0 & (NUMBER_TAG | WORD_TAG) == WORD_TAG
    }

    /// Whether this is the token of a character.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        self.0 & (NUMBER_TAG | WORD_TAG) == 0
    }

    /// Returns the character, or `None` for words and numbers.
    #[must_use]
    pub const fn as_char(self) -> Option<char> {
        if self.0 & (NUMBER_TAG | WORD_TAG) == 0 {
            char::from_u32(self.0)
        } else {
            None
        }
    }

    /// Returns all 32 bits, the same on every machine: input of shingle hashes.
    #[must_use]
    pub const fn bits(self) -> u32 {
        self.0
    }

    /// Makes the token of the bits that [`TextToken::bits`] returned.
    #[must_use]
    pub const fn from_bits(bits: u32) -> TextToken {
        TextToken(bits)
    }

    /// Returns the token's weight, roughly its information: 3 for a word or number, 2 for an
    /// ideograph, 1 for any other character.
    #[must_use]
    pub const fn weight(self) -> u32 {
        match self.0 {
            WORD_TAG.. => 3,
            0x3400..=0x9FFF | 0x2_0000..=0x3_FFFF => 2,
            _ => 1,
        }
    }

    /// Sums the weights of `tokens`.
    #[must_use]
    pub fn total_weight(tokens: &[TextToken]) -> u32 {
        tokens.iter().map(|token| token.weight()).sum()
    }
}

impl TokenizedText {
    /// Sums the weights of the body's tokens; see [`TextToken::weight`].
    #[must_use]
    pub fn weight(&self) -> u32 {
        TextToken::total_weight(&self.body)
    }
}
