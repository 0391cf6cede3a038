//! Chinese in one script, and the places it names.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

/// Pairs of a traditional character and its simplified one, from OpenCC's
/// `TSCharacters` (Apache-2.0), the first of several where there are several.
const PAIRS: &str = include_str!("data/simplified.txt");

/// Names of provinces, cities, counties and districts of China without their
/// ending, and of countries and capitals in Chinese. The former are from
/// `@vant/area-data` (MIT); those that are also everyday words are left out.
const PLACES: &str = include_str!("data/places.txt");

/// The first and the last character that the table knows.
const FIRST: u32 = 0x3400;
const LAST: u32 = 0x9FFF;

static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table: Vec<char> = (FIRST..=LAST).filter_map(char::from_u32).collect();
    let mut characters = PAIRS.chars().filter(|c| *c != '\n');
    while let (Some(from), Some(to)) = (characters.next(), characters.next()) {
        if let Some(place) = table.get_mut((u32::from(from) - FIRST) as usize) {
            *place = to;
        }
    }
    table
});

static TRADITIONAL: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let known = (FIRST..=LAST).filter_map(char::from_u32);
    let pairs = known.filter(|c| simplify(*c) != *c);
    pairs.map(|c| (simplify(c), c)).collect()
});

static NAMES: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| PLACES.split_whitespace().collect());

/// Whether a name in [`NAMES`] begins with a character, by its code: nearly all
/// that are asked for do not.
static INITIALS: LazyLock<Vec<bool>> = LazyLock::new(|| {
    let mut initials = vec![false; LAST as usize + 1];
    for initial in NAMES.iter().filter_map(|name| name.chars().next()) {
        if let Some(is_initial) = initials.get_mut(initial as usize) {
            *is_initial = true;
        }
    }
    initials
});

/// The longest name, in characters.
const LONGEST: usize = 6;

/// The simplified form of a traditional character; any other one is itself.
///
/// One character at a time, whatever the word: good for comparing, not for reading.
///
/// ```
/// use gazetted::text::script::simplify;
/// assert_eq!("濟南市區".chars().map(simplify).collect::<String>(), "济南市区");
/// ```
#[must_use]
pub fn simplify(c: char) -> char {
    let code = u32::from(c);
    if !(FIRST..=LAST).contains(&code) {
        return c;
    }
    SIMPLIFIED[(code - FIRST) as usize]
}

/// A traditional form of a simplified character, for texts made to compare; any
/// other character is itself.
#[must_use]
pub fn traditional(c: char) -> char {
    *TRADITIONAL.get(&c).unwrap_or(&c)
}

/// How many of the first characters of `text` are the name of a place, the
/// longest that is known; 0 if they are none. `text` is simplified.
#[must_use]
pub fn place(text: &[char]) -> usize {
    let is_initial = |c: &char| {
        INITIALS
            .get(*c as usize)
            .is_some_and(|is_initial| *is_initial)
    };
    if !text.first().is_some_and(is_initial) {
        return 0;
    }
    let mut name = String::with_capacity(3 * LONGEST);
    let mut longest = 0;
    for (at, c) in text.iter().take(LONGEST).enumerate() {
        name.push(*c);
        if at > 0 && NAMES.contains(name.as_str()) {
            longest = at + 1;
        }
    }
    longest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_whole_and_settled() {
        assert_eq!(PAIRS.chars().filter(|c| *c != '\n').count() % 2, 0);
        for c in SIMPLIFIED.iter() {
            assert_eq!(simplify(*c), *c, "{c}");
        }
        assert_eq!(simplify('臺'), '台');
        assert_eq!(simplify('a'), 'a');
    }

    #[test]
    fn places_are_found_by_their_longest_name() {
        let check = |text: &str, want: usize| {
            let text: Vec<char> = text.chars().collect();
            assert_eq!(place(&text), want, "{text:?}");
        };
        check("章丘区", 2);
        check("内蒙古自治区", 3);
        check("报纸", 0);
        check("", 0);
    }
}
