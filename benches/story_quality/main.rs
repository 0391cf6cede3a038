//! How well copies are told from stories that only look like them.
//!
//! ```sh
//! cargo bench --bench story_quality -- [--articles N] [--seed N] [--orders N] [--corpus DIR]
//!     [--dedupe exact|near|story] [--show N] [--json]
//! ```
//!
//! Articles, their edited copies – several of one text –, their decoys, and pages of
//! series go through one store for each order in which they arrive, so that whatever
//! joins what it should not is counted. Nothing here is made with the lists of words
//! that the joiner has: names of places, streets, firms and people are put together
//! by rules of their own.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it is surprised"
)]

mod articles;
mod corpus;
mod decoys;
mod dice;
mod edits;
mod names;
mod natural;
mod orders;
mod pools;
mod report;
mod series;
mod set;
mod templates;

use std::path::PathBuf;

use clap::{Parser, ValueEnum};
use gazetted::config::Dedupe;

use articles::{Article, article};
use dice::Dice;
use set::Set;

/// Numbers that one seed has to itself.
const PER_SEED: u64 = 100_000;

/// How much to measure.
#[derive(Parser, Debug)]
struct Bench {
    /// Articles to make up
    #[arg(long, default_value_t = 200)]
    articles: u64,
    /// Which ones: with another number all articles, edits and decoys are others
    #[arg(long, default_value_t = 0)]
    seed: u64,
    /// Orders of arrival: the first as made, the second teasers and flashes first, the
    /// rest shuffled
    #[arg(long, default_value_t = 3)]
    orders: u64,
    /// A folder with `expect.jsonl` of article pages, whose texts are used too: one
    /// half with an even seed, the other with an odd one
    #[arg(long, value_name = "DIR")]
    corpus: Option<PathBuf>,
    /// Lines of JSON with `url`, `title` and `text` of real articles: these are joined as they
    /// are, and all joined pairs shown; nothing else is measured
    #[arg(long, value_name = "FILE")]
    natural: Option<PathBuf>,
    /// What channels have as `dedupe`
    #[arg(long, value_enum, default_value_t = Level::Near)]
    dedupe: Level,
    /// Say of so many mistakes of each kind what they are, and why
    #[arg(long, default_value_t = 0, value_name = "N")]
    show: usize,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
    /// Given by `cargo bench`
    #[arg(long, hide = true)]
    bench: bool,
}

/// `dedupe` of a channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Level {
    Exact,
    Near,
    Story,
}

impl From<Level> for Dedupe {
    fn from(level: Level) -> Dedupe {
        match level {
            Level::Exact => Dedupe::Exact,
            Level::Near => Dedupe::Near,
            Level::Story => Dedupe::Story,
        }
    }
}

fn main() {
    let bench = Bench::parse();
    if let Some(file) = &bench.natural {
        natural::tell(&natural::read(file).unwrap(), bench.dedupe.into());
        return;
    }
    let first = bench.seed * PER_SEED;
    let mut originals: Vec<Article> = (first..first + bench.articles).map(article).collect();
    if let Some(folder) = &bench.corpus {
        let of_half = |(nth, _): &(usize, Article)| *nth as u64 % 2 == bench.seed % 2;
        let all = corpus::read(folder).unwrap().into_iter().enumerate();
        originals.extend(all.filter(of_half).map(|(_, article)| article));
    }
    let mut set = Set::default();
    let mut dice = Dice::new(7 + bench.seed);
    for (nth, original) in originals.iter().enumerate() {
        set.family(first + nth as u64, original, &mut dice);
    }
    let measured = set.measure(bench.dedupe.into(), bench.orders, bench.seed);
    match bench.json {
        true => report::as_json(&measured),
        false => report::in_words(&measured, bench.show),
    }
}
