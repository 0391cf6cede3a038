//! In which order items arrive, and how far the stories of two orders agree.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::dice::Dice;

/// Places of items in the order of arrival; `is_early` says which come first in the
/// second one.
pub(super) fn order(
    nth: u64,
    seed: u64,
    count: usize,
    is_early: impl Fn(usize) -> bool,
) -> Vec<usize> {
    let mut order: Vec<usize> = (0..count).collect();
    if nth == 0 {
        return order;
    }
    let mut dice = Dice::new(1000 * seed + nth);
    for at in (1..count).rev() {
        order.swap(at, dice.below(at + 1));
    }
    if nth == 1 {
        order.sort_by_key(|at| !is_early(*at));
    }
    order
}

/// The pairs of items that are in one story, by the story of each item.
pub(super) fn pairs(stories: &[usize]) -> BTreeSet<(usize, usize)> {
    let mut by_story: Vec<(usize, usize)> = stories
        .iter()
        .enumerate()
        .map(|(item, story)| (*story, item))
        .collect();
    by_story.sort_unstable();
    let groups = by_story.chunk_by(|a, b| a.0 == b.0);
    let within = groups.flat_map(|group| {
        (0..group.len()).flat_map(move |one| {
            (one + 1..group.len()).map(move |other| (group[one].1, group[other].1))
        })
    });
    within.collect()
}

/// Items that are not in the largest story of their family, each with that story.
pub(super) fn strays(stories: &[usize], families: &[usize]) -> Vec<(usize, usize)> {
    let mut of_family: BTreeMap<usize, BTreeMap<usize, usize>> = BTreeMap::new();
    for (story, family) in stories.iter().zip(families) {
        let counts = of_family.entry(*family).or_default();
        *counts.entry(*story).or_default() += 1;
    }
    let largest = |family: &usize| {
        let counts = of_family[family].iter();
        let largest = counts.max_by_key(|(story, count)| (**count, Reverse(**story)));
        largest.map(|(story, _)| *story)
    };
    let homes = families.iter().map(largest).enumerate();
    let strays = homes.filter_map(|(at, home)| Some((at, home?)));
    strays.filter(|(at, home)| stories[*at] != *home).collect()
}

/// Pairs that both have, of those that either has; on average over all pairs of orders.
pub(super) fn overlap(joined: &[BTreeSet<(usize, usize)>]) -> f64 {
    let mut parts: Vec<f64> = Vec::new();
    for (nth, one) in joined.iter().enumerate() {
        for other in &joined[nth + 1..] {
            let both = one.intersection(other).count();
            let either = one.len() + other.len() - both;
            parts.push(both as f64 / either.max(1) as f64);
        }
    }
    match parts.len() {
        0 => 1.0,
        count => parts.iter().sum::<f64>() / count as f64,
    }
}
