//! Feeds as topics of our hub (WebSub): which of them an address names, and what it holds.

use std::sync::Arc;

use super::history;
use super::path::{Wanted, wanted};
use super::wish::Wish;
use crate::model::{ChannelId, Topic, WebUrl};
use crate::publish::{Address, Format, Texts};
use crate::serve::app::App;
use crate::serve::render_cache::{DocumentKey, Version};
use crate::serve::response::document::RenderedDocument;
use crate::serve::response::error::AppError;

/// Feed of a channel in one format.
pub(in crate::serve) type Feed = (ChannelId, Format);

/// Finds the feed whose address a topic is; `None` if it is no feed of a configured channel. Parts of
/// feeds, views and archives are no topics.
pub(in crate::serve) fn feed_of(app: &App, topic: &Topic) -> Option<Feed> {
    let url = WebUrl::parse(topic.as_str())?;
    let path = url.as_str().strip_prefix(app.public_url.as_str())?;
    let of_root = |format: &Format| {
        let stem = path.strip_suffix(format.ending());
        stem.and_then(|stem| stem.strip_suffix('.')) == Some(Address::INDEX)
    };
    let found = Format::ALL.into_iter().find(of_root);
    let feed = match found {
        Some(format) => (ChannelId::root(), format),
        None => match wanted(path)? {
            Wanted::Feed(channel, format) => (channel, format),
            _ => return None,
        },
    };
    app.config().channels.contains_key(&feed.0).then_some(feed)
}

/// Returns the newest stories of a channel as readers get them, out of the render cache.
///
/// # Errors
///
/// As [`RenderCache::get_or_render`](crate::serve::render_cache::RenderCache::get_or_render).
pub(in crate::serve) async fn newest(
    app: &App,
    (id, format): &Feed,
) -> Result<Arc<RenderedDocument>, AppError> {
    let config = app.config();
    let version = Version::new(&config, app.store.generation(id));
    let name = DocumentKey::Feed(id.clone(), *format, Texts::Full);
    let (desk, id, format) = (app.clone(), id.clone(), *format);
    let render = move || {
        let Some(channel) = config.channels.get(&id) else {
            return Ok(None);
        };
        let config = Arc::clone(&config);
        history::feed(&desk, config, channel, (Wish::default(), format)).map(Some)
    };
    app.cache.get_or_render(name, (version, None), render).await
}
