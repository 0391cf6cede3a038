//! The words of the listing itself, in the languages it speaks.

use jiff::civil::Weekday;

use crate::publish::View;

/// Words of the listing in one language.
#[derive(Debug)]
pub(super) struct Words {
    pub(super) all: &'static str,
    pub(super) regions: &'static str,
    pub(super) newer: &'static str,
    pub(super) older: &'static str,
    pub(super) more: &'static str,
    pub(super) nothing_yet: &'static str,
    pub(super) skip: &'static str,
    pub(super) you_are_here: &'static str,
    pub(super) neighbours: &'static str,
    pub(super) below: &'static str,
    pub(super) feeds: &'static str,
    pub(super) all_channels: &'static str,
    /// Advice which format suits which reader.
    pub(super) which_format: &'static str,
    /// Words for a person who opened a feed, and a list of feeds; and for the link to the document.
    pub(super) this_is_a_feed: &'static str,
    pub(super) this_is_a_list: &'static str,
    pub(super) show_it: &'static str,
    pub(super) updated: &'static str,
    pub(super) article: &'static str,
    pub(super) origin: &'static str,
    pub(super) by: &'static str,
    pub(super) read_original: &'static str,
    pub(super) teaser_only: &'static str,
    pub(super) picture: &'static str,
    pub(super) media: &'static str,
    pub(super) captions: &'static str,
    pub(super) files: &'static str,
    pub(super) comments: &'static str,
    pub(super) licence: &'static str,
    pub(super) topics: &'static str,
    pub(super) also_in: &'static str,
    pub(super) earlier: &'static str,
    pub(super) related: &'static str,
    pub(super) hot: &'static str,
    pub(super) newest: &'static str,
    pub(super) pictures: &'static str,
    pub(super) routed: &'static str,
    pub(super) status: &'static str,
    pub(super) source: &'static str,
    pub(super) health: &'static str,
    pub(super) good: &'static str,
    pub(super) failing: &'static str,
    pub(super) unknown: &'static str,
    pub(super) switched_off: &'static str,
    pub(super) last_poll: &'static str,
    pub(super) next_poll: &'static str,
    pub(super) pushed_by: &'static str,
    pub(super) until: &'static str,
    pub(super) home: &'static str,
    pub(super) search: &'static str,
    pub(super) search_stories: &'static str,
    pub(super) best_first: &'static str,
    pub(super) newest_first: &'static str,
    pub(super) nothing_found: &'static str,
    /// Advice how to search.
    pub(super) how_to_search: &'static str,
    /// Advice that a search can be subscribed to.
    pub(super) standing_search: &'static str,
    pub(super) index_building: &'static str,
    pub(super) index_failed: &'static str,
    pub(super) newer_results: &'static str,
    pub(super) more_results: &'static str,
    pub(super) bad_request: &'static str,
    pub(super) not_found: &'static str,
    pub(super) wrong_method: &'static str,
    pub(super) unavailable: &'static str,
    pub(super) failed: &'static str,
    /// Separator between two names.
    pub(super) comma: &'static str,
    /// Separator between a label and what it labels.
    pub(super) colon: &'static str,
    tongue: Tongue,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tongue {
    Chinese,
    English,
}

const CHINESE: Words = Words {
    all: "全部",
    regions: "地区",
    newer: "回到最新",
    older: "更早",
    more: "更多",
    nothing_yet: "这里还没有新闻。",
    skip: "跳到正文",
    you_are_here: "当前位置",
    neighbours: "相邻频道",
    below: "下属频道",
    feeds: "订阅",
    all_channels: "全部频道 (OPML)",
    which_format: "RSS 适合多数阅读器和播客软件；Atom 另有修改时间与各条的语言；JSON 适合程序。\
                   每个频道选一种即可：同一条新闻在各种格式中编号相同。",
    this_is_a_feed: "这是供阅读器订阅的地址。请把它复制到您的阅读器中，这里一有更新就会显示在那里：",
    this_is_a_list: "这是全部频道的订阅列表 (OPML)。请保存这个文件并导入您的阅读器，或复制它的地址：",
    show_it: "查看文件本身",
    updated: "更新于",
    article: "正文",
    origin: "来源",
    by: "作者",
    read_original: "阅读原文",
    teaser_only: "这里只有摘要，全文请读原文。",
    picture: "图片",
    media: "音视频",
    captions: "图片说明",
    files: "附件",
    comments: "评论",
    licence: "许可协议",
    topics: "话题",
    also_in: "同时见于",
    earlier: "曾用标题",
    related: "相关新闻",
    hot: "热点",
    newest: "最新",
    pictures: "图文",
    routed: "同时刊于频道",
    status: "运行状态",
    source: "来源",
    health: "状况",
    good: "正常",
    failing: "故障",
    unknown: "尚未抓取",
    switched_off: "已停用",
    last_poll: "上次抓取",
    next_poll: "下次抓取",
    pushed_by: "推送",
    until: "至",
    home: "回到首页",
    search: "搜索",
    search_stories: "搜索新闻",
    best_first: "按相关",
    newest_first: "按时间",
    nothing_found: "没有找到相关新闻。",
    how_to_search: "多个词用空格隔开；\"…\" 内的词须相连；-词 表示不含；另可限定 source:来源、\
                    channel:频道、after:2026-11、before:2026-11-20。繁简、全半角、大小写不分。",
    standing_search: "订阅这个搜索，有新的结果时阅读器会告诉您：",
    index_building: "搜索索引正在建立，目前结果还不全",
    index_failed: "目前无法搜索，请稍后再来。",
    newer_results: "回到第一页",
    more_results: "更多结果",
    bad_request: "这个地址写得不对。",
    not_found: "这里没有这个页面。",
    wrong_method: "这里只能读取，不能提交。",
    unavailable: "暂时读不到内容，请稍后再来。",
    failed: "出了差错，请稍后再来。",
    comma: "、",
    colon: "：",
    tongue: Tongue::Chinese,
};

const ENGLISH: Words = Words {
    all: "All",
    regions: "Regions",
    newer: "Back to the newest",
    older: "Older",
    more: "More from",
    nothing_yet: "There is no news here yet.",
    skip: "Skip to content",
    you_are_here: "You are here",
    neighbours: "Neighbouring channels",
    below: "Channels below",
    feeds: "Feeds",
    all_channels: "All channels (OPML)",
    which_format: "RSS suits most readers and podcast players; Atom those that show edits and \
                   languages; JSON programs. One per channel is enough: a story has the same id in all.",
    this_is_a_feed: "This is the address of a feed. Copy it into your feed reader, which will show \
                     what is new here:",
    this_is_a_list: "This is a list of all channels (OPML). Save it and import it into your feed \
                     reader, or copy its address:",
    show_it: "Show the document itself",
    updated: "Updated",
    article: "Article",
    origin: "Source",
    by: "By",
    read_original: "Read the original",
    teaser_only: "This is only the teaser; the original has the whole text.",
    picture: "Picture",
    media: "Audio or video",
    captions: "Captions",
    files: "Files",
    comments: "Comments",
    licence: "Licence",
    topics: "Topics",
    also_in: "Also reported by",
    earlier: "Earlier headlines",
    related: "Related stories",
    hot: "Hot",
    newest: "Newest",
    pictures: "With picture",
    routed: "Also in channel",
    status: "Status",
    source: "Source",
    health: "Health",
    good: "well",
    failing: "failing",
    unknown: "not polled yet",
    switched_off: "switched off",
    last_poll: "Last poll",
    next_poll: "Next poll",
    pushed_by: "pushed by",
    until: "until",
    home: "Back to the front page",
    search: "Search",
    search_stories: "Search the news",
    best_first: "Best first",
    newest_first: "Newest first",
    nothing_found: "No story was found.",
    how_to_search: "Words apart by spaces all have to be there; those in \"…\" in a row; -word must not. \
                    source:name, channel:name, after:2026-11 and before:2026-11-20 narrow it down. \
                    Case, accents and width do not matter.",
    standing_search: "Subscribe to this search, and your reader tells you what is new:",
    index_building: "The search index is being built; results are not complete yet",
    index_failed: "Nothing can be searched at the moment. Please come back later.",
    newer_results: "First page",
    more_results: "More results",
    bad_request: "This address is not written as it should be.",
    not_found: "There is no such page here.",
    wrong_method: "You can only read here.",
    unavailable: "This cannot be read at the moment. Please come back later.",
    failed: "Something went wrong. Please come back later.",
    comma: ", ",
    colon: ": ",
    tongue: Tongue::English,
};

impl Words {
    /// Returns the words for a BCP 47 language: Chinese for Chinese, else English.
    #[must_use]
    pub(super) fn of(language: &str) -> &'static Words {
        match primary(language).eq_ignore_ascii_case("zh") {
            true => &CHINESE,
            false => &ENGLISH,
        }
    }

    /// Names a view of a channel.
    pub(super) const fn view(&self, view: View) -> &'static str {
        match view {
            View::Newest => self.newest,
            View::Hot => self.hot,
            View::Pictures => self.pictures,
        }
    }

    /// Returns the language the words are in, BCP 47, spelled as `wanted` where that is
    /// theirs.
    pub(super) fn language<'a>(&self, wanted: &'a str) -> &'a str {
        match self.tongue {
            Tongue::Chinese => wanted,
            Tongue::English if primary(wanted).eq_ignore_ascii_case("en") => wanted,
            Tongue::English => "en",
        }
    }

    /// Writes the number of sources: `3 家来源`
    pub(super) fn copies(&self, n_copies: usize) -> String {
        match self.tongue {
            Tongue::Chinese => format!("{n_copies} 家来源"),
            Tongue::English => format!("{n_copies} sources"),
        }
    }

    /// Writes the number of results: `找到 12 条`, or as an upper bound where it is no exact one.
    pub(super) fn results(&self, n_results: usize, is_exact: bool) -> String {
        match (self.tongue, is_exact) {
            (Tongue::Chinese, true) => format!("找到 {n_results} 条"),
            (Tongue::Chinese, false) => format!("最多 {n_results} 条"),
            (Tongue::English, true) if n_results == 1 => "1 story".to_owned(),
            (Tongue::English, true) => format!("{n_results} stories"),
            (Tongue::English, false) => format!("at most {n_results} stories"),
        }
    }

    /// Titles a search.
    pub(super) fn search_for(&self, query: &str) -> String {
        match self.tongue {
            Tongue::Chinese => format!("“{query}”的搜索结果"),
            Tongue::English => format!("Search: {query}"),
        }
    }

    /// Writes a date with its weekday: `2026年11月23日 星期一`
    pub(super) fn day(&self, date: jiff::civil::Date) -> String {
        match self.tongue {
            Tongue::Chinese => {
                let (year, month, day) = (date.year(), date.month(), date.day());
                let weekday = match date.weekday() {
                    Weekday::Monday => "一",
                    Weekday::Tuesday => "二",
                    Weekday::Wednesday => "三",
                    Weekday::Thursday => "四",
                    Weekday::Friday => "五",
                    Weekday::Saturday => "六",
                    Weekday::Sunday => "日",
                };
                format!("{year}年{month}月{day}日 星期{weekday}")
            }
            Tongue::English => date.strftime("%A, %-d %B %Y").to_string(),
        }
    }
}

/// Returns the primary subtag of a language tag: `zh` of `zh-CN`.
fn primary(language: &str) -> &str {
    language.split(['-', '_']).next().unwrap_or_default()
}
