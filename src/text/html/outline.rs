//! Levels of headings in a text that stands on a page below a heading of its own.

/// Outline of a text, as far as it was read.
#[derive(Debug, Default)]
pub struct Outline {
    /// Levels that the text has given to the headings above the present place, rising.
    above: Vec<u8>,
}

impl Outline {
    /// Returns the level on the page, 2 to 6, of the next heading, which has `level` in its text: the
    /// first one is right below the page's heading, and none is deeper by more than one than the one
    /// before.
    pub fn next(&mut self, level: u8) -> u8 {
        while self.above.last().is_some_and(|above| *above >= level) {
            self.above.pop();
        }
        self.above.push(level);
        (1 + self.above.len()).min(6) as u8
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_keep_their_order_and_skip_no_level() {
        let levels = |given: &[u8]| {
            let mut outline = Outline::default();
            given
                .iter()
                .map(|level| outline.next(*level))
                .collect::<Vec<_>>()
        };
        assert_eq!(levels(&[1, 2, 2, 1]), [2, 3, 3, 2]);
        assert_eq!(levels(&[3, 3, 4, 6, 4, 3]), [2, 2, 3, 4, 3, 2]);
        assert_eq!(levels(&[5, 2, 3]), [2, 2, 3]);
        assert_eq!(levels(&[1, 2, 3, 4, 5, 6]), [2, 3, 4, 5, 6, 6]);
    }
}
