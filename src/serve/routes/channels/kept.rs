//! Feeds that many ask for: rendered once per change, kept, and found again by their plain address.

use std::sync::Arc;

use super::history;
use super::wish::Wish;
use crate::model::ChannelId;
use crate::publish::{Address, Format, View};
use crate::serve::app::App;
use crate::serve::render_cache::{DocumentKey, Version};
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;
use crate::serve::response::negotiate::Coding;
use crate::serve::shortcuts::DocumentAge;

/// Returns the feed of a channel, for a [common](Wish::is_common) wish; packed in `coding`, if that is
/// given and would be smaller. One that everybody asks for gets a shortcut.
///
/// # Errors
///
/// As [`RenderCache::get_or_render`](crate::serve::render_cache::RenderCache::get_or_render).
pub(super) async fn feed(
    app: &App,
    (id, format): &(ChannelId, Format),
    (wish, coding): (Wish, Option<Coding>),
) -> Result<Arc<RenderedDocument>, AppError> {
    let mut configs = app.configs();
    let config = Arc::clone(&configs.borrow_and_update());
    let generation = app.store.watched_generation(id);
    let number = generation.number();
    let version = Version::new(&config, number);
    let name = DocumentKey::Feed(id.clone(), *format, wish.texts);
    let (desk, channel, of) = (app.clone(), id.clone(), *format);
    let render = move || {
        let Some(channel) = config.channels.get(&channel) else {
            return Ok(None);
        };
        let config = Arc::clone(&config);
        history::feed(&desk, config, channel, (wish, of)).map(Some)
    };
    let wanted = (version.clone(), coding);
    let document = app
        .cache
        .get_or_render(name.clone(), wanted, render)
        .await?;
    if wish == Wish::default() && app.cache.holds(&name, &version).await {
        let path = format!("/{}", Address::Feed(id, View::Newest, *format).path());
        let age = DocumentAge {
            number,
            generation,
            config: configs,
        };
        let feed = (id.clone(), *format);
        app.shortcuts.note(path, feed, (age, &document));
    }
    Ok(document)
}

/// Makes the feed anew that a shortcut led to, if it has changed, and packs it in `coding`; then there
/// is a shortcut to it again, unless the store or the configuration is in the way.
pub(in crate::serve) async fn freshen(
    app: &App,
    feed_of: &(ChannelId, Format),
    coding: Option<Coding>,
) {
    let wish = (Wish::default(), coding);
    // Whoever is in the way is told of it where the request goes next.
    drop(feed(app, feed_of, wish).await);
}
