//! Documents that are no news of their source: what a mirror, a pay wall or a host
//! says to feed readers in the shape of a feed.
//!
//! Some answer with another feed altogether: another title, and a single entry, or
//! entries of other sites; or the old title, and a single entry that leads to no article.
//! Others put one entry among the news. Neither is passed on, and what the source is called
//! stays as it was. A document that stays so for `MAX_HELD_FOR` is what the source is now.
//!
//! A document of one entry is told by what that is, in whatever language; an entry among news by its
//! words only, and only by words that nobody else needs: a feed is named, and said to be gone.

use std::collections::HashSet;

use jiff::{SignedDuration, Timestamp};

use crate::ingest::identity::IdentifiedEntry;
use crate::model::{Draft, FailureKind, Health, SeenEntries, SourceState, StoredItem};
use crate::source::About;
use crate::text::{fingerprint, site};

/// Time for which another feed is held in place of a known one.
const MAX_HELD_FOR: SignedDuration = SignedDuration::from_hours(72);

/// Entries of a known feed from which on one or two are a remarkable rest.
const MIN_KNOWN_ENTRIES: u32 = 4;

/// Entries that a notice has at most.
const MAX_NOTICE_ENTRIES: usize = 2;

/// Pages that entries of a source lead to from which on each has one of its own.
const MIN_PAGES: usize = 3;

/// Bytes of a headline that says nothing but that.
const MAX_PHRASE_TITLE: usize = 120;

/// Words that only feeds say, to those who read them; folded.
const PHRASES: [&str; 11] = [
    "readernotyetwhitelisted",
    "readernotwhitelisted",
    "feedreadernotsupported",
    "feedhasmoved",
    "feedhasbeenmoved",
    "feedhasbeendiscontinued",
    "feedisnolongeravailable",
    "feedisnolongersupported",
    "feednolongeravailable",
    "updateyourfeed",
    "updateyoursubscription",
];

/// Names of a feed that speaks of itself; folded. A bare `feed` is food for cattle as well, a
/// bare `RSS` a party.
const SELF: [&str; 24] = [
    "rssfeed",
    "rssreader",
    "rssurl",
    "rssaddress",
    "yourrss",
    "atomfeed",
    "thisfeed",
    "dieserfeed",
    "unserfeed",
    "feedist",
    "feedwurde",
    "feedwird",
    "rsskanal",
    "fluxrss",
    "canalrss",
    "feedrss",
    "estefeed",
    "questofeed",
    "dezefeed",
    "rss订阅",
    "订阅源",
    "订阅地址",
    "rssフィード",
    "rss피드",
];

/// Beginnings of words for what befalls a feed: moved, ended, replaced; folded.
const FATES: [&str; 41] = [
    "moved",
    "relocated",
    "discontinued",
    "retired",
    "deprecated",
    "nolonger",
    "hasended",
    "newaddress",
    "newurl",
    "changedaddress",
    "whitelist",
    "notsupported",
    "shutdown",
    "updateyour",
    "umgezogen",
    "eingestellt",
    "nichtmehr",
    "abgeschaltet",
    "neueadresse",
    "déménagé",
    "déplacé",
    "nouvelleadresse",
    "plusdisponible",
    "supprimé",
    "cambiado",
    "trasladado",
    "movido",
    "nuevadirección",
    "yanoestá",
    "trasferit",
    "spostato",
    "nuovoindirizzo",
    "verhuisd",
    "nietmeer",
    "迁移",
    "失效",
    "更换",
    "停止",
    "移転",
    "終了",
    "переехал",
];

/// Headlines that say no more than that, but for the name of the paper.
const BARE: [&str; 3] = [
    "accessdenied",
    "subscribetoread",
    "subscribetocontinuereading",
];

/// Whether an entry speaks to feed readers and not to people.
#[must_use]
pub fn is_notice(draft: &Draft) -> bool {
    let title = draft.title.as_deref().unwrap_or_default();
    if title.len() > MAX_PHRASE_TITLE {
        return false;
    }
    let folded = fingerprint::fold(title);
    // `Subscribe to read | Paper`, and not a headline that goes on.
    let first = title.split(['|', '-', '–', '!', '.', ':']).next();
    let first = fingerprint::fold(first.unwrap_or_default());
    let has = |words: &[&str]| words.iter().any(|word| folded.contains(word));
    let is_said = has(&PHRASES) || has(&SELF) && has(&FATES);
    is_said || BARE.contains(&&*first)
}

/// Returns the title of a document that is another feed than the one that is known, if it is.
#[must_use]
pub fn stranger(
    about: &About,
    before: &SourceState,
    roll: &SeenEntries,
    entries: &[IdentifiedEntry],
    held: &[Option<StoredItem>],
) -> Option<String> {
    let was = before.title.as_deref();
    let is = about.title.as_deref();
    let is_known = entries.iter().zip(held);
    let has_known = is_known.into_iter().any(|(entry, held)| {
        // One that was held back is on no roll and in no store.
        entry.was.is_some() || held.is_some()
    });
    if roll.known.is_empty() || entries.is_empty() || has_known {
        return None;
    }
    let is_rest = entries.len() <= MAX_NOTICE_ENTRIES && before.entries >= MIN_KNOWN_ENTRIES;
    let said = entries[0].draft.title.as_deref().or(is);
    if is_rest
        && has_pages(roll)
        && entries
            .iter()
            .all(|entry| leads_nowhere(&entry.draft, about, before))
    {
        return said.map(str::to_owned);
    }
    let (was, is) = (was?, is?);
    if share_words(was, is) {
        return None;
    }
    let home = before.site.as_ref().map(|home| home.host());
    let is_elsewhere = |entry: &IdentifiedEntry| {
        let host = entry.draft.link.as_ref().map(|link| link.host());
        let hosts = host.as_deref().zip(home.as_deref());
        hosts.is_some_and(|(host, home)| site::of(host) != site::of(home))
    };
    let is_of_others = entries.iter().all(is_elsewhere);
    (is_rest || is_of_others).then(|| is.to_owned())
}

/// Whether the entries of a source have pages of their own.
fn has_pages(roll: &SeenEntries) -> bool {
    let links = roll.known.iter().filter_map(|known| known.link);
    let links: HashSet<u64> = links.collect();
    links.len() >= MIN_PAGES
}

/// Whether an entry leads to no article: to the home page, the feed itself, or nothing.
fn leads_nowhere(draft: &Draft, about: &About, before: &SourceState) -> bool {
    let Some(link) = &draft.link else {
        return true;
    };
    let url = link.to_url();
    let is_home = url.path() == "/" && url.query().is_none();
    let others = [&about.link, &before.site, &before.asked];
    is_home || others.into_iter().flatten().any(|other| other == link)
}

/// Whether a document that is another feed has to wait: the source was itself not
/// long ago.
#[must_use]
pub fn is_fresh(before: &SourceState, now: Timestamp) -> bool {
    let last = before.succeeded;
    last.is_some_and(|last| now.duration_since(last) < MAX_HELD_FOR)
}

/// Says in the state that the document was none of the source, and keeps what is
/// known of that.
pub fn mark(state: &mut SourceState, before: &SourceState, notice: &str) {
    state.validators = None;
    state.body_hash = None;
    state.title.clone_from(&before.title);
    state.site.clone_from(&before.site);
    state.language.clone_from(&before.language);
    state.entries = before.entries;
    state.succeeded = before.succeeded;
    state.trouble = Some(FailureKind::Content);
    state.health = Health::Failing {
        code: "notice".to_owned(),
        message: format!(
            "the document is no news of this source but says `{notice}`: held back; look at its \
             address, the source may have moved or want another reader"
        ),
    };
}

/// Whether two titles have a word in common, or a pair of ideographs.
fn share_words(one: &str, other: &str) -> bool {
    let (one, other) = (words(one), words(other));
    one.is_empty() || other.is_empty() || !one.is_disjoint(&other)
}

fn words(title: &str) -> HashSet<String> {
    let mut words = HashSet::new();
    for word in title.split(|c: char| !c.is_alphanumeric()) {
        let folded: Vec<char> = fingerprint::fold(word).chars().collect();
        match folded.iter().any(|c| *c >= '\u{2e80}') {
            true => words.extend(
                folded
                    .windows(2)
                    .map(|pair| pair.iter().collect::<String>()),
            ),
            false if folded.len() > 3 => {
                words.insert(folded.iter().collect());
            }
            false => {}
        }
    }
    for common in ["feed", "news", "latest", "headlines"] {
        words.remove(common);
    }
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(title: &str, want: bool) {
        let draft = Draft {
            title: Some(title.to_owned()),
            ..Draft::default()
        };
        assert_eq!(is_notice(&draft), want, "{title}");
    }

    #[test]
    fn what_is_said_to_readers_is_no_news() {
        check("RSS reader not yet whitelisted!", true);
        check("This feed has moved", true);
        check(
            "Our RSS feed has been moved, please update your feed URL",
            true,
        );
        check("Subscribe to read | Harbour Post", true);
        check("Dieser Feed ist umgezogen", true);
        check("RSS-Feed eingestellt", true);
        check("Ce flux RSS a été supprimé", true);
        check("Este feed se ha trasladado", true);
        check("Questo feed è stato spostato", true);
        check("Deze feed is verhuisd", true);
        check("このRSSフィードは終了しました", true);
        check("【通知】本站RSS订阅源已失效", true);
    }

    #[test]
    fn news_about_such_things_are_news() {
        check("Council discusses access denied to the harbour", false);
        check("Readers subscribe to read more papers", false);
        check("Town library has moved", false);
        check("Feed for cattle becomes dearer", false);
        check("Feed mill moved to the harbour", false);
        check("Stadtarchiv ist umgezogen", false);
        check("市图书馆停止借阅", false);
    }

    #[test]
    fn titles_that_have_nothing_in_common() {
        assert!(!share_words(
            "Town / mirror",
            "RSS reader not yet whitelisted!"
        ));
        assert!(share_words("济南日报 要闻", "济南日报数字版"));
        assert!(share_words("Harbour Post", "The Harbour Post - News"));
        assert!(share_words("", "x"));
    }
}
