//! Players of films and sound in an article: finding its text drops them, so they are noted
//! with the text that stands before and behind them, and put back there. What a reader sees in
//! their place (a link, a poster) is for `text::html` to say.

use std::collections::HashMap;
use std::sync::LazyLock;

use dom_query::{Document as Dom, NodeRef};
use regex::Regex;

use super::{letters, lines};

/// Upper limit of players of one page.
const MAX_PLAYERS: usize = 40;

/// Longest block of text that is compared, in characters.
const MAX_BLOCK_CHARS: usize = 4000;

/// Fewest letters of a block that a player can stand beside.
const MIN_BLOCK_LETTERS: usize = 12;

/// Addresses of frames that play something; all else in a frame is a form, an advertisement
/// or a counter.
static PLAYS: LazyLock<Regex> = LazyLock::new(|| {
    let pattern = r"(?i)youtube|youtu\.be|vimeo|dailymotion|bilibili|youku|v\.qq\.com|iqiyi|tudou|ixigua|miaopai|rutube|vk\.com/video|ok\.ru/video|soundcloud|spotify|brightcove|jwplayer|kaltura|arte\.tv|facebook\.com/plugins/video|[/._-](?:player|embed|video|vod|audio|podcast)(?:[/._?-]|$)|\.(?:mp4|m3u8|webm|mp3|m4a)(?:\?|$)";
    Regex::new(pattern).expect("a constant pattern")
});

/// Player, and the letters of the blocks of text beside it.
pub(in crate::source::page) struct Player {
    markup: String,
    before: Option<String>,
    behind: Option<String>,
}

/// Lists the players of a page.
pub(in crate::source::page) fn of(dom: &Dom) -> Vec<Player> {
    let root = dom.root();
    let mut players: Vec<Player> = Vec::new();
    if !root.descendants_it().any(|node| is_player(&node)) {
        return players;
    }
    let mut last: Option<String> = None;
    for node in root.descendants_it() {
        if is_player(&node) {
            let is_inner = node.ancestors_it(None).any(|outer| is_player(&outer));
            if !is_inner && players.len() < MAX_PLAYERS {
                players.push(Player {
                    markup: node.html().to_string(),
                    before: last.clone(),
                    behind: None,
                });
            }
        } else if let Some(block) = block(&node) {
            let open = players.iter_mut().filter(|player| player.behind.is_none());
            open.for_each(|player| player.behind = Some(block.clone()));
            last = Some(block);
        }
    }
    players
}

/// Puts the players back that stood beside a block of text that is left below `root`.
pub(in crate::source::page) fn put_back(root: &NodeRef<'_>, players: &[Player]) {
    if players.is_empty() {
        return;
    }
    let mut blocks: HashMap<String, NodeRef<'_>> = HashMap::new();
    for node in root.descendants() {
        if let Some(block) = block(&node) {
            blocks.entry(block).or_insert(node);
        }
    }
    let at = |block: &Option<String>| blocks.get(block.as_deref()?);
    // One that is put behind a block stands before those that were put there already.
    for player in players.iter().rev() {
        if let Some(block) = at(&player.before) {
            block.after_html(player.markup.as_str());
        }
    }
    for player in players.iter().filter(|player| at(&player.before).is_none()) {
        if let Some(block) = at(&player.behind) {
            block.before_html(player.markup.as_str());
        }
    }
}

/// Returns the letters of an element that is a block of text.
fn block(node: &NodeRef<'_>) -> Option<String> {
    let is_block = matches!(
        node.node_name().as_deref(),
        Some("p" | "h2" | "h3" | "h4" | "blockquote" | "li" | "figcaption" | "pre")
    );
    let is_leaf = || {
        let is_div = node.has_name("div") || node.has_name("section") || node.has_name("td");
        is_div
            && node
                .children_it(false)
                .all(|below| !below.is_element() || below.has_name("br"))
    };
    if !is_block && !is_leaf() {
        return None;
    }
    let text = letters(&lines::short_text(node, MAX_BLOCK_CHARS)?);
    (text.chars().count() >= MIN_BLOCK_LETTERS).then_some(text)
}

/// Whether an element plays a film or sound of the page.
fn is_player(node: &NodeRef<'_>) -> bool {
    let plays = |name: &str| node.attr(name).is_some_and(|value| PLAYS.is_match(&value));
    match node
        .qual_name_ref()
        .map(|name| name.local.clone())
        .as_deref()
    {
        Some("video" | "audio" | "embed") => true,
        Some("object") => {
            let is_film = |below: NodeRef<'_>| below.has_name("embed") || below.has_name("param");
            node.descendants_it().any(is_film)
        }
        Some("iframe") => plays("src") || plays("data-src") || plays("data-lazy-src"),
        _ => false,
    }
}
