//! Sixty days of much news with a week's retention: `cargo bench --bench churn
//! [-- PER_DAY [DAYS]]`.
//!
//! Commits 20 000 items a day of simulated time in polls of ten, after each of which
//! another source is asked in vain, removes what is over once a day as the daemon does,
//! and writes down what the disk, the ledger of it and the process hold. With the numbers
//! that are so by themselves the curves go to `docs/churn.svg`; all have to become level.

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
use news::disk;
use news::polls::Polls;

/// Items and days unless told otherwise.
const DEFAULTS: (u32, u32) = (20_000, 60);

/// New items of a poll.
const PER_POLL: u32 = 10;

/// What was held at the end of a day, in MiB.
struct Day {
    disk: f64,
    ledger: f64,
    memory: f64,
}

fn main() {
    let mut numbers = std::env::args().filter_map(|argument| argument.parse().ok());
    let per_day: u32 = numbers.next().unwrap_or(DEFAULTS.0).max(20 * PER_POLL);
    let n_days: u32 = numbers.next().unwrap_or(DEFAULTS.1).max(2);
    let dir = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let start: Timestamp = "2026-09-01T00:00:00Z".parse().unwrap();
    let store = Store::open(dir.path(), start).unwrap();
    let retention = Retention {
        max_age: Some(Duration::from_secs(7 * 86_400)),
        max_items: None,
        tombstones: Duration::from_secs(730 * 86_400),
        channels: BTreeMap::new(),
    };
    let mut polls = Polls::new(PER_POLL.into());
    let mut days = Vec::new();
    for day in 0..n_days {
        let begun = Instant::now();
        let n_polls = per_day / PER_POLL;
        let midnight = start + SignedDuration::from_hours(24) * i32::try_from(day).unwrap();
        let step = SignedDuration::from_hours(24) / i32::try_from(n_polls).unwrap();
        for group in (0..n_polls).collect::<Vec<_>>().chunks(10) {
            let commits = group.iter().flat_map(|nth| {
                let at = midnight + step * i32::try_from(*nth).unwrap();
                [polls.news(at), polls.unchanged(at)]
            });
            store.apply(&commits.collect::<Vec<Commit>>()).unwrap();
        }
        let now = midnight + SignedDuration::from_hours(24);
        let swept = store.retain(&retention, now).unwrap();
        store.pack(Which::Over, &|_| {}).unwrap();
        let counts = store.counts().unwrap();
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        let held = Day {
            disk: mib(counts.bytes),
            ledger: mib(disk::size(&dir.path().join("ledger"))),
            memory: memory() / 1024.0,
        };
        println!(
            "day {:2}: {:6} items, {:6} removed, disk {:6.1} MiB, ledger {:5.1} MiB, memory {:5.1} MiB, \
             {:.1} s",
            day + 1,
            counts.items,
            swept.items,
            held.disk,
            held.ledger,
            held.memory,
            begun.elapsed().as_secs_f64()
        );
        days.push(held);
    }
    let half = days.len() / 2;
    for (what, of) in CURVES.map(|curve| (curve.what, curve.of)) {
        let most = |days: &[Day]| days.iter().map(of).fold(0.0, f64::max);
        println!(
            "{what}: at most {:.1} MiB in the first half, {:.1} in the second",
            most(&days[..half]),
            most(&days[half..])
        );
    }
    if (per_day, n_days) == DEFAULTS {
        std::fs::write("docs/churn.svg", plot(&days, per_day)).unwrap();
        println!("docs/churn.svg is written");
    }
}

/// A curve of the picture.
struct Curve {
    what: &'static str,
    colour: &'static str,
    of: fn(&Day) -> f64,
}

const CURVES: [Curve; 3] = [
    Curve {
        what: "disk",
        colour: "#b3261e",
        of: |day| day.disk,
    },
    Curve {
        what: "ledger",
        colour: "#8a6d00",
        of: |day| day.ledger,
    },
    Curve {
        what: "memory",
        colour: "#1e5fb3",
        of: |day| day.memory,
    },
];

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
    let mut names = Vec::new();
    for Curve { what, colour, of } in CURVES {
        writeln!(
            svg,
            "<polyline points=\"{}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"/>",
            line(of)
        )
        .unwrap();
        names.push(format!("<tspan fill=\"{colour}\">{what}</tspan>"));
    }
    writeln!(
        svg,
        "<text x=\"60\" y=\"20\">MiB by day: {}; {per_day} items a day, 7 days&#39; retention</text>\n\
         <text x=\"340\" y=\"320\" text-anchor=\"middle\">day</text>\n</svg>",
        names.join(", ")
    )
    .unwrap();
    svg
}
