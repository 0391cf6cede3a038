//! Commits and pages with criterion: `cargo bench --bench commit`.
//!
//! A durable commit of 50 new items, an unchanged poll, and the newest 50 stories
//! of a channel, in stores of 10 000 and 100 000 items; what must not grow does not.

#![expect(
    clippy::unwrap_used,
    reason = "a measurement ends where it is surprised"
)]

mod news;

use std::cell::Cell;

use criterion::{BatchSize, BenchmarkId, Criterion, criterion_group, criterion_main};
use gazetted::model::{ChannelId, Commit};
use gazetted::store::{Store, make_durable};
use jiff::{SignedDuration, Timestamp};
use news::{PER_COMMIT, SOURCES};

fn commits(c: &mut Criterion) {
    make_durable().unwrap();
    let mut group = c.benchmark_group("store");
    group.sample_size(50);
    for n_items in [10_000, 100_000] {
        let dir = tempfile::TempDir::new_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let start: Timestamp = "2026-08-01T00:00:00Z".parse().unwrap();
        let at = |nth: u64| start + SignedDuration::from_secs(i64::try_from(nth).unwrap() * 60);
        let store = Store::open(dir.path(), start).unwrap();
        let next = Cell::new(n_items / PER_COMMIT);
        for group in (0..next.get()).collect::<Vec<_>>().chunks(20) {
            let batch: Vec<Commit> = group.iter().map(|n| news::commit(*n, at(*n))).collect();
            store.apply(&batch).unwrap();
        }
        let new = || {
            let nth = next.replace(next.get() + 1);
            [news::commit(nth, at(nth))]
        };
        group.bench_function(BenchmarkId::new("commit of 50 items", n_items), |b| {
            b.iter_batched(
                new,
                |batch| store.apply(&batch).unwrap(),
                BatchSize::PerIteration,
            );
        });
        let unchanged = || {
            let nth = next.get() - 1 - next.get() % SOURCES;
            [Commit {
                upserts: Vec::new(),
                ..news::commit(nth, at(next.get()))
            }]
        };
        group.bench_function(BenchmarkId::new("unchanged poll", n_items), |b| {
            b.iter_batched(
                unchanged,
                |batch| store.apply(&batch).unwrap(),
                BatchSize::PerIteration,
            );
        });
        for (name, channel) in [
            ("newest 50 of all", ChannelId::root()),
            ("newest 50 of a city", "region-7/city-7".parse().unwrap()),
        ] {
            group.bench_function(BenchmarkId::new(name, n_items), |b| {
                b.iter(|| store.page(&channel, None, 50).unwrap());
            });
        }
    }
    group.finish();
}

criterion_group!(benches, commits);
criterion_main!(benches);
