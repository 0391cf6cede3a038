//! Join keys: hashes that copies of one story have in common.

use std::collections::HashMap;

use jiff::SignedDuration;

use super::similarity;
use crate::config::{Channel, Dedupe, Source};
use crate::model::{DedupeKeys, Draft, Item, WebUrl};
use crate::text::fingerprint::{self, MIN_TELLING_TITLE_WEIGHT, title_weight};
use crate::text::link;
use crate::text::script::simplify;

/// Uses of each address in one document, to tell those that name one entry from those that
/// many share (a home page, a ticker).
#[derive(Clone, Debug, Default)]
pub struct LinkUses(HashMap<WebUrl, u32>);

impl LinkUses {
    /// Counts the links of `drafts`.
    #[must_use]
    pub fn of<'a>(drafts: impl Iterator<Item = &'a Draft>) -> LinkUses {
        let mut uses: HashMap<WebUrl, u32> = HashMap::new();
        for link in drafts.filter_map(|draft| draft.link.clone()) {
            *uses.entry(link).or_default() += 1;
        }
        LinkUses(uses)
    }

    /// Whether `url` names one entry only (or none).
    #[must_use]
    pub fn is_own(&self, url: &WebUrl) -> bool {
        self.0.get(url).is_none_or(|uses| *uses == 1)
    }
}

/// Computes the keys and tokens by which copies of an item are found, as its source and
/// channel want it. No keys if either has `dedupe` off.
///
/// `canonical` is the address that the article page names itself by; its key comes first.
#[must_use]
pub fn joining(
    item: &Item,
    addresses: &LinkUses,
    canonical: Option<&WebUrl>,
    source: &Source,
    channel: &Channel,
) -> DedupeKeys {
    if !source.dedupe || channel.dedupe == Dedupe::Off {
        return DedupeKeys::default();
    }
    let joins_same_event = channel.dedupe == Dedupe::Story;
    let window = SignedDuration::try_from(channel.dedupe_window).unwrap_or(DedupeKeys::WINDOW);
    let mut keys = join(item, addresses, &source.strip_params);
    if let Some(named) = canonical.and_then(|url| address_key(url, &source.strip_params))
        && !keys.contains(&named)
    {
        keys.insert(0, named);
    }
    DedupeKeys {
        keys,
        gist: (channel.dedupe >= Dedupe::Near).then(|| similarity::gist(item, joins_same_event)),
        joins_same_event,
        window,
    }
}

/// Computes the keys of an item, strongest first: its canonical address, if it is no home
/// page and its own, and its folded title.
#[must_use]
pub fn join(item: &Item, addresses: &LinkUses, strip_params: &[String]) -> Vec<u64> {
    let own = item.url.as_ref().filter(|url| addresses.is_own(url));
    let address = own
        .and_then(|url| address(url, strip_params))
        .map(|text| format!("url:{text}"));
    let address = address.map(|key| fingerprint::hash(&key));
    address.into_iter().chain(title(&item.title)).collect()
}

/// Computes the blocking key of an address; `None` for a home page.
fn address_key(url: &WebUrl, strip_params: &[String]) -> Option<u64> {
    let address = address(url, strip_params)?;
    Some(fingerprint::hash(&format!("url:{address}")))
}

/// Returns the canonical form of an address; `None` for a home page, which is no news.
fn address(url: &WebUrl, strip_params: &[String]) -> Option<String> {
    let parts = url.to_url();
    let is_home = parts.path() == "/" && parts.query().is_none();
    (!is_home).then(|| link::canonical_with(url, strip_params))
}

/// Computes the key of a headline; `None` if it says too little to be one.
#[must_use]
pub fn title(title: &str) -> Option<u64> {
    let title = similarity::headline(title);
    let folded: String = fingerprint::fold(title).chars().map(simplify).collect();
    let is_telling = title_weight(&folded) >= MIN_TELLING_TITLE_WEIGHT;
    is_telling.then(|| fingerprint::hash(&format!("title:{folded}")))
}
