//! Files of one configuration: the main one and those that it includes, one behind the other,
//! so that a byte offset names a place in any of them.

use std::ops::Range;

/// Texts of all files, one behind the other.
#[derive(Clone, Debug, Default)]
pub(in crate::config) struct Parts {
    whole: String,
    parts: Vec<Part>,
}

/// One file.
#[derive(Clone, Debug)]
pub(in crate::config) struct Part {
    /// Name for messages.
    pub(in crate::config) name: String,
    /// Byte offset of its text in the whole.
    pub(in crate::config) start: usize,
    end: usize,
}

impl Parts {
    /// Makes the parts of one file.
    pub(in crate::config) fn one(name: &str, text: &str) -> Parts {
        let mut parts = Parts::default();
        parts.push(name, text);
        parts
    }

    /// Adds a file.
    pub(in crate::config) fn push(&mut self, name: &str, text: &str) {
        if !self.parts.is_empty() {
            // What is missing at the end of one is not looked for in the next.
            self.whole.push('\n');
        }
        let start = self.whole.len();
        self.whole.push_str(text);
        self.parts.push(Part {
            name: name.to_owned(),
            start,
            end: self.whole.len(),
        });
    }

    /// Returns the texts of all files, one behind the other.
    pub(in crate::config) fn whole(&self) -> &str {
        &self.whole
    }

    /// Iterates over the files, the main one first.
    pub(in crate::config) fn iter(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter()
    }

    /// Returns the text of a file.
    pub(in crate::config) fn text_of(&self, part: &Part) -> &str {
        &self.whole[part.start..part.end]
    }

    /// Returns the file that has byte `at`, by its number.
    pub(in crate::config) fn index_of(&self, at: usize) -> usize {
        let behind = self.parts.partition_point(|part| part.start <= at);
        behind.saturating_sub(1)
    }

    /// Returns the file of a number of [`Parts::index_of`].
    pub(in crate::config) fn part(&self, index: usize) -> &Part {
        &self.parts[index]
    }

    /// Returns a range of the whole as one of the file of this number; one that reaches beyond is cut.
    pub(in crate::config) fn within(&self, index: usize, at: &Range<usize>) -> Range<usize> {
        let Part { start, end, .. } = self.part(index);
        let cut = |at: usize| at.clamp(*start, *end) - start;
        cut(at.start)..cut(at.end)
    }
}
