//! What a text names: numbers, places, names, and where they stand.

use std::collections::BTreeSet;

use super::gist::characters;
use crate::model::{Gist, Token};
use crate::text::script;

/// Endings of the names of places.
const ENDINGS: &[char] = &['市', '县', '区', '镇', '乡', '村', '州'];

/// Characters that no name of a place ends in, before such an ending.
const NO_NAME: &str = "全该各我这那个的在和与及是了到从为某一两三几每中大新老外内同地城社小校园景街片灾厂库矿辖郊特超股菜门夜早花楼都农乡家故返";

/// What follows such an ending where it is none: 市民, 市场, 区域.
const GOES_ON: &[char] = &['民', '场', '值', '面', '价', '域', '间', '块', '亲'];

/// One thing that a text names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) kind: Kind,
    pub(super) value: u64,
    pub(super) from: usize,
    pub(super) to: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Number,
    Place,
    Name,
}

/// Everything that one item names.
pub(super) struct Named {
    pub(super) body: Vec<Fact>,
    title: Vec<Fact>,
}

impl Named {
    /// `names` are the words that are names.
    pub(super) fn of(gist: &Gist, names: &BTreeSet<Token>) -> Named {
        Named {
            body: facts(&gist.body, names),
            title: facts(&gist.title, names),
        }
    }

    pub(super) fn values(&self, kind: Kind) -> BTreeSet<u64> {
        let all = self.body.iter().chain(&self.title);
        values(all, kind)
    }

    pub(super) fn told(&self, kind: Kind) -> BTreeSet<u64> {
        values(self.body.iter(), kind)
    }

    pub(super) fn of_title(&self, kind: Kind) -> BTreeSet<u64> {
        values(self.title.iter(), kind)
    }

    /// Whether the headline names what is not in `others`.
    pub(super) fn is_title_apart(&self, kind: Kind, others: &BTreeSet<u64>) -> bool {
        self.of_title(kind).difference(others).next().is_some()
    }

    /// Facts in the first tokens that are not in `others`.
    pub(super) fn unheard(&self, kind: Kind, lead: usize, others: &BTreeSet<u64>) -> usize {
        let lead = self.body.iter().take_while(|fact| fact.to <= lead);
        values(lead, kind).difference(others).count()
    }
}

fn values<'a>(facts: impl Iterator<Item = &'a Fact>, kind: Kind) -> BTreeSet<u64> {
    facts
        .filter(|fact| fact.kind == kind)
        .map(|fact| fact.value)
        .collect()
}

/// Every word of an item, as a name is valued.
pub(super) fn words(gist: &Gist) -> BTreeSet<u64> {
    let all = gist.body.iter().chain(&gist.title);
    all.filter(|token| token.is_word())
        .map(|token| value(&[*token]))
        .collect()
}

/// What `tokens` name, in order.
fn facts(tokens: &[Token], names: &BTreeSet<Token>) -> Vec<Fact> {
    let text = characters(tokens);
    let mut facts = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at];
        let mut length = 1;
        let kind = if token.is_number() {
            Some(Kind::Number)
        } else if token.is_word() {
            names.contains(&token).then_some(Kind::Name)
        } else {
            length = script::place(&text[at..]).max(1);
            (length > 1).then_some(Kind::Place)
        };
        if let Some(kind) = kind {
            facts.push(Fact {
                kind,
                value: value(&tokens[at..at + length]),
                from: at,
                to: at + length,
            });
        } else if at >= 2 && ENDINGS.contains(&text[at]) {
            let is_known = facts.last().is_some_and(|last: &Fact| last.to + 2 > at);
            let is_name = text[at - 2..at]
                .iter()
                .all(|c| *c != '\0' && !NO_NAME.contains(*c));
            let goes_on = text.get(at + 1).is_some_and(|c| GOES_ON.contains(c));
            if is_name && !is_known && !goes_on {
                facts.push(Fact {
                    kind: Kind::Place,
                    value: value(&tokens[at - 2..at]),
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
