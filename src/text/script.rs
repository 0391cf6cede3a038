//! Chinese scripts folded into one, and the place names of Chinese text.

use std::cmp::Reverse;
use std::collections::HashMap;
use std::sync::LazyLock;

/// Pairs of a traditional character and its simplified one, from OpenCC's
/// `TSCharacters` (Apache-2.0), the first of several where there are several.
const PAIRS: &str = include_str!("data/simplified.txt");

/// Names of provinces, cities, counties and districts of China without their ending, and of
/// countries and capitals in Chinese. The former are from `@vant/area-data` (MIT); those that are
/// also everyday words are left out.
const PLACES: &str = include_str!("data/places.txt");

/// First character that the table knows.
const FIRST_CODE_POINT: u32 = 0x3400;
/// Last character that the table knows.
const LAST_CODE_POINT: u32 = 0x9FFF;

/// Simplified form of each character from [`FIRST_CODE_POINT`] to [`LAST_CODE_POINT`].
static SIMPLIFIED: LazyLock<Vec<char>> = LazyLock::new(|| {
    let mut table: Vec<char> = (FIRST_CODE_POINT..=LAST_CODE_POINT)
        .filter_map(char::from_u32)
        .collect();
    let mut characters = PAIRS.chars().filter(|c| *c != '\n');
    while let (Some(from), Some(to)) = (characters.next(), characters.next()) {
        if let Some(place) = table.get_mut((u32::from(from) - FIRST_CODE_POINT) as usize) {
            *place = to;
        }
    }
    table
});

/// One traditional form of each simplified character that has one.
static TRADITIONAL: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let known = (FIRST_CODE_POINT..=LAST_CODE_POINT).filter_map(char::from_u32);
    let pairs = known.filter(|c| simplify(*c) != *c);
    pairs.map(|c| (simplify(c), c)).collect()
});

/// Place names of [`PLACES`], read at the first use.
static NAMES: LazyLock<Names> = LazyLock::new(Names::read);

/// Place names, found by the character that they begin with.
struct Names {
    /// Ranges in `all` of the names with an initial, by its code; (0, 0) if none.
    initials: Vec<(u16, u16)>,
    /// All names, by initial, the longest first.
    all: Vec<Vec<char>>,
}

impl Names {
    fn read() -> Names {
        let names = PLACES.split_whitespace().map(|name| name.chars().collect());
        let mut all: Vec<Vec<char>> = names.filter(|name: &Vec<char>| name.len() > 1).collect();
        all.sort_unstable_by_key(|name| (name[0], Reverse(name.len())));
        let mut initials = vec![(0, 0); LAST_CODE_POINT as usize + 1];
        for (at, name) in (0_u16..).zip(&all) {
            if let Some(span) = initials.get_mut(name[0] as usize) {
                *span = if span.1 == 0 {
                    (at, at + 1)
                } else {
                    (span.0, at + 1)
                };
            }
        }
        Names { initials, all }
    }
}

/// Returns the simplified form of a traditional character; any other one is itself.
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
    if !(FIRST_CODE_POINT..=LAST_CODE_POINT).contains(&code) {
        return c;
    }
    SIMPLIFIED[(code - FIRST_CODE_POINT) as usize]
}

/// Returns a traditional form of a simplified character, for texts made to compare; any other
/// character is itself.
#[must_use]
pub fn traditional(c: char) -> char {
    *TRADITIONAL.get(&c).unwrap_or(&c)
}

/// Counts the first characters of `text` that are the name of a place, the longest that is known; 0
/// if they are none. `text` is simplified.
#[must_use]
pub fn place(text: &[char]) -> usize {
    let names: &Names = &NAMES;
    let initial = text.first().map(|c| *c as usize);
    let Some((from, to)) = initial.and_then(|c| names.initials.get(c)) else {
        return 0;
    };
    let mut known = names.all[usize::from(*from)..usize::from(*to)].iter();
    let longest = known.find(|name| text.starts_with(name));
    longest.map_or(0, Vec::len)
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
