//! What came of a measurement, for people and for machines.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::decoys::DECOYS;
use super::edits::{EDITS, Leaves};
use super::names::KINDS;
use super::set::{Measured, Row};

impl Measured {
    /// Copies in the story of their original, and copies, of edits that leave so much.
    fn recall(&self, leaves: Leaves) -> (usize, usize) {
        let rows = EDITS.iter().zip(&self.edits);
        let rows = rows.filter(|(edit, _)| edit.leaves == leaves);
        rows.fold((0, 0), |(joined, items), (_, row)| {
            (joined + row.joined, items + row.items)
        })
    }

    /// Items in a story most of which is another article's.
    fn wrong(&self) -> usize {
        let rows = self.edits.iter().chain(&self.decoys).chain(&self.pages);
        rows.chain([&self.copies]).map(|row| row.wrong).sum()
    }

    /// The part of all joined pairs that are copies of one article.
    fn precision(&self) -> f64 {
        part(self.joined.1, self.joined.0)
    }
}

fn part(some: usize, of: usize) -> f64 {
    some as f64 / of.max(1) as f64
}

pub(super) fn as_json(measured: &Measured) {
    let row = |row: &Row| json!({"items": row.items, "joined": row.joined, "wrong": row.wrong});
    let edits = EDITS.iter().zip(&measured.edits);
    let edits: BTreeMap<&str, Value> = edits.map(|(edit, of)| (edit.name, row(of))).collect();
    let decoys = DECOYS.iter().zip(&measured.decoys);
    let decoys: BTreeMap<&str, Value> = decoys.map(|((name, _), of)| (*name, row(of))).collect();
    let pages = KINDS.iter().zip(&measured.pages);
    let pages: BTreeMap<&str, Value> = pages.map(|((_, name), of)| (*name, row(of))).collect();
    let (joined, items) = measured.recall(Leaves::Half);
    println!(
        "{}",
        json!({
            "articles": measured.n_articles,
            "items": measured.n_items,
            "edits": edits,
            "decoys": decoys,
            "series": pages,
            "series_copies": row(&measured.copies),
            "pair_recall_half": part(measured.halves.0, measured.halves.1),
            "whole_stories": part(measured.whole.0, measured.whole.1),
            "overlap": measured.overlap,
            "precision": measured.precision(),
            "recall_half": part(joined, items),
            "wrong": measured.wrong(),
            "write_us_per_item": measured.micros,
        })
    );
}

pub(super) fn in_words(measured: &Measured, show: usize) {
    let Measured {
        n_articles,
        n_items,
        micros,
        ..
    } = measured;
    println!("{n_articles} articles, {n_items} items, stored and joined in {micros:.0} µs each\n");
    println!(
        "{:<38}{:>7}{:>8}{:>8}{:>9}",
        "edit", "items", "joined", "wrong", "recall"
    );
    for (edit, row) in EDITS.iter().zip(&measured.edits) {
        let recall = part(row.joined, row.items);
        println!(
            "{:<38}{:>7}{:>8}{:>8}{recall:>9.4}",
            edit.name, row.items, row.joined, row.wrong
        );
        mistakes(row, show);
    }
    println!("\n{:<38}{:>7}{:>16}", "looks like it", "items", "wrong");
    for ((name, _), row) in DECOYS.iter().zip(&measured.decoys) {
        println!("{name:<38}{:>7}{:>16}", row.items, row.wrong);
        mistakes(row, show);
    }
    println!(
        "\n{:<38}{:>7}{:>16}",
        "the same but for its", "items", "wrong"
    );
    for ((_, name), row) in KINDS.iter().zip(&measured.pages) {
        println!("{name:<38}{:>7}{:>16}", row.items, row.wrong);
        mistakes(row, show);
    }
    let copies = &measured.copies;
    let recall = part(copies.joined, copies.items);
    println!(
        "{:<38}{:>7}{:>8}{:>8}{recall:>9.4}",
        "copies of these", copies.items, copies.joined, copies.wrong
    );
    mistakes(copies, show);
    println!(
        "\nprecision {:.4} of {} joined pairs ({} items in a story that is not theirs)",
        measured.precision(),
        measured.joined.0,
        measured.wrong()
    );
    let (joined, items) = measured.recall(Leaves::Half);
    println!(
        "recall of edits that keep half of the text {:.4}",
        part(joined, items)
    );
    println!(
        "pairs of these that are joined {:.4}, stories that came out whole {:.4}",
        part(measured.halves.0, measured.halves.1),
        part(measured.whole.0, measured.whole.1)
    );
    println!("\ncopies that are not in the largest story of their article");
    for (kind, count) in &measured.strays {
        println!("{kind:<38}{count:>7}");
    }
    for said in measured.apart.iter().filter(|_| show > 0) {
        println!("  {said}");
    }
    println!(
        "overlap of joined pairs between orders {:.4}",
        measured.overlap
    );
}

fn mistakes(row: &Row, show: usize) {
    for mistake in row.mistakes.iter().take(show) {
        println!("{mistake}");
    }
}
