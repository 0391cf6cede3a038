//! A made-up press: a region tree with its sources, and items of theirs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use gazetted::config::{Channel, Config, Dedupe, FullText, Http, Server, Source, StoreOptions};
use gazetted::model::{
    ChannelId, Item, ItemId, SafeHtml, Sighting, SourceId, Story, StoryId, WebUrl,
};
use gazetted::publish::{Edition, Site, SourceCard};
use gazetted::source::Reader;
use jiff::Timestamp;
use jiff::tz::TimeZone;

/// Everything an edition borrows from.
pub(crate) struct Press {
    pub(crate) config: Config,
    pub(crate) public_url: WebUrl,
    pub(crate) cards: BTreeMap<SourceId, SourceCard>,
    pub(crate) stories: Vec<Story>,
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
            stories: items.into_iter().map(story).collect(),
        }
    }

    pub(crate) fn site(&self) -> Site<'_> {
        Site {
            config: &self.config,
            public_url: &self.public_url,
            sources: &self.cards,
        }
    }

    pub(crate) fn edition(&self, id: &str) -> Edition<'_> {
        Edition {
            site: self.site(),
            channel: &self.config.channels[&channel(id)],
            stories: &self.stories,
            changed: self.stories.iter().map(|story| story.changed).max(),
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

/// Two provinces, five towns, five newspapers.
pub(crate) fn config() -> Config {
    let channels = [
        ("", "地方新闻"),
        ("shandong", "山东"),
        ("shandong/jinan", "济南"),
        ("shandong/jinan/zhangqiu", "章丘"),
        ("shandong/qingdao", "青岛"),
        ("henan", "河南"),
        ("henan/zhengzhou", "郑州"),
    ];
    let sources = [
        ("shandong/jinan/daily", "泉城日报"),
        ("shandong/jinan/evening", "泉城晚报"),
        ("shandong/jinan/zhangqiu/weekly", "明水周刊"),
        ("shandong/qingdao/morning", "海湾早报"),
        ("henan/zhengzhou/daily", "商都日报"),
    ];
    Config {
        server: Server {
            title: "地方新闻".to_owned(),
            ..Server::default()
        },
        store: StoreOptions::default(),
        http: Http::default(),
        hosts: Vec::new(),
        channels: channels.into_iter().map(a_channel).collect(),
        sources: sources.into_iter().map(a_source).collect(),
        warnings: Vec::new(),
    }
}

fn a_channel((id, title): (&str, &str)) -> (ChannelId, Channel) {
    let id = channel(id);
    let made = Channel {
        id: id.clone(),
        title: title.to_owned(),
        description: Some(format!("{title}的新闻,来自各家报纸。")),
        link: None,
        language: "zh-CN".to_owned(),
        limit: 50,
        max_age: None,
        dedupe: Dedupe::Exact,
    };
    (id, made)
}

fn a_source((id, title): (&str, &str)) -> (SourceId, Arc<Source>) {
    let id: SourceId = id.parse().unwrap();
    let made = Source {
        id: id.clone(),
        title: Some(title.to_owned()),
        url: url(&format!("https://{}.example/rss.xml", id.channel().leaf())),
        site_url: None,
        enabled: true,
        interval: Duration::from_secs(900),
        timeout: Duration::from_secs(30),
        encoding: None,
        timezone: TimeZone::fixed(jiff::tz::offset(8)),
        language: None,
        priority: 0,
        dedupe: true,
        full_text: FullText::Auto,
        strip_params: Vec::new(),
        headers: Vec::new(),
        reader: Reader::Auto,
    };
    (id, Arc::new(made))
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
