//! Alignment of two texts: the blocks that they share, in whatever order they stand (greedy
//! string tiling, Wise 1993).

use super::shingles::ShingleIndex;
use crate::model::TextToken;
use crate::text::token::shingles;

/// Weight of the smallest block: three ideographs, two words.
const MIN_BLOCK_WEIGHT: u32 = 6;

/// Weight of the smallest block that stands elsewhere: shorter ones are everywhere, and would
/// hide what stands here.
const MIN_MOVED_BLOCK_WEIGHT: u32 = 12;

/// Longest gap between two blocks that is compared token by token, on either side.
const MAX_GAP: usize = 16;

/// Places of one shingle that are tried; one with more is a phrase.
const MAX_PLACES: usize = 4;

/// Weight of the least chain that counts: twelve ideographs, eight words, in blocks that
/// follow each other. Less than that is a phrase that everybody uses.
const MIN_CHAIN_WEIGHT: u32 = 24;

/// Divisor of what is shared: with one part in so many, the bulk of it begins.
const BULK_DIVISOR: usize = 5;

/// Alignment of two texts.
#[derive(Clone, Debug, Default)]
pub(super) struct Alignment {
    /// Shared blocks, in the order of the second text.
    pub(super) blocks: Vec<Block>,
    /// Gaps between two blocks that follow each other in both, before the first and behind
    /// the last one; at most 16 tokens on either side.
    pub(super) gaps: Vec<Gap>,
    /// Tokens that stand in both, in chains of blocks and in the gaps within them.
    pub(super) of: usize,
    /// Tokens before the first shared text that is more than a phrase, in each.
    pub(super) lead: (usize, usize),
    /// Tokens before the bulk of the shared text, in each: before the chain with which a
    /// fifth of it is reached.
    pub(super) bulk: (usize, usize),
    /// Tokens behind the last shared text that is more than a phrase, in each.
    pub(super) tail: (usize, usize),
    /// Whether a token lies in a shared block, in each.
    pub(super) is_shared: (Vec<bool>, Vec<bool>),
}

/// Block: the same tokens in both. Position in each text and length, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    pub(super) a: usize,
    pub(super) b: usize,
    pub(super) length: usize,
}

/// Gap: other tokens, or none, in the same place; from–to in each, in tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) a: (usize, usize),
    pub(super) b: (usize, usize),
}

/// Aligns two texts, in time that grows with their length only.
pub(super) fn matched(a: &[TextToken], b: &[TextToken]) -> Alignment {
    let places = ShingleIndex::of(a, MIN_BLOCK_WEIGHT);
    let mut matched = Alignment::default();
    let mut is_taken = vec![false; a.len()];
    let mut is_found = vec![false; b.len()];
    let pieces = shingles(b, MIN_BLOCK_WEIGHT);
    let (mut at, mut end_a, mut end_b) = (0, 0, 0);
    while at < pieces.len() {
        // What goes on from the last piece is tried first.
        let expected = end_a + (at - end_b);
        let best = places
            .places(pieces[at])
            .take(MAX_PLACES)
            .filter(|place| !is_taken[*place])
            .min_by_key(|place| place.abs_diff(expected));
        let Some(place) = best else {
            at += 1;
            continue;
        };
        let block = grow(a, b, (place, at), end_b, &is_taken);
        let jumps = block.a.abs_diff(end_a) > MAX_GAP;
        if jumps
            && TextToken::total_weight(&a[block.a..block.a + block.length]) < MIN_MOVED_BLOCK_WEIGHT
        {
            at += 1;
            continue;
        }
        is_taken[block.a..block.a + block.length].fill(true);
        is_found[block.b..block.b + block.length].fill(true);
        matched.gap((end_a, end_b), block);
        matched.blocks.push(block);
        end_a = block.a + block.length;
        end_b = block.b + block.length;
        at = end_b.max(at + 1);
    }
    let end = Block {
        a: a.len(),
        b: b.len(),
        length: 0,
    };
    if !matched.blocks.is_empty() {
        matched.gap((end_a, end_b), end);
    }
    matched.count(a, b);
    matched.is_shared = (is_taken, is_found);
    matched
}

/// Extends the shingle at `(a, b)` to a block with all that is the same around it.
fn grow(
    a: &[TextToken],
    b: &[TextToken],
    (mut from_a, mut from_b): (usize, usize),
    end_b: usize,
    is_taken: &[bool],
) -> Block {
    let same =
        |(at, token): (usize, &TextToken), other: &TextToken| !is_taken[at] && token == other;
    let forward = a.iter().enumerate().skip(from_a).zip(&b[from_b..]);
    let mut length = forward.take_while(|(a, b)| same(*a, b)).count();
    while from_a > 0 && from_b > end_b && !is_taken[from_a - 1] && a[from_a - 1] == b[from_b - 1] {
        from_a -= 1;
        from_b -= 1;
        length += 1;
    }
    Block {
        a: from_a,
        b: from_b,
        length,
    }
}

impl Alignment {
    /// Records the gap between the last block and `next`, if they follow each other.
    fn gap(&mut self, (end_a, end_b): (usize, usize), next: Block) {
        let follows = next.a >= end_a && next.b >= end_b;
        let is_empty = next.a == end_a && next.b == end_b;
        if follows && !is_empty && next.a - end_a <= MAX_GAP && next.b - end_b <= MAX_GAP {
            self.gaps.push(Gap {
                a: (end_a, next.a),
                b: (end_b, next.b),
            });
        }
    }

    /// Counts what is shared: chains of blocks, and single tokens between them.
    fn count(&mut self, a: &[TextToken], b: &[TextToken]) {
        let least = MIN_CHAIN_WEIGHT
            .min(TextToken::total_weight(b) / 2)
            .min(TextToken::total_weight(a) / 2);
        let mut chains: Vec<Chain> = Vec::new();
        let mut gaps = self.gaps.iter().peekable();
        for block in &self.blocks {
            // A gap or nothing leads here from the piece before.
            let gap = gaps.next_if(|gap| gap.a.1 == block.a && gap.b.1 == block.b);
            let end = chains.last().map(|chain| chain.end);
            let is_next = end == Some((block.a, block.b));
            let gap = gap.filter(|gap| end == Some((gap.a.0, gap.b.0)));
            if !is_next && gap.is_none() {
                chains.push(Chain {
                    start: (block.a, block.b),
                    ..Chain::default()
                });
            }
            let chain = chains
                .last_mut()
                .expect("one was pushed for the first piece");
            chain.tokens += block.length + gap.map_or(0, |gap| gap.shared(a, b));
            chain.weight += TextToken::total_weight(&a[block.a..block.a + block.length]);
            chain.end = (block.a + block.length, block.b + block.length);
        }
        chains.retain(|chain| chain.weight >= least);
        self.of = chains.iter().map(|chain| chain.tokens).sum();
        let first =
            |of: fn(&Chain) -> usize, none: usize| chains.iter().map(of).min().unwrap_or(none);
        self.lead = (
            first(|chain| chain.start.0, a.len()),
            first(|chain| chain.start.1, b.len()),
        );
        let last = |of: fn(&Chain) -> usize| chains.iter().map(of).max().unwrap_or(0);
        self.tail = (
            a.len() - last(|chain| chain.end.0),
            b.len() - last(|chain| chain.end.1),
        );
        self.bulk.1 = self.before_bulk(&chains, |chain| chain.start.1, b.len());
        chains.sort_by_key(|chain| chain.start.0);
        self.bulk.0 = self.before_bulk(&chains, |chain| chain.start.0, a.len());
    }

    /// Finds the start of the chain with which a fifth of what is shared is reached; `none`
    /// if nothing is.
    fn before_bulk(&self, chains: &[Chain], start: fn(&Chain) -> usize, none: usize) -> usize {
        let mut sum = 0;
        let mut reached = chains.iter().skip_while(|chain| {
            sum += chain.tokens;
            sum * BULK_DIVISOR < self.of
        });
        reached.next().map_or(none, start)
    }
}

/// Chain: blocks that follow each other in both texts.
#[derive(Default)]
struct Chain {
    tokens: usize,
    weight: u32,
    start: (usize, usize),
    end: (usize, usize),
}

impl Gap {
    /// Counts the tokens that stand on both sides, in the same order (longest common
    /// subsequence).
    fn shared(&self, a: &[TextToken], b: &[TextToken]) -> usize {
        let (a, b) = (&a[self.a.0..self.a.1], &b[self.b.0..self.b.1]);
        let mut row = [0_usize; MAX_GAP + 1];
        for token in a {
            let mut diagonal = 0;
            for (at, other) in b.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = match token == other {
                    true => diagonal + 1,
                    false => above.max(row[at]),
                };
                diagonal = above;
            }
        }
        row[b.len()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ingest::dedupe::similarity::tokenize;
    use proptest::prelude::*;

    fn tokens(text: &str) -> Vec<TextToken> {
        tokenize::of_text("", text, false).body
    }

    #[track_caller]
    fn check(a: &str, b: &str, want: usize) {
        let found = matched(&tokens(a), &tokens(b));
        assert_eq!(found.of, want, "{a} {b} {found:?}");
    }

    #[test]
    fn order_and_edits_do_not_hide_what_is_shared() {
        check("济南地铁四号线今日开通", "济南地铁四号线今日开通", 11);
        let (first, second) = ("济南地铁四号线今日开通运营", "沿途设有三十座车站方便市民");
        check(&[first, second].concat(), &[second, first].concat(), 26);
        check("济南地铁四号线今日开通", "济南地铁五号线今日开通", 10);
        check("济南地铁四号线今日开通", "大雪纷飞人迹罕至", 0);
    }

    #[test]
    fn a_phrase_that_has_moved_is_not_shared_text() {
        check("济南地铁四号线今日开通", "今日开通济南地铁四号线", 7);
    }

    #[test]
    fn what_stands_between_is_a_gap() {
        let (a, b) = (tokens("共有12人参加了比赛"), tokens("共有15人参加了比赛"));
        let (a, b) = (
            [tokens("昨天下午"), a].concat(),
            [tokens("昨天下午"), b].concat(),
        );
        let want = Gap {
            a: (6, 7),
            b: (6, 7),
        };
        assert_eq!(matched(&a, &b).gaps, [want]);
    }

    proptest! {
        #[test]
        fn it_never_panics_and_counts_right(a in "[济南地铁一二三 ab12]{0,60}", b in "[济南地铁一二三 ab12]{0,60}") {
            let (a, b) = (tokens(&a), tokens(&b));
            let found = matched(&a, &b);
            prop_assert!(found.of <= a.len().min(b.len()));
            for block in found.blocks {
                prop_assert_eq!(&a[block.a..block.a + block.length], &b[block.b..block.b + block.length]);
            }
        }
    }
}
