//! Embedded films, sound and objects, which leave a link and a poster.
//!
//! Nothing that plays by itself reaches readers. What an element would have
//! played is found in its attributes and in what stands in it; its words for old
//! browsers are no text of the article.

use url::Url;

use super::attribute::{self, Values};
use super::entities;
use super::token::{HtmlToken, HtmlTokens, Tag};
use crate::text::plain;

/// Elements that play something.
const NAMES: [&str; 7] = [
    "iframe",
    "audio",
    "video",
    "object",
    "embed",
    "amp-video",
    "amp-iframe",
];

/// Attributes that hold the address of what is played, the surest first.
const ADDRESSES: [&str; 5] = ["src", "data", "data-src", "data-lazy-src", "data-url"];

/// Frames that show nothing to anybody.
const INVISIBLE: [&str; 4] = [
    "//www.googletagmanager.com/",
    "//www.facebook.com/plugins/like",
    "//platform.twitter.com/widgets/tweet_button",
    "//tpc.googlesyndication.com/",
];

/// Bytes of a label.
const MAX_LABEL: usize = 200;

/// Stand-in that readers get in place of a player.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Player {
    /// Address of the film, the sound, the page.
    pub(super) href: Option<Url>,
    /// Words for the link.
    pub(super) label: String,
    /// Picture for the link.
    pub(super) poster: Option<Url>,
}

/// Whether an element plays something.
pub(super) fn is_player(name: &str) -> bool {
    NAMES.iter().any(|known| known.eq_ignore_ascii_case(name))
}

/// Reads the player that begins with `tag`, and what stands in it if it ends; `endless` are names of
/// which no end tag follows.
///
/// `None`, and nothing taken from `tokens`, if there is neither an address nor a picture to show: what
/// stands in it is text for readers then.
pub(super) fn read<'a>(
    tag: &Tag<'a>,
    tokens: &mut HtmlTokens<'a>,
    endless: &mut Vec<&'static str>,
    base: Option<&Url>,
) -> Option<Player> {
    let name = NAMES
        .iter()
        .find(|known| known.eq_ignore_ascii_case(tag.name))?;
    let outer = Values(tag.attributes().collect());
    let before = tokens.clone();
    let mut inner = Inner::default();
    if *name == "iframe" {
        // Not markup but raw text.
        if !endless.contains(name) && !tokens.skip_raw(name) {
            endless.push(name);
        }
    } else if *name != "embed" && !endless.contains(name) {
        match Inner::read(name, tokens, base) {
            Some((found, rest)) => (inner, *tokens) = (found, rest),
            None => endless.push(name),
        }
    }
    let is_hidden = outer.is_pixel() && !matches!(*name, "audio" | "object");
    let own = ADDRESSES
        .iter()
        .find_map(|name| public(outer.value(name)?, base));
    let href = own.or(inner.address).filter(|url| {
        let is_invisible = INVISIBLE.iter().any(|known| url.as_str().contains(known));
        !is_hidden && !is_invisible && !is_home(url)
    });
    let poster = outer.value("poster").and_then(|value| public(value, base));
    let poster = poster.or(inner.picture);
    if href.is_none() && poster.is_none() {
        // In these it says that the browser cannot play them.
        if !matches!(*name, "audio" | "video") {
            *tokens = before;
        }
        return None;
    }
    let title = ["title", "aria-label"]
        .iter()
        .find_map(|name| outer.value(name));
    let title = title.map(|title| plain::line(&entities::decode(title), MAX_LABEL));
    let host = || href.as_ref().and_then(Url::host_str).unwrap_or_default();
    let label = title.filter(|title| !title.is_empty());
    let label = label.unwrap_or_else(|| host().trim_start_matches("www.").to_owned());
    Some(Player {
        label: format!("▶ {label}").trim_end().to_owned(),
        poster,
        href,
    })
}

/// Returns the largest picture that a `source` names.
pub(super) fn source(tag: &Tag<'_>, base: Option<&Url>) -> Option<Url> {
    Values(tag.attributes().collect())
        .address(base)
        .filter(|url| !attribute::is_counter(url))
}

/// Whether an address is that of a whole site: a film, a sound or an article has a path or a query.
fn is_home(url: &Url) -> bool {
    url.path() == "/" && url.query().is_none()
}

/// Returns an address that anybody can reach.
fn public(value: &str, base: Option<&Url>) -> Option<Url> {
    let url = super::address::resolve(value, base)?;
    (!super::address::is_private(&url) && !attribute::is_counter(&url)).then_some(url)
}

/// Contents of a player.
#[derive(Default)]
struct Inner {
    address: Option<Url>,
    picture: Option<Url>,
}

impl Inner {
    /// Reads on to the end tag `name`; `None` if there is none.
    fn read<'a>(
        name: &str,
        tokens: &HtmlTokens<'a>,
        base: Option<&Url>,
    ) -> Option<(Inner, HtmlTokens<'a>)> {
        let mut inner = Inner::default();
        let mut tokens = tokens.clone();
        while let Some(token) = tokens.next() {
            match token {
                HtmlToken::Close(end) if end.eq_ignore_ascii_case(name) => {
                    return Some((inner, tokens));
                }
                HtmlToken::Open(tag) => inner.take(&tag, base),
                HtmlToken::Close(_) | HtmlToken::Text(_) => {}
            }
        }
        None
    }

    fn take(&mut self, tag: &Tag<'_>, base: Option<&Url>) {
        let values = Values(tag.attributes().collect());
        let is = |name: &str| tag.name.eq_ignore_ascii_case(name);
        let is_address = |name: &str| {
            let known = ["movie", "src", "url", "filename"];
            known
                .iter()
                .any(|one| one.eq_ignore_ascii_case(name.trim()))
        };
        let address = if is("source") || is("embed") || is("iframe") {
            values.value("src")
        } else if is("param") && values.value("name").is_some_and(is_address) {
            values.value("value")
        } else {
            None
        };
        if self.address.is_none() {
            self.address = address.and_then(|value| public(value, base));
        }
        if is("img") && self.picture.is_none() {
            self.picture = values.value("src").and_then(|value| public(value, base));
        }
    }
}
