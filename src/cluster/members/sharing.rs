//! Sharing of the polls: the owner of each site, by rendezvous hashing (Thaler & Ravishankar 1998).
//!
//! Every node computes the same from the list of members alone. When one leaves, only its sites go to
//! others; when one joins, it takes its share from all.

/// Returns the candidate that owns `site`, a registrable domain; `None` if there is none.
pub(super) fn owner<'a>(
    site: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    candidates
        .into_iter()
        .max_by_key(|name| (weight(site, name), *name))
}

/// Weight of a node for a site: 64 bits of a hash of both.
fn weight(site: &str, node: &str) -> u64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(site.as_bytes());
    hasher.update(&[0]);
    hasher.update(node.as_bytes());
    let mut bytes = [0; 8];
    hasher.finalize_xof().fill(&mut bytes);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn shares<'a>(nodes: &[&'a str]) -> BTreeMap<String, &'a str> {
        let sites = (0..3000).map(|n| format!("paper-{n}.example"));
        sites
            .map(|site| (site.clone(), owner(&site, nodes.iter().copied()).unwrap()))
            .collect()
    }

    #[test]
    fn shares_are_even_and_only_those_of_a_node_that_leaves_move() {
        let (three, two) = (shares(&["a", "b", "c"]), shares(&["a", "b"]));
        for node in ["a", "b", "c"] {
            let n_own = three.values().filter(|owner| **owner == node).count();
            assert!((850..1150).contains(&n_own), "{node}: {n_own}");
        }
        for (site, owner) in &three {
            assert!(*owner == "c" || two[site] == *owner, "{site} has moved");
        }
    }

    #[test]
    fn the_order_of_members_does_not_count_and_nobody_owns_without_members() {
        assert_eq!(shares(&["a", "b", "c"]), shares(&["c", "a", "b"]));
        assert_eq!(owner("paper.example", []), None);
    }
}
