//! Hashes that are the same on every machine and in every release.

use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};

/// Hashes `text`: the first 8 bytes of blake3, big-endian.
#[must_use]
pub fn hash(text: &str) -> u64 {
    hash_bytes(text.as_bytes())
}

/// Hashes `bytes`: the first 8 bytes of blake3, big-endian.
#[must_use]
pub fn hash_bytes(bytes: &[u8]) -> u64 {
    let hash = blake3::hash(bytes);
    u64::from_be_bytes(hash.as_bytes()[..8].try_into().expect("eight bytes"))
}

/// Folds `text` until copies that differ in form only are equal: NFKC, lower case, without white
/// space and punctuation.
///
/// ```
/// use gazetted::text::fingerprint::fold;
/// assert_eq!(fold("“济南” ＡＢＣ，2018!"), fold("济南abc 2018"));
/// ```
#[must_use]
pub fn fold(text: &str) -> String {
    let mut folded = String::with_capacity(text.len());
    for c in text.chars() {
        // Wide forms of ASCII.
        let c = match c {
            '\u{FF01}'..='\u{FF5E}' => char::from_u32(u32::from(c) - 0xFEE0).unwrap_or(c),
            c => c,
        };
        match c {
            'a'..='z' | '0'..='9' | '一'..='\u{9FFF}' | 'ぁ'..='ゔ' | 'ァ'..='ヴ' | '가'..='힣' =>
            {
                folded.push(c);
            }
            'A'..='Z' => folded.push(c.to_ascii_lowercase()),
            '\0'..='\x7F' | '\u{3000}'..='\u{3003}' | '\u{3008}'..='\u{3020}' => {}
            '\u{2000}'..='\u{2016}' | '\u{2018}'..='\u{203D}' | '\u{203F}'..='\u{206F}' => {}
            // A mark has to meet its letter before it is composed.
            _ => return fold_all(text),
        }
    }
    folded
}

/// Weight of a folded title, see [`title_weight`], from which on it says what happened: it is
/// hardly ever given twice. A lighter one (`简讯`, `Weather`) stands on many stories.
pub const MIN_TELLING_TITLE_WEIGHT: usize = 16;

/// Sums the weights of the characters of a folded title: a CJK character weighs two, any other
/// one.
#[must_use]
pub fn title_weight(folded: &str) -> usize {
    let weights = folded.chars().map(|c| if c >= '\u{2e80}' { 2 } else { 1 });
    weights.sum()
}

fn fold_all(text: &str) -> String {
    text.nfkc()
        .flat_map(char::to_lowercase)
        .filter(|c| c.is_alphanumeric() || is_combining_mark(*c))
        .nfkc()
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{fold, fold_all};
    use proptest::prelude::*;

    #[track_caller]
    fn check(given: &str, want: &str) {
        assert_eq!(fold(given), want, "given {given}");
    }

    #[test]
    fn form_does_not_matter() {
        check("Hello, World!", "helloworld");
        check("ＡＢＣ１２", "abc12");
        check("（图）济南：今日　大雪！", "图济南今日大雪");
        check("Cafe\u{301}", "café");
        check("STRASSE ﬁn", "strassefin");
        check("\u{200B}a\u{FEFF}", "a");
    }

    #[test]
    fn words_matter() {
        check("", "");
        check("१२ हिन्दी", "१२हिन्दी");
        check("한국 뉴스", "한국뉴스");
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in "\\PC*") {
            let once = fold(&text);
            prop_assert_eq!(&fold(&once), &once);
        }

        #[test]
        fn the_short_way_agrees(text in "[\0-\u{7F}一-龥ぁ-ヴ가-힣\u{2000}-\u{206F}\u{3000}-\u{3020}\u{FF01}-\u{FF5E}]{0,40}") {
            prop_assert_eq!(fold(&text), fold_all(&text));
        }
    }
}
