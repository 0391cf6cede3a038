//! Thirty days of much news with a week's retention: `cargo bench --bench churn
//! [-- PER_DAY]`.
//!
//! Commits 20 000 items a day of simulated time, removes what is over once a day
//! as the daemon does, and writes down what the disk and the process hold. The
//! curves go to `docs/churn.svg`; both have to become level.

#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement prints, and ends where it is surprised"
)]

mod news;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::time::{Duration, Instant};

use gazetted::model::Commit;
use gazetted::store::{Retention, Store, Which};
use jiff::{SignedDuration, Timestamp};
use news::PER_COMMIT;

const DAYS: u32 = 30;

/// What was held at the end of a day, in MiB.
struct Day {
    disk: f64,
    memory: f64,
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let per_day: u32 = numbers.next().unwrap_or(20_000);
    let dir = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let start: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
    let store = Store::open(dir.path(), start).unwrap();
    let retention = Retention {
        max_age: Some(Duration::from_secs(7 * 86_400)),
        max_items: None,
        tombstones: Duration::from_secs(730 * 86_400),
        channels: BTreeMap::new(),
    };
    let mut days = Vec::new();
    for day in 0..DAYS {
        let begun = Instant::now();
        let n_commits = per_day / PER_COMMIT as u32;
        let midnight = start + SignedDuration::from_hours(24) * i32::try_from(day).unwrap();
        let step = SignedDuration::from_hours(24) / i32::try_from(n_commits).unwrap();
        let commits: Vec<Commit> = (0..n_commits)
            .map(|nth| {
                news::commit(
                    u64::from(day * n_commits + nth),
                    midnight + step * i32::try_from(nth).unwrap(),
                )
            })
            .collect();
        for group in commits.chunks(20) {
            store.apply(group).unwrap();
        }
        let now = midnight + SignedDuration::from_hours(24);
        let swept = store.retain(&retention, now).unwrap();
        store.pack(Which::Over, &|_| {}).unwrap();
        let counts = store.counts().unwrap();
        let held = Day {
            disk: counts.bytes as f64 / f64::from(1 << 20),
            memory: memory() / 1024.0,
        };
        println!(
            "day {:2}: {:6} items, {:6} removed, disk {:6.1} MiB, memory {:5.1} MiB, {:.1} s",
            day + 1,
            counts.items,
            swept.items,
            held.disk,
            held.memory,
            begun.elapsed().as_secs_f64()
        );
        days.push(held);
    }
    std::fs::write("docs/churn.svg", plot(&days, per_day)).unwrap();
    println!("docs/churn.svg is written");
}

/// What the process holds of the machine's memory, in KiB.
fn memory() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok());
    number.unwrap_or_default()
}

fn plot(days: &[Day], per_day: u32) -> String {
    let most = days
        .iter()
        .flat_map(|day| [day.disk, day.memory])
        .fold(1.0, f64::max);
    let x = |nth: usize| 60.0 + 560.0 * nth as f64 / (days.len() - 1) as f64;
    let y = |value: f64| 280.0 - 240.0 * value / most;
    let line = |of: fn(&Day) -> f64| {
        let points = days.iter().enumerate();
        let points: Vec<String> = points
            .map(|(nth, day)| format!("{:.1},{:.1}", x(nth), y(of(day))))
            .collect();
        points.join(" ")
    };
    let mut svg = String::from(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 640 330\" \
         font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"640\" height=\"330\" fill=\"white\"/>\n",
    );
    for part in 0..=4 {
        let value = most * f64::from(part) / 4.0;
        writeln!(
            svg,
            "<path d=\"M60 {0:.1}H620\" stroke=\"#ddd\"/><text x=\"54\" y=\"{1:.1}\" \
             text-anchor=\"end\">{value:.0}</text>",
            y(value),
            y(value) + 4.0
        )
        .unwrap();
    }
    for nth in (0..days.len()).step_by(5).chain([days.len() - 1]) {
        let day = nth + 1;
        writeln!(
            svg,
            "<text x=\"{:.1}\" y=\"298\" text-anchor=\"middle\">{day}</text>",
            x(nth)
        )
        .unwrap();
    }
    for (of, colour) in [
        ((|day| day.disk) as fn(&Day) -> f64, "#b3261e"),
        (|day| day.memory, "#1e5fb3"),
    ] {
        writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            line(of)
        )
        .unwrap();
    }
    writeln!(
        svg,
        "<text x=\"60\" y=\"20\">MiB by day: <tspan fill=\"#b3261e\">disk</tspan>, \
         <tspan fill=\"#1e5fb3\">memory</tspan>; {per_day} items a day, 7 days&#39; retention</text>\n\
         <text x=\"340\" y=\"320\" text-anchor=\"middle\">day</text>\n</svg>"
    )
    .unwrap();
    svg
}
