//! What copies of one story have in common.

use std::collections::HashMap;

use crate::model::{Draft, Item, WebUrl};
use crate::text::{fingerprint, link};

/// A title this heavy says what happened; a lighter one (`简讯`, `Weather`)
/// stands on many stories. A CJK character weighs two, any other one.
const HEAVY: usize = 16;

/// The addresses of one document, to tell those that name one entry from those
/// that many share (a home page, a ticker).
#[derive(Clone, Debug, Default)]
pub struct Addresses(HashMap<WebUrl, u32>);

impl Addresses {
    /// Counts the links of `drafts`.
    #[must_use]
    pub fn of<'a>(drafts: impl Iterator<Item = &'a Draft>) -> Addresses {
        let mut uses: HashMap<WebUrl, u32> = HashMap::new();
        for link in drafts.filter_map(|draft| draft.link.clone()) {
            *uses.entry(link).or_default() += 1;
        }
        Addresses(uses)
    }

    /// Whether `url` names one entry only.
    #[must_use]
    pub fn is_own(&self, url: &WebUrl) -> bool {
        self.0.get(url).is_none_or(|uses| *uses == 1)
    }
}

/// The keys of an item, strongest first: its canonical address, its folded title.
#[must_use]
pub fn join(item: &Item, addresses: &Addresses, strip_params: &[String]) -> Vec<u64> {
    let own = item.url.as_ref().filter(|url| addresses.is_own(url));
    let address = own
        .and_then(|url| address(url, strip_params))
        .map(|text| format!("url:{text}"));
    let title = title(&item.title).map(|text| format!("title:{text}"));
    address
        .iter()
        .chain(&title)
        .map(|key| fingerprint::hash(key))
        .collect()
}

fn address(url: &WebUrl, strip_params: &[String]) -> Option<String> {
    let parts = url.to_url();
    let is_home = parts.path() == "/" && parts.query().is_none();
    (!is_home).then(|| link::canonical_with(url, strip_params))
}

fn title(title: &str) -> Option<String> {
    let folded = fingerprint::fold(title);
    let weight: usize = folded
        .chars()
        .map(|c| if c >= '\u{2e80}' { 2 } else { 1 })
        .sum();
    (weight >= HEAVY).then_some(folded)
}
