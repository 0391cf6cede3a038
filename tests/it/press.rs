//! A made-up press: a region tree with its sources, and items of theirs.

#![expect(clippy::unwrap_used, reason = "a test ends where it is surprised")]

use std::collections::BTreeMap;
use std::sync::Arc;

use gazetted::config::Config;
use gazetted::model::{
    ChannelId, Item, ItemId, Notes, SafeHtml, Sighting, SourceId, Story, StoryId, WebUrl,
};
use gazetted::publish::{Edition, NO_HISTORY, Site, SourceCard, Subject, Texts, View};
use jiff::Timestamp;

const FEEDS: &str = r#"
[server]
title = "地方新闻"
[defaults]
timezone = "Asia/Shanghai"
[[channel]]
id = "shandong"
title = "山东"
description = "山东的新闻,来自各家报纸。"
[[channel]]
id = "shandong/jinan"
title = "济南"
description = "济南新闻,新鲜有料。"
[[channel]]
id = "shandong/jinan/zhangqiu"
title = "章丘"
[[channel]]
id = "shandong/qingdao"
title = "青岛"
[[channel]]
id = "henan"
title = "河南"
[[channel]]
id = "henan/zhengzhou"
title = "郑州"
[[source]]
id = "shandong/jinan/daily"
title = "泉城日报"
url = "https://jinan.example/rss.xml"
interval = "15m"
[[source]]
id = "shandong/jinan/evening"
title = "泉城晚报"
url = "https://evening.example/rss.xml"
[[source]]
id = "shandong/jinan/zhangqiu/weekly"
title = "明水周刊"
url = "https://zhangqiu.example/rss.xml"
[[source]]
id = "shandong/qingdao/morning"
title = "海湾早报"
url = "https://qingdao.example/rss.xml"
[[source]]
id = "henan/zhengzhou/daily"
title = "商都日报"
url = "https://zhengzhou.example/rss.xml"
"#;

/// Everything an edition borrows from.
pub(crate) struct Press {
    pub(crate) config: Config,
    pub(crate) public_url: WebUrl,
    pub(crate) cards: BTreeMap<SourceId, SourceCard>,
    pub(crate) stories: Vec<Arc<Story>>,
}

impl Press {
    /// A press whose stories are `items`, one each.
    pub(crate) fn of(items: Vec<Item>) -> Press {
        let config = config();
        let cards = config.sources.values().map(|source| {
            let card = SourceCard::of(source, None, None);
            (source.id.clone(), card)
        });
        Press {
            public_url: url("https://news.example/"),
            cards: cards.collect(),
            config,
            stories: items
                .into_iter()
                .map(|item| Arc::new(story(item)))
                .collect(),
        }
    }

    pub(crate) fn site(&self) -> Site<'_> {
        Site {
            theme: None,
            config: &self.config,
            public_url: &self.public_url,
            sources: &self.cards,
            images: None,
        }
    }

    pub(crate) fn edition(&self, id: &str) -> Edition<'_> {
        Edition {
            site: self.site(),
            channel: &self.config.channels[&channel(id)],
            subject: Subject::Channel,
            stories: &self.stories,
            changed: self.stories.iter().map(|story| story.changed).max(),
            view: View::Newest,
            deleted: &[],
            history: &NO_HISTORY,
            texts: Texts::Full,
        }
    }
}

pub(crate) fn url(text: &str) -> WebUrl {
    WebUrl::parse(text).unwrap()
}

pub(crate) fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

pub(crate) fn channel(id: &str) -> ChannelId {
    match id {
        "" => ChannelId::root(),
        id => id.parse().unwrap(),
    }
}

/// Two provinces, four towns, five newspapers.
pub(crate) fn config() -> Config {
    Config::parse("press.toml", FEEDS).unwrap()
}

/// An item with nothing but what every item has, and an address.
pub(crate) fn item(source: &str, guid: &str, title: &str, seen: Timestamp) -> Item {
    let source: SourceId = source.parse().unwrap();
    let host = source.as_str().replace('/', ".");
    Item {
        id: ItemId::of(&source, guid),
        source,
        guid: Some(guid.to_owned()),
        url: Some(url(&format!("https://{host}.example/{guid}.html"))),
        title: title.to_owned(),
        language: None,
        authors: Vec::new(),
        origin: None,
        published: Some(seen),
        updated: None,
        first_seen: seen,
        sort_key: seen,
        summary: None,
        content: None,
        image: None,
        captions: Vec::new(),
        categories: Vec::new(),
        enclosures: Vec::new(),
        notes: Notes::default(),
        fingerprint: 1,
    }
}

/// Markup, as the sanitiser would leave it.
pub(crate) fn markup(text: &str) -> Option<SafeHtml> {
    Some(SafeHtml::vouched(text.to_owned()))
}

/// The story that one item makes.
pub(crate) fn story(item: Item) -> Story {
    Story {
        id: StoryId::begun_by(item.id),
        sightings: vec![sighting(&item)],
        changed: item.first_seen,
        routes: Vec::new(),
        related: Vec::new(),
        canonical: item,
    }
}

pub(crate) fn sighting(item: &Item) -> Sighting {
    Sighting {
        item: item.id,
        source: item.source.clone(),
        url: item.url.clone(),
        title: item.title.clone(),
        at: item.sort_key,
        authors: item.authors.clone(),
        origin: item.origin.clone(),
        rank: 0,
    }
}
