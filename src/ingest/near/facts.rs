//! What a text is about: numbers, places, names; and where two texts that are
//! otherwise alike say different ones.
//!
//! A weather report, a lottery result, a stock table, and the same event in
//! another town are copies of a template: in the same place of the same sentence
//! stands another number or another town. A copy of an article never does that.

use std::collections::BTreeSet;

use super::gist::characters;
use super::matched::{Gap, Matched};
use crate::model::{Gist, Token};
use crate::text::script;

/// Endings of the names of places.
const ENDINGS: &[char] = &['市', '县', '区', '镇', '乡', '村', '州'];

/// Characters that no name of a place ends in, before such an ending.
const NO_NAME: &str = "全该各我这那个的在和与及是了到从为某一两三几每中大新老外内同地城社小校园景街片灾厂库矿辖郊特超股菜门夜早花楼都农乡家故返";

/// One thing that a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Fact {
    kind: Kind,
    value: u64,
    from: usize,
    to: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Number,
    Place,
    Name,
}

/// Of one kind of fact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// That both name.
    pub same: usize,
    /// Where one text says one and the other another.
    pub apart: usize,
}

/// What two texts name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) numbers: Tally,
    pub(super) places: Tally,
    pub(super) names: Tally,
    /// Whether the headlines name different things.
    pub(super) is_title_apart: bool,
}

/// Everything that one item names.
struct Named {
    body: Vec<Fact>,
    title: Vec<Fact>,
}

pub(super) fn compare(a: &Gist, b: &Gist, matched: &Matched, title_likeness: f32) -> Facts {
    let (in_a, in_b) = (Named::of(a), Named::of(b));
    let mut facts = Facts::default();
    for (kind, tally) in [
        (Kind::Number, &mut facts.numbers),
        (Kind::Place, &mut facts.places),
        (Kind::Name, &mut facts.names),
    ] {
        let (mut all_a, mut all_b) = (in_a.values(kind), in_b.values(kind));
        tally.same = all_a.intersection(&all_b).count();
        if kind == Kind::Name {
            // At the beginning of a sentence a name does not show.
            all_a = words(a);
            all_b = words(b);
        }
        let pairs = matched
            .gaps
            .iter()
            .flat_map(|gap| contradiction(gap, &in_a, &in_b, kind));
        let pairs: BTreeSet<(u64, u64)> = match kind {
            Kind::Number => pairs.collect(),
            // A place that the other text names elsewhere is no other place.
            Kind::Place | Kind::Name => pairs
                .filter(|(one, other)| !all_b.contains(one) && !all_a.contains(other))
                .collect(),
        };
        tally.apart = pairs.len();
        let is_apart = |of: &Named, other: &BTreeSet<u64>| {
            let mut named = of.title.iter().filter(|fact| fact.kind == kind);
            named.any(|fact| !other.contains(&fact.value))
        };
        let is_alike = match kind {
            Kind::Place => title_likeness >= 0.3,
            Kind::Number => title_likeness >= 0.5,
            Kind::Name => title_likeness >= 0.6,
        };
        let (apart_a, apart_b) = (is_apart(&in_a, &all_b), is_apart(&in_b, &all_a));
        facts.is_title_apart |= is_alike && apart_a && apart_b;
        // A follow-up names the place of the first story too, further down.
        let is_moved = kind == Kind::Place && title_likeness >= 0.6 && (apart_a || apart_b);
        facts.is_title_apart |= is_moved && !in_a.shares_title(&in_b);
    }
    facts
}

/// A longer piece on either side was rewritten, and may say anything.
const TIGHT: usize = 6;

/// Pairs of facts that stand in each other's place.
fn contradiction(gap: &Gap, a: &Named, b: &Named, kind: Kind) -> Vec<(u64, u64)> {
    if gap.a.1 - gap.a.0 > TIGHT || gap.b.1 - gap.b.0 > TIGHT {
        return Vec::new();
    }
    let within = |facts: &[Fact], (from, to): (usize, usize)| -> Vec<u64> {
        let touches = |fact: &&Fact| fact.kind == kind && fact.from < to && fact.to > from;
        facts
            .iter()
            .filter(touches)
            .map(|fact| fact.value)
            .collect()
    };
    let (of_a, of_b) = (within(&a.body, gap.a), within(&b.body, gap.b));
    if of_a.iter().any(|value| of_b.contains(value)) {
        return Vec::new();
    }
    of_a.into_iter().zip(of_b).collect()
}

impl Named {
    fn of(gist: &Gist) -> Named {
        Named {
            body: facts(&gist.body, &gist.names),
            title: facts(&gist.title, &gist.names),
        }
    }

    /// Whether the headlines name a place that both name, or one of them none.
    fn shares_title(&self, other: &Named) -> bool {
        let places = |named: &Named| -> Vec<u64> {
            let of_title = named.title.iter();
            of_title
                .filter(|fact| fact.kind == Kind::Place)
                .map(|fact| fact.value)
                .collect()
        };
        let (own, others) = (places(self), places(other));
        own.is_empty() || others.is_empty() || own.iter().any(|place| others.contains(place))
    }

    fn values(&self, kind: Kind) -> BTreeSet<u64> {
        let all = self.body.iter().chain(&self.title);
        all.filter(|fact| fact.kind == kind)
            .map(|fact| fact.value)
            .collect()
    }
}

/// Every word of an item, as a name is valued.
fn words(gist: &Gist) -> BTreeSet<u64> {
    let all = gist.body.iter().chain(&gist.title);
    all.filter(|token| token.is_word())
        .map(|token| value(&[*token]))
        .collect()
}

/// What `tokens` name, in order.
fn facts(tokens: &[Token], names: &[Token]) -> Vec<Fact> {
    let text = characters(tokens);
    let mut facts = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at];
        let mut length = 1;
        let kind = if token.is_number() {
            Some(Kind::Number)
        } else if token.is_word() {
            names.binary_search(&token).ok().map(|_| Kind::Name)
        } else {
            length = script::place(&text[at..]).max(1);
            (length > 1).then_some(Kind::Place)
        };
        if let Some(kind) = kind {
            let value = value(&tokens[at..at + length]);
            facts.push(Fact {
                kind,
                value,
                from: at,
                to: at + length,
            });
        } else if at >= 2 && ENDINGS.contains(&text[at]) {
            let is_known = facts.last().is_some_and(|last: &Fact| last.to + 2 > at);
            let is_name = text[at - 2..at]
                .iter()
                .all(|c| *c != '\0' && !NO_NAME.contains(*c));
            if is_name && !is_known {
                let value = value(&tokens[at - 2..at]);
                facts.push(Fact {
                    kind: Kind::Place,
                    value,
                    from: at - 2,
                    to: at + 1,
                });
            }
        }
        at += length;
    }
    facts
}

fn value(tokens: &[Token]) -> u64 {
    tokens.iter().fold(0, |value, token| {
        (value ^ u64::from(token.bits())).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}
