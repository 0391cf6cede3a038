//! Named entities of a text: numbers, places, names, and their positions.

use super::tokenize::characters;
use crate::model::{TextToken, TokenizedText};
use crate::text::script;

/// Last characters of names of places.
const ENDINGS: &[char] = &['市', '县', '区', '镇', '乡', '村', '州'];

/// Characters that no name of a place ends in, before such a last character.
const NO_NAME: &str = "全该各我这那个的在和与及是了到从为某一两三几每中大新老外内同地城社小校园景街片灾厂库矿辖郊特超股菜门夜早花楼都农乡家故返";

/// Characters that follow such a last character where it is none: 市民, 市场, 区域.
const GOES_ON: &[char] = &['民', '场', '值', '面', '价', '域', '间', '块', '亲'];

/// Fact: one thing that a text names; from–to in tokens. Equal values are the same number,
/// place or name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) kind: FactKind,
    pub(super) value: u64,
    pub(super) from: usize,
    pub(super) to: usize,
    /// Whether it is the name of a place that is listed, and not only looks like one.
    pub(super) is_listed: bool,
}

/// Kind of a fact. Names only in scripts that spell them with a capital.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum FactKind {
    Number,
    Place,
    Name,
}

/// Facts of one item, in order.
pub(super) struct NamedEntities {
    pub(super) body: Vec<Fact>,
    title: Vec<Fact>,
}

/// Values of facts, ascending, each once.
pub(super) struct Values(Vec<u64>);

impl NamedEntities {
    /// Finds the facts of an item; `names` are the words that are names, sorted.
    pub(super) fn of(gist: &TokenizedText, names: &[TextToken]) -> NamedEntities {
        NamedEntities {
            body: facts(&gist.body, names),
            title: facts(&gist.title, names),
        }
    }

    /// Returns the values in headline and text.
    pub(super) fn values(&self, kind: FactKind) -> Values {
        let all = self.body.iter().chain(&self.title);
        values(all, kind)
    }

    /// Returns the values in the text alone.
    pub(super) fn told(&self, kind: FactKind) -> Values {
        values(self.body.iter(), kind)
    }

    /// Returns the values in the headline alone.
    pub(super) fn of_title(&self, kind: FactKind) -> Values {
        values(self.title.iter(), kind)
    }

    /// Whether the headline names a value that is not in `others`.
    pub(super) fn is_title_apart(&self, kind: FactKind, others: &Values) -> bool {
        self.of_title(kind).beyond(others) > 0
    }

    /// Counts the values of facts that end within the first `lead` tokens of the text and are
    /// not in `others`.
    pub(super) fn unheard(&self, kind: FactKind, lead: usize, others: &Values) -> usize {
        let lead = self.body.iter().take_while(|fact| fact.to <= lead);
        values(lead, kind).beyond(others)
    }
}

/// Collects the values of the facts of one kind.
fn values<'a>(facts: impl Iterator<Item = &'a Fact>, kind: FactKind) -> Values {
    let of_kind = facts.filter(|fact| fact.kind == kind);
    Values::of(of_kind.map(|fact| fact.value))
}

impl Values {
    /// Makes a set of values: ascending, each once.
    fn of(values: impl Iterator<Item = u64>) -> Values {
        let mut values: Vec<u64> = values.collect();
        values.sort_unstable();
        values.dedup();
        Values(values)
    }

    /// Whether there is no value.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `value` is among the values.
    pub(super) fn contains(&self, value: u64) -> bool {
        self.0.binary_search(&value).is_ok()
    }

    /// Counts the values that are in `others`.
    pub(super) fn within(&self, others: &Values) -> usize {
        self.0
            .iter()
            .filter(|value| others.contains(**value))
            .count()
    }

    /// Counts the values that are not in `others`.
    pub(super) fn beyond(&self, others: &Values) -> usize {
        self.0.len() - self.within(others)
    }
}

/// Values every word of an item as if it was a name.
pub(super) fn words(gist: &TokenizedText) -> Values {
    let all = gist.body.iter().chain(&gist.title);
    let words = all.filter(|token| token.is_word());
    Values::of(words.map(|token| value(&[*token])))
}

/// Finds the facts that `tokens` name, in order.
fn facts(tokens: &[TextToken], names: &[TextToken]) -> Vec<Fact> {
    let text = characters(tokens);
    let mut facts = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let token = tokens[at];
        let mut length = 1;
        let kind = if token.is_number() {
            Some(FactKind::Number)
        } else if token.is_word() {
            names
                .binary_search(&token)
                .is_ok()
                .then_some(FactKind::Name)
        } else {
            length = script::place(&text[at..]).max(1);
            (length > 1).then_some(FactKind::Place)
        };
        if let Some(kind) = kind {
            facts.push(Fact {
                kind,
                value: value(&tokens[at..at + length]),
                from: at,
                to: at + length,
                is_listed: kind == FactKind::Place,
            });
        } else if at >= 2 && ENDINGS.contains(&text[at]) {
            let is_known = facts.last().is_some_and(|last: &Fact| last.to + 2 > at);
            let is_name = text[at - 2..at]
                .iter()
                .all(|c| *c != '\0' && !NO_NAME.contains(*c));
            let goes_on = text.get(at + 1).is_some_and(|c| GOES_ON.contains(c));
            if is_name && !is_known && !goes_on {
                facts.push(Fact {
                    kind: FactKind::Place,
                    value: value(&tokens[at - 2..at]),
                    from: at - 2,
                    to: at + 1,
                    is_listed: false,
                });
            }
        }
        at += length;
    }
    facts
}

/// Hashes the tokens of a fact to its value.
fn value(tokens: &[TextToken]) -> u64 {
    tokens.iter().fold(0, |value, token| {
        (value ^ u64::from(token.bits())).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    })
}
