//! Made-up articles in five languages, each a function of a number.
//!
//! Places that are not invented stand for any place; people, firms and events
//! are invented.

use super::dice::Dice;
use super::pools::{POOLS, Pool, pool};

/// An article, with the paper's own line of where it is from taken off.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Article {
    pub(super) language: &'static str,
    pub(super) title: String,
    pub(super) paragraphs: Vec<String>,
    /// Headline and lead as another reporter tells it.
    pub(super) retold: Option<[String; 2]>,
}

/// One article in so many has one sentence only.
const BRIEF: u64 = 7;

/// Article number `nth`.
pub(super) fn article(nth: u64) -> Article {
    let pool = POOLS[(nth % POOLS.len() as u64) as usize];
    let mut dice = Dice::new(nth ^ 0x00a1_1ce5);
    let filling = Filling::of(pool, &mut dice);
    let [title, lead, other_title, other_lead] = dice.pick(pool.openings);
    let mut left: Vec<&str> = pool.sentences.to_vec();
    let mut paragraphs = vec![filling.fill(lead, pool, &mut dice)];
    let n_paragraphs = match nth % BRIEF {
        0 => 0,
        _ => 3 + dice.below(6),
    };
    let of_lead = filling.clone();
    for _ in 0..n_paragraphs.min(left.len()) {
        let sentence = left.swap_remove(dice.below(left.len()));
        let filling = filling.renumbered(pool, &mut dice);
        let sentences = [
            filling.fill(sentence, pool, &mut dice),
            detail(pool, &mut dice),
            detail(pool, &mut dice),
        ];
        paragraphs.push(sentences.join(gap(pool.language)));
    }
    let mut line = |text| of_lead.fill(text, pool, &mut dice);
    Article {
        language: pool.language,
        title: line(title),
        paragraphs,
        retold: Some([line(other_title), line(other_lead)]),
    }
}

/// A made-up article in the language of another one.
pub(super) fn article_in(language: &str, dice: &mut Dice) -> Article {
    loop {
        let other = article(1_000_000 + dice.next() % 1_000_000_000);
        if other.language == pool(language).language {
            return other;
        }
    }
}

/// What stands between two sentences.
pub(super) fn gap(language: &str) -> &'static str {
    if matches!(language, "zh" | "ja") {
        ""
    } else {
        " "
    }
}

/// A sentence that is hardly ever made twice.
pub(super) fn detail(pool: &Pool, dice: &mut Dice) -> String {
    let all: Vec<&str> = pool.words.split_whitespace().collect();
    let half = |dice: &mut Dice| {
        let n_words = 5 + dice.below(5);
        let words: Vec<&str> = (0..n_words).map(|_| dice.pick(&all)).collect();
        words.join(gap(pool.language))
    };
    let (one, other) = (half(dice), half(dice));
    match pool.language {
        "zh" => format!("{one}，{other}。"),
        "ja" => format!("{one}、{other}。"),
        "de" => format!("Dann {one}, {other}."),
        "ru" => format!("Потом {one}, {other}."),
        _ => format!("Then {one}, {other}."),
    }
}

/// Another place of the same language.
pub(super) fn other_place(language: &str, text: &str, dice: &mut Dice) -> Option<(String, String)> {
    let places = POOLS.iter().find(|pool| pool.language == language)?.places;
    let uses = |place: &&&str| text.matches(**place).count();
    // What is named once is not where it happens.
    let here = places
        .iter()
        .max_by_key(uses)
        .filter(|here| uses(here) > 1)?;
    let others: Vec<&&str> = places.iter().filter(|place| uses(place) == 0).collect();
    (!others.is_empty()).then(|| ((*here).to_owned(), (*dice.pick(&others)).to_owned()))
}

impl Article {
    pub(super) fn is_spaced(&self) -> bool {
        !gap(self.language).is_empty()
    }

    pub(super) fn text(&self) -> String {
        self.paragraphs.join("\n")
    }

    pub(super) fn length(&self) -> usize {
        self.paragraphs.iter().map(|p| p.chars().count()).sum()
    }

    /// Turns the headline and every paragraph into something else.
    pub(super) fn each(&mut self, mut turn: impl FnMut(&str) -> String) {
        self.title = turn(&self.title);
        for text in &mut self.paragraphs {
            *text = turn(text);
        }
    }
}

/// What one event is about.
#[derive(Clone)]
struct Filling {
    place: &'static str,
    thing: &'static str,
    firm: &'static str,
    person: &'static str,
    few: usize,
    many: usize,
}

impl Filling {
    fn of(pool: &Pool, dice: &mut Dice) -> Filling {
        Filling {
            place: dice.pick(pool.places),
            thing: dice.pick(pool.things),
            firm: dice.pick(pool.firms),
            person: dice.pick(pool.people),
            few: 2 + dice.below(97),
            many: 100 + dice.below(9900),
        }
    }

    /// The same event, another detail of it.
    fn renumbered(&self, pool: &Pool, dice: &mut Dice) -> Filling {
        Filling {
            place: self.place,
            thing: self.thing,
            firm: self.firm,
            ..Filling::of(pool, dice)
        }
    }

    /// `{p}` place, `{t}` thing, `{f}` firm, `{s}` somebody, `{n}` `{m}` numbers, `{x}` any thing.
    fn fill(&self, text: &str, pool: &Pool, dice: &mut Dice) -> String {
        text.replace("{p}", self.place)
            .replace("{t}", self.thing)
            .replace("{f}", self.firm)
            .replace("{s}", self.person)
            .replace("{n}", &self.few.to_string())
            .replace("{m}", &self.many.to_string())
            .replace("{x}", dice.pick(pool.things))
    }
}

/// A text by its sentences.
pub(super) fn sentences(text: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut characters = text.chars().peekable();
    while let Some(c) = characters.next() {
        all.last_mut().expect("one is there").push(c);
        let is_end = matches!(c, '。' | '！' | '？')
            || matches!(c, '.' | '!' | '?') && characters.peek() == Some(&' ');
        let closes = matches!(characters.peek(), Some('”' | '」' | '"'));
        if is_end && !closes {
            all.push(String::new());
        }
    }
    let trimmed = all.into_iter().map(|s| s.trim().to_owned());
    let mut all: Vec<String> = trimmed.filter(|s| !s.is_empty()).collect();
    if all.is_empty() {
        all.push(text.to_owned());
    }
    all
}
