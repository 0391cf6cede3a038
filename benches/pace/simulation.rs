//! Papers that print by a habit, and how long their news waits to be found.
//!
//! Each paper prints for ten weeks. It is polled as the daemon would, and, for
//! comparison, at a fixed interval with the same number of requests. The first
//! two weeks are for getting to know it and do not count.

#![allow(unreachable_pub, reason = "two programs share this file")]

use std::time::Duration;

use gazetted::config::Source;
use gazetted::ingest::schedule;
use gazetted::ingest::schedule::arrivals;
use gazetted::model::{SourceState, WebUrl};
use gazetted::source::Reader;
use jiff::Timestamp;

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const WEEKS: i64 = 10;
const WARM_UP: i64 = 14 * DAY;

/// When a paper prints, in seconds from the beginning.
type Print = fn(&mut Dice) -> Vec<i64>;

/// What came of one habit.
pub struct Outcome {
    /// The habit.
    pub habit: &'static str,
    /// News that was found in the weeks that count.
    pub n_news: usize,
    /// Requests in these weeks.
    pub n_requests: usize,
    /// Seconds that a piece of news waited, on average, polled by habit.
    pub by_habit: f64,
    /// The same at a fixed interval.
    pub fixed: f64,
}

/// All habits, several papers of each.
pub fn run() -> Vec<Outcome> {
    let habits: [(&str, Print); 5] = [
        ("hourly", hourly),
        ("daily", daily),
        ("weekday", weekday),
        ("bursty", bursty),
        ("dead", dead),
    ];
    habits
        .iter()
        .map(|(habit, print)| papers(habit, *print))
        .collect()
}

/// The average over all news.
pub fn mean(outcomes: &[Outcome], delay: impl Fn(&Outcome) -> f64) -> f64 {
    let n_news: usize = outcomes.iter().map(|outcome| outcome.n_news).sum();
    let waited: f64 = outcomes
        .iter()
        .map(|one| delay(one) * one.n_news as f64)
        .sum();
    waited / n_news as f64
}

fn papers(habit: &'static str, print: Print) -> Outcome {
    const PAPERS: u64 = 20;
    let (mut n_news, mut n_requests, mut by_habit, mut fixed) = (0, 0, 0.0, 0.0);
    for paper in 1..=PAPERS {
        let mut news = print(&mut Dice(paper.wrapping_mul(0x9e37_79b9_7f4a_7c15)));
        news.sort_unstable();
        let polls = polls(paper, &news);
        let counted: Vec<i64> = polls.iter().copied().filter(|at| *at >= WARM_UP).collect();
        let news: Vec<i64> = news.into_iter().filter(|at| *at >= WARM_UP).collect();
        let length = WEEKS * 7 * DAY - WARM_UP;
        let step = length as f64 / counted.len() as f64;
        let even: Vec<i64> = (0..=counted.len())
            .map(|n| WARM_UP + (n as f64 * step) as i64)
            .collect();
        n_news += news.len();
        n_requests += counted.len();
        by_habit += waited(&news, &counted);
        fixed += waited(&news, &even);
    }
    Outcome {
        habit,
        n_news,
        n_requests,
        by_habit: by_habit / n_news as f64,
        fixed: fixed / n_news as f64,
    }
}

/// When the daemon polls a paper that prints at these times.
fn polls(paper: u64, news: &[i64]) -> Vec<i64> {
    let url = WebUrl::parse("https://paper.example/feed").expect("a web address");
    let id = format!("a/paper-{paper}").parse().expect("a name");
    let source = Source::new(id, url.clone(), Reader::Feed);
    let mut state = SourceState {
        asked: Some(url),
        ..SourceState::default()
    };
    let mut found = 0;
    let (mut now, mut polls) = (0, Vec::new());
    while now < WEEKS * 7 * DAY {
        polls.push(now);
        let at = moment(now);
        let until = found + news[found..].partition_point(|printed| *printed <= now);
        if until > found {
            let arrivals = news[found..until].iter().map(|printed| moment(*printed));
            arrivals::learn(&mut state.rhythm, arrivals, &source.timezone, at);
            (state.news, found) = (Some(at), until);
        }
        state.polled = Some(at);
        let next = schedule::next(&source, &state, at);
        let due = next.due.expect("nothing has gone");
        now = due.as_second() - begin();
    }
    polls
}

/// How long all the news waited for the next poll, in seconds.
fn waited(news: &[i64], polls: &[i64]) -> f64 {
    let wait = |printed: &i64| {
        let next = polls.partition_point(|at| at < printed);
        polls.get(next).map_or(0, |at| at - printed)
    };
    news.iter().map(wait).sum::<i64>() as f64
}

fn begin() -> i64 {
    // A Monday, midnight in Shanghai.
    "2026-08-31T00:00:00+08:00"
        .parse::<Timestamp>()
        .expect("a time")
        .as_second()
}

fn moment(second: i64) -> Timestamp {
    Timestamp::from_second(begin() + second).expect("a time of our age")
}

fn hourly(dice: &mut Dice) -> Vec<i64> {
    let minute = dice.below(60) as i64;
    (0..WEEKS * 7 * 24)
        .map(|hour| hour * HOUR + minute * 60 + dice.below(300) as i64)
        .collect()
}

fn daily(dice: &mut Dice) -> Vec<i64> {
    let hour = dice.below(24) as i64;
    days()
        .flat_map(|day| {
            let at = day * DAY + hour * HOUR;
            (0..8)
                .map(|_| at + dice.below(1800) as i64)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn weekday(dice: &mut Dice) -> Vec<i64> {
    days()
        .filter(|day| day % 7 < 5)
        .flat_map(|day| {
            let at = day * DAY + 9 * HOUR;
            (0..20)
                .map(|_| at + dice.below(9 * 3600) as i64)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn bursty(dice: &mut Dice) -> Vec<i64> {
    (0..WEEKS * 7)
        .flat_map(|_| {
            let at = dice.below((WEEKS * 7 * DAY) as u64) as i64;
            (0..10)
                .map(|_| at + dice.below(3600) as i64)
                .collect::<Vec<_>>()
        })
        .collect()
}

fn dead(dice: &mut Dice) -> Vec<i64> {
    (0..3)
        .map(|_| dice.below((WEEKS * 7 * DAY) as u64) as i64)
        .collect()
}

fn days() -> impl Iterator<Item = i64> {
    0..WEEKS * 7
}

/// The same numbers in every run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 16) % limit
    }
}

/// How far apart the polls are on average.
pub fn interval(outcome: &Outcome) -> Duration {
    let length = (WEEKS * 7 * DAY - WARM_UP) as f64 * 20.0;
    Duration::from_secs_f64(length / outcome.n_requests as f64)
}
