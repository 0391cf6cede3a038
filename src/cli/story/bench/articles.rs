//! Made-up articles in four languages, each a function of a number.
//!
//! Places that are not invented stand for any place; people, firms and events
//! are invented.

use super::dice::Dice;
use super::pools::{CHINESE, ENGLISH, GERMAN, JAPANESE, Pool};

/// An article, with the paper's own line of where it is from taken off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Article {
    pub(super) language: &'static str,
    pub(super) title: String,
    pub(super) paragraphs: Vec<String>,
}

/// Languages of the made-up articles: half of them are Chinese.
const POOLS: &[&Pool] = &[&CHINESE, &ENGLISH, &CHINESE, &GERMAN, &CHINESE, &JAPANESE];

/// Article number `nth`.
pub(super) fn article(nth: u64) -> Article {
    let pool = POOLS[(nth % POOLS.len() as u64) as usize];
    let mut dice = Dice::new(nth ^ 0x00a1_1ce5);
    let filling = Filling {
        place: dice.pick(pool.places),
        thing: dice.pick(pool.things),
        firm: dice.pick(pool.firms),
    };
    let [title, lead] = dice.pick(pool.openings);
    let mut left: Vec<&str> = pool.sentences.to_vec();
    let mut paragraphs = vec![filling.fill(lead, pool, &mut dice)];
    let n_paragraphs = 3 + dice.below(6);
    for _ in 0..n_paragraphs {
        let gap = if matches!(pool.language, "zh" | "ja") {
            ""
        } else {
            " "
        };
        let n_sentences = left.len().min(1);
        let mut sentences = Vec::new();
        for _ in 0..n_sentences {
            let sentence = left.swap_remove(dice.below(left.len()));
            sentences.push(filling.fill(sentence, pool, &mut dice));
            sentences.push(detail(pool, &mut dice));
            sentences.push(detail(pool, &mut dice));
        }
        if !sentences.is_empty() {
            paragraphs.push(sentences.join(gap));
        }
    }
    Article {
        language: pool.language,
        title: filling.fill(title, pool, &mut dice),
        paragraphs,
    }
}

/// A sentence that is hardly ever made twice.
fn detail(pool: &Pool, dice: &mut Dice) -> String {
    let gap = if matches!(pool.language, "zh" | "ja") {
        ""
    } else {
        " "
    };
    let all: Vec<&str> = pool.words.split_whitespace().collect();
    let half = |dice: &mut Dice| {
        let n_words = 5 + dice.below(5);
        let words: Vec<&str> = (0..n_words).map(|_| dice.pick(&all)).collect();
        words.join(gap)
    };
    let (one, other) = (half(dice), half(dice));
    match pool.language {
        "zh" => format!("{one}，{other}。"),
        "ja" => format!("{one}、{other}。"),
        _ => format!("Dann {one}, {other}.").replace(
            "Dann",
            if pool.language == "de" {
                "Dann"
            } else {
                "Then"
            },
        ),
    }
}

/// Another place of the same language.
pub(super) fn other_place(language: &str, text: &str, dice: &mut Dice) -> Option<(String, String)> {
    let pool = POOLS.iter().find(|pool| pool.language == language)?;
    let here = pool
        .places
        .iter()
        .max_by_key(|place| text.matches(**place).count())?;
    let others: Vec<&&str> = pool
        .places
        .iter()
        .filter(|place| !text.contains(**place))
        .collect();
    (text.contains(*here) && !others.is_empty())
        .then(|| ((*here).to_owned(), (*dice.pick(&others)).to_owned()))
}

struct Filling {
    place: &'static str,
    thing: &'static str,
    firm: &'static str,
}

impl Filling {
    /// `{p}` place, `{t}` thing, `{f}` firm, `{s}` somebody, `{n}` `{m}` numbers, `{x}` any thing.
    fn fill(&self, text: &str, pool: &Pool, dice: &mut Dice) -> String {
        let mut filled = text
            .replace("{p}", self.place)
            .replace("{t}", self.thing)
            .replace("{f}", self.firm);
        while let Some(at) = filled.find('{') {
            let word = match &filled[at..at + 3] {
                "{s}" => dice.pick(pool.people).to_string(),
                "{n}" => (2 + dice.below(97)).to_string(),
                "{m}" => (100 + dice.below(9900)).to_string(),
                "{x}" => dice.pick(pool.things).to_string(),
                _ => String::new(),
            };
            filled.replace_range(at..at + 3, &word);
        }
        filled
    }
}
