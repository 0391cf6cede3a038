//! Facts of two texts: numbers, places and names; those in both, and those that contradict
//! each other where the texts are otherwise alike.
//!
//! A weather report, a lottery result, a stock table, and the same event in
//! another town are copies of a template: in the same place of the same sentence
//! stands another number or another town. A copy of an article never does that.

use std::collections::{BTreeMap, BTreeSet};

use super::align::Alignment;
use super::entities::{Fact, FactKind, NamedEntities, words};
use super::substitution::{Substitution, slots};
use super::template;
use crate::model::{TextToken, TokenizedText};

/// Tally of one kind of fact, each value once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Values that both texts name.
    pub same: usize,
    /// Pairs of values that stand in each other's place: one text says one and the other
    /// another.
    pub apart: usize,
}

/// Comparison of the facts of two texts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) numbers: Tally,
    pub(super) places: Tally,
    pub(super) names: Tally,
    /// Whether a place or a name that is exchanged all over one text, at least twice, is
    /// another one in the other.
    pub(super) is_moved: bool,
    /// Whether something takes the place of something else throughout, or in the headlines.
    pub(super) is_other_page: bool,
    /// Whether it does so in the headlines.
    pub(super) is_other_headline: bool,
    /// Whether one listed place stands in the place of another.
    pub(super) is_listed_apart: bool,
    /// Whether each headline names a place that the other item never does.
    pub(super) is_title_placed_apart: bool,
    /// Whether the only thing that differs is a name.
    pub(super) is_only_name: bool,
    /// Whether the headlines name different things.
    pub(super) is_title_apart: bool,
    /// Whether each headline names what the other does not.
    pub(super) is_title_other: bool,
    /// Whether each headline has something in the same place that the other item never names.
    pub(super) is_title_exchanged: bool,
    /// Numbers and places before the first shared shingle, in either text, that the other
    /// never names.
    pub(super) news: usize,
    /// Numbers in the second text that the first never names.
    pub(super) lost: usize,
    /// Numbers, places and names of the second item that the first never names.
    pub(super) strange: usize,
    /// Numbers that both texts name below the headline, and places and names.
    pub(super) told: (usize, usize),
    /// Whether one of them names no numbers there.
    pub(super) is_without_numbers: bool,
}

/// Share of contradicting facts, of those that both name or contradict, from which on one
/// text is not a copy of the other but of their template.
const MAX_CONTRADICTING_SHARE: f32 = 0.4;

/// Share above which a short text is one, as a rewritten sentence seldom stands in it.
const MAX_SHORT_CONTRADICTING_SHARE: f32 = 0.3;

impl Tally {
    /// Whether the share of facts that stand against each other is too large; of a short text more may.
    pub(super) fn contradicts(self, is_short: bool) -> bool {
        let all = (self.same + self.apart) as f32;
        let part = self.apart as f32 / all.max(1.0);
        match is_short {
            true => part > MAX_SHORT_CONTRADICTING_SHARE,
            false => part >= MAX_CONTRADICTING_SHARE,
        }
    }
}

impl Facts {
    /// Whether what contradicts is what the two are about: `is_same_frame` if little else
    /// differs, so that it is no accident of sentences that were written anew.
    pub(super) fn denies(&self, is_same_frame: bool) -> bool {
        let of_place = self.is_moved || self.is_listed_apart || self.is_title_placed_apart;
        let of_frame = self.is_other_page || self.is_title_apart;
        let is_many =
            self.numbers.apart >= MIN_CONTRADICTIONS || self.names.apart >= MIN_CONTRADICTIONS;
        of_place || of_frame || is_same_frame && is_many
    }
}

/// Contradictions that no edit makes by accident.
pub(super) const MIN_CONTRADICTIONS: usize = 3;

/// Substitutions between two notices about one person each, at most.
const MAX_NOTICE: usize = 4;

/// Uses from which on a place or name that is exchanged is what the text is about.
const MIN_SUBJECT_USES: usize = 2;

/// Compares the facts of two texts by their alignment. `title_likeness` is 0 to 1: headlines
/// that are not alike do not contradict each other.
pub(super) fn compare(
    a: &TokenizedText,
    b: &TokenizedText,
    matched: &Alignment,
    title_likeness: f32,
) -> Facts {
    let mut names: Vec<TextToken> = [&*a.names, &*b.names].concat();
    names.sort_unstable();
    let (in_a, in_b) = (NamedEntities::of(a, &names), NamedEntities::of(b, &names));
    let slots = slots(matched, a, b);
    let exchanged = template::exchanged(a, b, matched);
    let mut facts = Facts {
        is_other_page: exchanged.is_throughout || exchanged.is_named,
        is_other_headline: exchanged.is_named,
        is_title_exchanged: exchanged.is_in_headline,
        ..Facts::default()
    };
    for (kind, tally) in [
        (FactKind::Number, &mut facts.numbers),
        (FactKind::Place, &mut facts.places),
        (FactKind::Name, &mut facts.names),
    ] {
        let (mut all_a, mut all_b) = (in_a.values(kind), in_b.values(kind));
        let (told_a, told_b) = (in_a.told(kind), in_b.told(kind));
        let told = told_a.within(&told_b);
        match kind {
            FactKind::Number => facts.told.0 += told,
            FactKind::Place | FactKind::Name => facts.told.1 += told,
        }
        facts.is_without_numbers |=
            kind == FactKind::Number && (told_a.is_empty() || told_b.is_empty());
        tally.same = all_a.within(&all_b);
        if kind != FactKind::Name {
            // In German every noun looks like a name.
            facts.news += in_a.unheard(kind, matched.lead.0, &all_b)
                + in_b.unheard(kind, matched.lead.1, &all_a);
        }
        if kind == FactKind::Number {
            facts.lost = in_b.unheard(kind, usize::MAX, &all_a);
        }
        let named_b = in_b.values(kind);
        if kind == FactKind::Name {
            // At the beginning of a sentence a name does not show.
            all_a = words(a);
            all_b = words(b);
        }
        facts.strange += named_b.beyond(&all_a);
        let mut pairs: BTreeMap<(u64, u64), usize> = BTreeMap::new();
        let contradictions = slots.iter().flat_map(|slot| {
            let facts = contradiction(slot, &in_a, &in_b, kind);
            facts.into_iter().map(move |(a, b)| (slot, a, b))
        });
        for (slot, a, b) in contradictions {
            // A place that the other text names elsewhere is no other place.
            let is_elsewhere = all_b.contains(a.value) || all_a.contains(b.value);
            if kind == FactKind::Number || !is_elsewhere {
                *pairs.entry((a.value, b.value)).or_default() += 1;
                // What a headline names gives way in the text.
                let is_headline =
                    in_a.of_title(kind).contains(a.value) || in_b.of_title(kind).contains(b.value);
                let is_sure = match kind {
                    FactKind::Number => false,
                    FactKind::Place => a.is_listed || b.is_listed,
                    FactKind::Name => slot.is_word,
                };
                facts.is_moved |= is_sure && is_headline;
                facts.is_listed_apart |= a.is_listed && b.is_listed;
            }
        }
        tally.apart = pairs.len();
        facts.is_only_name |= kind == FactKind::Name && pairs.len() == 1 && slots.len() == 1;
        facts.is_moved |=
            kind != FactKind::Number && pairs.values().any(|uses| *uses >= MIN_SUBJECT_USES);
        let (apart_a, apart_b) = (
            in_a.is_title_apart(kind, &all_b),
            in_b.is_title_apart(kind, &all_a),
        );
        let is_alike = match kind {
            FactKind::Place => title_likeness >= 0.3,
            FactKind::Number => title_likeness >= 0.5,
            FactKind::Name => title_likeness >= 0.6,
        };
        facts.is_title_apart |= is_alike && apart_a && apart_b;
        facts.is_title_placed_apart |= kind == FactKind::Place && apart_a && apart_b;
        let (title_a, title_b) = (in_a.of_title(kind), in_b.of_title(kind));
        facts.is_title_other |= title_a.beyond(&title_b) > 0 && title_b.beyond(&title_a) > 0;
        // A follow-up names the place of the first story too, further down.
        let is_moved = kind == FactKind::Place && title_likeness >= 0.6 && (apart_a || apart_b);
        let is_shared = title_a.is_empty() || title_b.is_empty() || title_a.within(&title_b) > 0;
        facts.is_title_apart |= is_moved && !is_shared;
    }
    let people: BTreeSet<&(String, String)> = slots
        .iter()
        .filter_map(|slot| slot.people.as_ref())
        .collect();
    // Of few slots: in a text that was rewritten, what looks like names may be words,
    // and so may be a single pair, unless hardly anything else differs.
    let is_notice = people.len() * 3 >= slots.len();
    match people.len() {
        0 => {}
        1 => facts.is_only_name |= slots.len() <= MAX_NOTICE,
        count if is_notice => facts.names.apart += count,
        _ => {}
    }
    facts
}

/// Lists pairs of facts of one kind that stand in each other's place; none if both sides name
/// one in common.
fn contradiction(
    slot: &Substitution,
    a: &NamedEntities,
    b: &NamedEntities,
    kind: FactKind,
) -> Vec<(Fact, Fact)> {
    let within = |facts: &[Fact], (from, to): (usize, usize)| -> Vec<Fact> {
        let touches = |fact: &&Fact| fact.kind == kind && fact.from < to && fact.to > from;
        facts.iter().filter(touches).copied().collect()
    };
    let (of_a, of_b) = (within(&a.body, slot.a), within(&b.body, slot.b));
    let is_in_b = |fact: &Fact| of_b.iter().any(|other| other.value == fact.value);
    if of_a.iter().any(is_in_b) {
        return Vec::new();
    }
    of_a.into_iter().zip(of_b).collect()
}
