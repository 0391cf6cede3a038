//! Substitutions: places where two texts that agree around it say something else: the slots
//! of a template, or what an editor has put in other words.

use super::align::{Alignment, Block, Gap};
use super::tokenize::characters;
use crate::model::{TextToken, TokenizedText};

/// Longest substitution, in tokens on either side; a longer one was rewritten, and may say
/// anything.
const MAX_SUBSTITUTION_TOKENS: usize = 6;

/// Length of a word, or of a name of two, in tokens.
const WORD_TOKENS: usize = 2;

/// Distance from a shared block, in tokens, within which two facts stand in each other's
/// place, where what goes on behind them is not the same.
const NEAR_TOKENS: usize = 2;

/// Length of a shared block below which it may be chance, in tokens.
const MIN_SOLID_TOKENS: usize = 4;

/// Chinese surnames that are had by nine in ten.
const SURNAMES: &str = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蒋蔡余杜叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严";

/// Substitution: other tokens in the same place; from–to in each, in tokens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Substitution {
    pub(super) a: (usize, usize),
    pub(super) b: (usize, usize),
    /// Whether no more than two tokens stand between two shared blocks, on either side.
    pub(super) is_word: bool,
    /// Chinese names that stand there, if these are two.
    pub(super) people: Option<(String, String)>,
}

/// Finds the substitutions of two texts: short gaps of their alignment, and single numbers
/// and names beside a shared block.
pub(super) fn slots(
    matched: &Alignment,
    a: &TokenizedText,
    b: &TokenizedText,
) -> Vec<Substitution> {
    let (text_a, text_b) = (characters(&a.body), characters(&b.body));
    let is_tight = |gap: &Gap| {
        gap.a.1 - gap.a.0 <= MAX_SUBSTITUTION_TOKENS && gap.b.1 - gap.b.0 <= MAX_SUBSTITUTION_TOKENS
    };
    let mut slots: Vec<Substitution> = matched
        .gaps
        .iter()
        .map(from_line)
        .filter(is_tight)
        .map(|gap| Substitution {
            a: gap.a,
            b: gap.b,
            is_word: gap.a.1 - gap.a.0 <= WORD_TOKENS && gap.b.1 - gap.b.0 <= WORD_TOKENS,
            people: people(&text_a, &text_b, &gap, matched),
        })
        .collect();
    // Numbers and names, of those that neither text shares there.
    let is_open = |tokens: &[TextToken], is_shared: &[bool], at: usize| {
        at < tokens.len() && !tokens[at].is_plain() && !is_shared[at]
    };
    for block in matched
        .blocks
        .iter()
        .filter(|block| block.length >= MIN_SOLID_TOKENS)
    {
        let (end_a, end_b) = (block.a + block.length, block.b + block.length);
        let behind = (0..NEAR_TOKENS).map(|off| (end_a + off, end_b + off));
        let before = (1..=NEAR_TOKENS)
            .filter_map(|off| Some((block.a.checked_sub(off)?, block.b.checked_sub(off)?)));
        for (at_a, at_b) in behind.chain(before) {
            let is_known = slots
                .iter()
                .any(|slot| within(at_a, slot.a) && within(at_b, slot.b));
            let is_fact = is_open(&a.body, &matched.is_shared.0, at_a)
                && is_open(&b.body, &matched.is_shared.1, at_b);
            if is_fact && !is_known {
                slots.push(Substitution {
                    a: (at_a, at_a + 1),
                    b: (at_b, at_b + 1),
                    is_word: false,
                    people: None,
                });
            }
        }
    }
    slots
}

/// Cuts a gap at the beginning to its last tokens: before the first sentence one paper may
/// say who writes, and the other not.
fn from_line(gap: &Gap) -> Gap {
    match gap.a.0 == 0 && gap.b.0 == 0 {
        true => Gap {
            a: (gap.a.1.saturating_sub(MAX_SUBSTITUTION_TOKENS), gap.a.1),
            b: (gap.b.1.saturating_sub(MAX_SUBSTITUTION_TOKENS), gap.b.1),
        },
        false => *gap,
    }
}

/// Whether a position lies in a range, its end excluded.
fn within(at: usize, (from, to): (usize, usize)) -> bool {
    (from..to).contains(&at)
}

/// Finds two Chinese names around a gap; names may have a character in common.
fn people(a: &[char], b: &[char], gap: &Gap, matched: &Alignment) -> Option<(String, String)> {
    let solid = |block: &&Block| block.length >= MIN_SOLID_TOKENS;
    let is_before =
        |block: &Block| (block.a + block.length, block.b + block.length) == (gap.a.0, gap.b.0);
    let is_behind = |block: &Block| (block.a, block.b) == (gap.a.1, gap.b.1);
    let mut blocks = matched.blocks.iter().filter(solid);
    let is_held = gap.a.0 == 0 || blocks.any(is_before);
    let mut blocks = matched.blocks.iter().filter(solid);
    let is_held = is_held && (gap.a.1 == a.len() || blocks.any(is_behind));
    if !is_held || gap.a.0 == gap.a.1 || gap.b.0 == gap.b.1 {
        return None;
    }
    for shared in 0..=1 {
        let from = (gap.a.0.checked_sub(shared)?, gap.b.0.checked_sub(shared)?);
        let (one, other) = (&a[from.0..gap.a.1], &b[from.1..gap.b.1]);
        if begins_with_name(one) && begins_with_name(other) {
            return Some((one.iter().collect(), other.iter().collect()));
        }
    }
    None
}

/// Whether a text of a few characters begins with a Chinese surname and an ideograph.
fn begins_with_name(text: &[char]) -> bool {
    let is_ideograph = |c: &char| ('\u{3400}'..='\u{9FFF}').contains(c);
    (2..MAX_SUBSTITUTION_TOKENS).contains(&text.len())
        && SURNAMES.contains(text[0])
        && is_ideograph(&text[1])
}
