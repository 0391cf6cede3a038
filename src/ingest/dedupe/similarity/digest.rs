//! Digests: texts that are several news, each under its number or its time, as morning lists
//! (早报) and live blogs are.

/// Entries from which on a text is a digest.
const MIN_ENTRIES: usize = 4;

/// Most digits, or Chinese numerals, of a label.
const MAX_NUMERALS: usize = 3;

/// Count of lines, to tell a digest by.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct EntryCount {
    n_lines: usize,
    n_entries: usize,
    begins_with_one: bool,
}

impl EntryCount {
    /// Notes the next line of a text.
    pub(super) fn note(&mut self, line: &str) {
        let is_entry = is_labelled(line);
        self.begins_with_one |= self.n_lines == 0 && is_entry;
        self.n_lines += 1;
        self.n_entries += usize::from(is_entry);
    }

    /// Whether the lines are those of a digest: it begins with an entry, has four, and half of
    /// its lines begin one. An article says what it is about before it counts its points.
    pub(super) fn is_digest(self) -> bool {
        self.begins_with_one && self.n_entries >= MIN_ENTRIES && self.n_entries * 2 >= self.n_lines
    }
}

/// Whether a line begins with the number or the time of an entry: `1、`, `2. `, `(3)`, `④`, `五、`,
/// `18:05 `.
fn is_labelled(line: &str) -> bool {
    let line = line.trim_start_matches(['(', '（', '[', '【', ' ', '\u{3000}']);
    if line.starts_with(|c| ('①'..='⑳').contains(&c)) {
        return true;
    }
    let is_numeral = |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c);
    let is_chinese = |c: char| "一二三四五六七八九十".contains(c);
    let rest = line.trim_start_matches(is_numeral);
    let (rest, is_number) = match rest.len() < line.len() {
        true => (rest, true),
        false => (line.trim_start_matches(is_chinese), false),
    };
    let numerals = &line[..line.len() - rest.len()];
    if numerals.is_empty() || numerals.chars().count() > MAX_NUMERALS {
        return false;
    }
    let mut behind = rest.chars();
    let (mark, next) = (behind.next(), behind.next());
    let goes_on = next.is_some_and(is_numeral);
    match mark {
        Some('、' | ')' | '）' | ']' | '】') => true,
        // Not `3.5 percent`.
        Some('.' | '．') => !goes_on,
        Some(':' | '：') => is_number && (goes_on && behind.next().is_some_and(is_numeral)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{EntryCount, is_labelled};

    #[test]
    fn labels_are_numbers_and_times() {
        for line in [
            "1、大雪。",
            "2. It snows.",
            "（3）大雪。",
            "④大雪。",
            "五、大雪。",
            "18:05 大雪。",
        ] {
            assert!(is_labelled(line), "{line}");
        }
        for line in [
            "3.5级地震。",
            "12个街道受益。",
            "10 people came.",
            "一名男子。",
            "2026、2027年。",
            "大雪。",
            "",
        ] {
            assert!(!is_labelled(line), "{line}");
        }
    }

    #[test]
    fn an_article_with_points_is_none() {
        let count = |lines: &[&str]| {
            let mut count = EntryCount::default();
            lines.iter().for_each(|line| count.note(line));
            count.is_digest()
        };
        let points = ["1、大雪。", "2、放晴。", "3、降温。", "4、升温。"];
        assert!(count(&points));
        assert!(!count(&[&["通知如下："], &points[..]].concat()));
        assert!(!count(&points[..3]));
    }
}
