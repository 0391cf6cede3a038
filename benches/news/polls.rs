//! Polls as the program writes them: items, the whole state of the source, and the seen set of
//! its last document, by the same functions that `poll` calls.

use std::sync::Arc;
use std::time::Duration;

use gazetted::config::{Config, Source};
use gazetted::ingest::anomaly::drift;
use gazetted::ingest::identity::{Flood, Guids, next_roll};
use gazetted::ingest::outcome::{DocumentOutcome, HostContext, Outcome, next_state};
use gazetted::model::{
    Commit, ExtractionCounts, PollHints, SeenEntries, SeenEntry, SourceState, Upsert, Validators,
    WebUrl,
};
use gazetted::text::fingerprint;
use jiff::Timestamp;

use super::{SOURCES, source, upserts};

/// Entries of a document, more if one poll brings more.
const WINDOW: usize = 50;

/// Sources that take turns, and what is known of each.
pub(crate) struct Polls {
    config: Config,
    per_poll: u64,
    sources: Vec<Past>,
    /// Polls so far that brought news, and that did not.
    n_news: u64,
    n_unchanged: u64,
}

/// A source and what its last poll left.
struct Past {
    source: Arc<Source>,
    state: SourceState,
    /// Entries of the last document, the newest last.
    document: Vec<SeenEntry>,
    seen: SeenEntries,
}

impl Polls {
    /// Polls that bring `per_poll` new items each.
    pub(crate) fn new(per_poll: u64) -> Polls {
        let names = (0..SOURCES).map(source);
        let tables = names.map(|id| {
            let host = id.as_str().replace('/', ".");
            format!("[[source]]\nid = \"{id}\"\nurl = \"https://{host}.example/feed\"\n")
        });
        let config = Config::parse("feeds.toml", &tables.collect::<String>()).unwrap();
        let past = |number| Past {
            source: Arc::clone(&config.sources[&source(number)]),
            state: SourceState::default(),
            document: Vec::new(),
            seen: SeenEntries::default(),
        };
        Polls {
            sources: (0..SOURCES).map(past).collect(),
            config,
            per_poll,
            n_news: 0,
            n_unchanged: 0,
        }
    }

    /// The next poll that brings news: its items move those of the polls before out of the document.
    pub(crate) fn news(&mut self, at: Timestamp) -> Commit {
        let nth = self.n_news;
        self.n_news += 1;
        let upserts = upserts(nth, self.per_poll, at);
        let past = &mut self.sources[(nth % SOURCES) as usize];
        let n_known = past.document.len();
        past.document.extend(upserts.iter().map(entry));
        let n_gone = past
            .document
            .len()
            .saturating_sub(WINDOW.max(upserts.len()));
        past.document.drain(..n_gone);
        let guids = Guids {
            n_kept: n_known.saturating_sub(n_gone),
            ..Guids::default()
        };
        let document = past.document.clone();
        past.seen = next_roll(&past.seen, document, &guids, &Flood::None, false);
        let read = read(past, upserts.len(), nth, at);
        past.go_on(&self.config, &read, at);
        Commit {
            upserts,
            roll: Some(past.seen.clone()),
            ..Commit::of_poll(past.source.id.clone(), at, past.state.clone())
        }
    }

    /// The next poll that is answered by 304.
    pub(crate) fn unchanged(&mut self, at: Timestamp) -> Commit {
        let past = &mut self.sources[(self.n_unchanged % SOURCES) as usize];
        self.n_unchanged += 1;
        let outcome = Outcome::Unchanged {
            validators: past.state.validators.clone(),
            fresh_for: Some(Duration::from_secs(300)),
            moved: None,
        };
        past.go_on(&self.config, &outcome, at);
        Commit::of_poll(past.source.id.clone(), at, past.state.clone())
    }
}

impl Past {
    /// Computes the state after a poll.
    fn go_on(&mut self, config: &Config, outcome: &Outcome, at: Timestamp) {
        let place = HostContext {
            rule: &config.host(&self.source.url.host()),
            note: self.state.host,
            is_outage: false,
        };
        self.state = next_state(&self.source, &self.state, outcome, &place, at);
        self.state.address = Some([192, 0, 2, 7].into());
    }
}

/// What a poll says of a document of which `n_new` entries are new.
fn read(past: &Past, n_new: usize, nth: u64, at: Timestamp) -> Outcome {
    let n_entries = u32::try_from(past.document.len()).unwrap();
    let counts = ExtractionCounts {
        containers: 1,
        items: n_entries,
        titles: n_entries,
        links: n_entries,
        dates: n_entries,
    };
    Outcome::Read(Box::new(DocumentOutcome {
        validators: Some(Validators {
            url: past.source.url.clone(),
            etag: Some(format!("\"{:032x}\"", nth * 7_919).into_bytes()),
            last_modified: Some(at.strftime("%a, %d %b %Y %T GMT").to_string().into_bytes()),
            since: at,
        }),
        body_hash: Some(nth),
        title: Some(format!("第 {} 号日报：山东新闻", nth % SOURCES)),
        site: WebUrl::parse(&format!("https://{}/", past.source.url.host())),
        language: Some("zh-CN".to_owned()),
        entries: past.document.len(),
        n_held: past.document.len() - n_new,
        is_delta: false,
        moved: None,
        replaced: 0,
        repaired: Vec::new(),
        is_complete: true,
        unread: Vec::new(),
        wishes: PollHints {
            ttl: Some(Duration::from_secs(900)),
            ..PollHints::default()
        },
        fresh_for: Some(Duration::from_secs(300)),
        arrivals: vec![at; n_new],
        n_new: u32::try_from(n_new).unwrap(),
        offer: None,
        counts,
        verdict: drift::judge(&past.source, &past.state.baseline, &counts, at),
        unmatched: None,
        n_articles: 0,
    }))
}

/// What an item is known by at the next poll.
fn entry(upsert: &Upsert) -> SeenEntry {
    let item = &upsert.item;
    let hash = |text: Option<&str>| text.map(fingerprint::hash);
    SeenEntry {
        item: item.id,
        guid: hash(item.guid.as_deref()),
        link: hash(item.url.as_ref().map(|url| url.to_string()).as_deref()),
        title: hash(Some(&item.title)),
        date: item.published.map(Timestamp::as_second),
        text: hash(item.content.as_ref().map(|content| content.as_str())),
        edits: 0,
    }
}
