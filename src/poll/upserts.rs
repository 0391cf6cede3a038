//! From what is new in a document to what is written.

use jiff::Timestamp;

use super::once::Harvest;
use super::sort::Sorted;
use crate::config::{Config, FullText, Source};
use crate::ingest::clean::{self, Origin};
use crate::ingest::fresh::Sight;
use crate::ingest::{articles, filter, headline, keys, notes, plan};
use crate::model::{Article, Join, Upsert};

/// What to write, oldest first.
pub(super) fn upserts(
    config: &Config,
    source: &Source,
    harvest: &Harvest,
    wanted: &[Sorted],
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
        .filter(|(sorted, article)| articles::has_title(source, &sorted.draft, article.as_ref()))
        .filter_map(|(sorted, article)| {
            let sight = Sight {
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
            let mut item = clean::item(
                sorted.id,
                &sorted.draft,
                article.as_ref(),
                sorted.held.as_ref(),
                &origin,
                &sight,
            );
            if source.full_text == FullText::Never {
                clean::keep_teaser(&mut item);
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
                None => Join::default(),
            };
            Some(Upsert {
                rank: plan::rank(source, &item),
                join,
                routes,
                item,
            })
        })
        .collect();
    upserts.sort_by_key(|upsert| (upsert.item.sort_key, upsert.item.id));
    upserts
}
