//! From what is new in a document to what is written.

use jiff::Timestamp;

use super::ClassifiedEntries;
use super::classify::ClassifiedEntry;
use crate::config::{Config, FullText, Source};
use crate::ingest::dedupe::keys;
use crate::ingest::item;
use crate::ingest::item::Origin;
use crate::ingest::item::sort_key::Observation;
use crate::ingest::item::{article, filter};
use crate::ingest::{headline, notes, outcome};
use crate::model::{Article, DedupeKeys, Upsert};

/// What to write, oldest first.
pub(in crate::poll) fn upserts(
    config: &Config,
    source: &Source,
    harvest: &ClassifiedEntries,
    wanted: &[ClassifiedEntry],
    articles: &[Option<Article>],
    now: Timestamp,
) -> Vec<Upsert> {
    let about = &harvest.reading.about;
    let language = source.language.as_deref().or(about.language.as_deref());
    let feed = notes::feed(about);
    let titles = [source.title.as_deref(), about.title.as_deref()];
    let names = headline::names(titles.into_iter().flatten());
    let mut upserts: Vec<Upsert> = wanted
        .iter()
        .zip(articles)
        .filter(|(sorted, article)| sorted.is_news || article.is_some())
        .filter(|(sorted, article)| article::has_title(source, &sorted.draft, article.as_ref()))
        .filter_map(|(sorted, article)| {
            let sight = Observation {
                now,
                zone: &source.timezone,
                index: sorted.index,
                arrival: sorted.arrival,
            };
            let origin = Origin {
                source: &source.id,
                language,
                base: &source.url,
                feed: &feed,
                names: &names,
                fingerprint: sorted.fingerprint,
            };
            let mut item = item::item(
                sorted.id,
                &sorted.draft,
                article.as_ref(),
                sorted.held.as_ref(),
                &origin,
                &sight,
            );
            if source.full_text == FullText::Never {
                item::keep_teaser(&mut item);
            }
            let mut routes = filter::by_place(&item, source, config);
            if !filter::settle(&mut item, &source.filters, &mut routes) {
                return None;
            }
            let join = match config.channels.get(&source.id.channel()) {
                Some(channel) => {
                    let named = article
                        .as_ref()
                        .and_then(|article| article.canonical.as_ref());
                    keys::joining(&item, &harvest.addresses, named, source, channel)
                }
                None => DedupeKeys::default(),
            };
            Some(Upsert {
                rank: outcome::rank(source, &item),
                join,
                routes,
                item,
            })
        })
        .collect();
    upserts.sort_by_key(|upsert| (upsert.item.sort_key, upsert.item.id));
    upserts
}
