//! Shingles of a text, with an index of their positions.

use crate::model::TextToken;
use crate::text::token::shingles;

/// Position that stands for none.
const NO_POSITION: u32 = u32::MAX;

/// Shingle index: a hash table from shingles to their positions, in tokens.
pub(super) struct ShingleIndex {
    all: Vec<u64>,
    /// First position of the shingles that share a slot of the table, and the next one of
    /// each.
    slots: Vec<u32>,
    next: Vec<u32>,
}

impl ShingleIndex {
    /// Indexes the shingles that weigh at least `weight`, one for each token that they begin
    /// with.
    pub(super) fn of(text: &[TextToken], weight: u32) -> ShingleIndex {
        let all = shingles(text, weight);
        let mut slots = vec![NO_POSITION; (all.len() * 2).next_power_of_two()];
        let mut next = vec![NO_POSITION; all.len()];
        for at in (0..all.len()).rev() {
            let slot = slot(all[at], &slots);
            next[at] = std::mem::replace(&mut slots[slot], at as u32);
        }
        ShingleIndex { all, slots, next }
    }

    /// Lists the positions of a shingle, ascending.
    pub(super) fn places(&self, piece: u64) -> impl Iterator<Item = usize> {
        let place = |at: u32| (at != NO_POSITION).then_some(at);
        let first = place(self.slots[slot(piece, &self.slots)]);
        std::iter::successors(first, move |at| place(self.next[*at as usize]))
            .map(|at| at as usize)
            .filter(move |at| self.all[*at] == piece)
    }

    /// Counts the different shingles.
    pub(super) fn count(&self) -> usize {
        self.different().count()
    }

    /// Counts the different shingles that the other text has too.
    pub(super) fn shared(&self, other: &ShingleIndex) -> usize {
        let is_there = |piece: &u64| other.places(*piece).next().is_some();
        self.different().filter(is_there).count()
    }

    /// Lists the shingles, each once.
    fn different(&self) -> impl Iterator<Item = u64> {
        let all = self.all.iter().copied().enumerate();
        let is_first = |(at, piece): &(usize, u64)| self.places(*piece).next() == Some(*at);
        all.filter(is_first).map(|(_, piece)| piece)
    }
}

/// Returns the slot of a shingle; the number of slots is a power of two.
fn slot(piece: u64, slots: &[u32]) -> usize {
    piece as usize & (slots.len() - 1)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use proptest::prelude::*;

    fn tokens(text: &str) -> Vec<TextToken> {
        text.chars().map(TextToken::character).collect()
    }

    proptest! {
        #[test]
        fn they_stand_where_they_stand(one in "[地铁济南]{0,60}", other in "[地铁济南]{0,60}") {
            let (a, b) = (tokens(&one), tokens(&other));
            let (all_a, all_b) = (shingles(&a, 4), shingles(&b, 4));
            let (a, b) = (ShingleIndex::of(&a, 4), ShingleIndex::of(&b, 4));
            for piece in &all_a {
                let want: Vec<usize> = (0..all_b.len()).filter(|at| all_b[*at] == *piece).collect();
                prop_assert_eq!(b.places(*piece).collect::<Vec<_>>(), want);
            }
            let (set_a, set_b): (BTreeSet<_>, BTreeSet<_>) =
                (all_a.iter().collect(), all_b.iter().collect());
            prop_assert_eq!(a.count(), set_a.len());
            prop_assert_eq!(a.shared(&b), set_a.intersection(&set_b).count());
        }
    }
}
