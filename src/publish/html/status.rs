//! Status page of the sources: a summary, and a line for each.

use std::collections::BTreeMap;

use askama::Template;
use jiff::Timestamp;

use super::document;
use super::shell::{Shell, href};
use super::when::When;
use super::words::Words;
use crate::config::Source;
use crate::model::{
    ArrivalHistogram, ChannelId, FailureKind, Health, HealthKind, HubState, SourceId, SourceState,
};
use crate::publish::{Address, Selection, Site};

/// Sources on a page: one takes about a kilobyte.
const PAGE_SOURCES: usize = 50;

/// Hours of a day.
const DAY_HOURS: usize = 24;

/// Sum of the counts of news that come once a week, after many weeks; see [`ArrivalHistogram`].
const ONCE_A_WEEK: f32 = 16.0 * 8.0;

/// Height of a bar of the sparkline, in its own units.
const BAR_HEIGHT: f32 = 16.0;

/// Reason that decides when a source is polled next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PollReason {
    /// Habits of the source.
    Own,
    /// Nothing new for long.
    Quiet,
    /// Failures in a row.
    Failures,
    /// `Retry-After`.
    RetryAfter,
    /// HTTP freshness.
    Fresh,
    /// Period that the feed tells.
    Feed,
    /// Hours or days that the feed tells.
    Skip,
    /// Host of the source, which wants to be left alone.
    Host,
    /// Nothing: it was never polled.
    New,
    /// Word of an admin.
    Paused,
    /// The configuration, or the source itself: it is not polled any more.
    Never,
}

impl PollReason {
    fn text(self, words: &Words) -> &'static str {
        match self {
            PollReason::Own => words.why_own,
            PollReason::Quiet => words.why_quiet,
            PollReason::Failures => words.why_failures,
            PollReason::RetryAfter => words.why_retry,
            PollReason::Fresh => words.why_fresh,
            PollReason::Feed => words.why_feed,
            PollReason::Skip => words.why_skip,
            PollReason::Host => words.why_host,
            PollReason::New => words.why_new,
            PollReason::Paused => words.why_paused,
            PollReason::Never => "",
        }
    }
}

/// Names a kind of failure.
fn trouble(kind: FailureKind, words: &Words) -> &'static str {
    match kind {
        FailureKind::Network => words.trouble_network,
        FailureKind::Denied => words.trouble_denied,
        FailureKind::NotFound => words.trouble_not_found,
        FailureKind::Gone => words.trouble_gone,
        FailureKind::Throttled => words.trouble_throttled,
        FailureKind::Server => words.trouble_server,
        FailureKind::Content => words.trouble_content,
        FailureKind::Own => words.trouble_own,
    }
}

/// Health of a source as it is counted and shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ShownHealth {
    Good,
    Failing,
    HeldBack,
    Unknown,
    /// Not polled, by the word of an admin.
    Off,
}

impl ShownHealth {
    /// All of them, in the order of the summary.
    const ALL: [ShownHealth; 5] = [
        ShownHealth::Good,
        ShownHealth::Failing,
        ShownHealth::HeldBack,
        ShownHealth::Unknown,
        ShownHealth::Off,
    ];

    fn of(source: &Source, health: HealthKind) -> ShownHealth {
        match health {
            _ if !source.is_polled() => ShownHealth::Off,
            HealthKind::Unknown => ShownHealth::Unknown,
            HealthKind::Good => ShownHealth::Good,
            HealthKind::HeldBack => ShownHealth::HeldBack,
            HealthKind::Failing => ShownHealth::Failing,
        }
    }

    /// Class for the style sheet.
    fn class(self) -> &'static str {
        match self {
            ShownHealth::Good => "good",
            ShownHealth::Failing => "failing",
            ShownHealth::HeldBack => "held",
            ShownHealth::Unknown => "unknown",
            ShownHealth::Off => "off",
        }
    }

    /// Word for one source.
    fn word(self, words: &Words) -> &'static str {
        match self {
            ShownHealth::Good => words.good,
            ShownHealth::Failing => words.failing,
            ShownHealth::HeldBack => words.sources_held,
            ShownHealth::Unknown => words.unknown,
            ShownHealth::Off => words.switched_off,
        }
    }

    /// Word for all such sources.
    fn label(self, words: &Words) -> &'static str {
        match self {
            ShownHealth::Good => words.sources_good,
            ShownHealth::Failing => words.sources_failing,
            ShownHealth::HeldBack => words.sources_held,
            ShownHealth::Unknown => words.unknown,
            ShownHealth::Off => words.sources_off,
        }
    }
}

/// Page of the sources, 50 of them, those in trouble first: failing, then held back, then others.
#[derive(Debug)]
pub struct SourcePage<'a> {
    /// Numbers of all sources, in the order of [`ShownHealth::ALL`].
    tally: [usize; ShownHealth::ALL.len()],
    shown: Vec<&'a Source>,
    /// Number of the first source of the page, from 0.
    start: usize,
    n_all: usize,
}

impl<'a> SourcePage<'a> {
    /// Finds the sources of the page that begins with number `start`, out of all.
    #[must_use]
    pub fn of(
        all: impl IntoIterator<Item = (&'a Source, HealthKind)>,
        start: usize,
    ) -> SourcePage<'a> {
        let mut tally = [0; ShownHealth::ALL.len()];
        let (mut sources, mut held, mut others) = (Vec::new(), Vec::new(), Vec::new());
        for (source, health) in all {
            let health = ShownHealth::of(source, health);
            tally[health as usize] += 1;
            match health {
                ShownHealth::Failing => sources.push(source),
                ShownHealth::HeldBack => held.push(source),
                _ => others.push(source),
            }
        }
        sources.append(&mut held);
        sources.append(&mut others);
        let n_all = sources.len();
        SourcePage {
            tally,
            shown: sources.into_iter().skip(start).take(PAGE_SOURCES).collect(),
            start,
            n_all,
        }
    }

    /// Borrows the sources of the page, in its order.
    #[must_use]
    pub fn shown(&self) -> &[&'a Source] {
        &self.shown
    }
}

/// State of everything, to be shown.
pub struct StatusView<'a> {
    /// Sources of the page.
    pub sources: &'a SourcePage<'a>,
    /// State of each source of the page that was polled.
    pub states: &'a BTreeMap<SourceId, SourceState>,
    /// Hub of each source of the page that has one.
    pub subscriptions: BTreeMap<SourceId, HubState>,
    /// Finds the next poll of a source, and the reason why it is no sooner.
    pub next: &'a dyn Fn(&Source) -> (Option<Timestamp>, PollReason),
    /// Number of stories in the store; `None` while it cannot be read.
    pub stories: Option<u64>,
    /// Reason why commits are not written.
    pub trouble: Option<String>,
    /// Reason why the feeds.toml read last is not in force.
    pub refused: Option<String>,
}

#[derive(Template)]
#[template(path = "status.html")]
struct StatusPage<'a> {
    shell: Shell<'a>,
    /// Counts: class, label, number.
    tally: Vec<(&'static str, &'static str, usize)>,
    stories: Option<String>,
    version: &'static str,
    trouble: Option<&'a str>,
    refused: Option<&'a str>,
    rows: Vec<Row<'a>>,
    /// Address of the first page, on others.
    first: Option<String>,
    next: Option<String>,
}

struct Row<'a> {
    id: &'a str,
    title: &'a str,
    href: String,
    /// Class for the style sheet: `good`, `failing`, `held`, `unknown`, `off`.
    class: &'static str,
    health: &'static str,
    /// Kind of failure; empty without one.
    trouble: &'static str,
    /// Message of the failure, English.
    message: &'a str,
    push: Option<PushStatus>,
    /// Rules that would find the list of its page, as lines of TOML; empty if those in force do.
    repair: String,
    /// Address at which the source says it is to be found for good.
    moved_to: Option<&'a str>,
    last: Option<When>,
    news: Option<When>,
    next: Option<When>,
    why: &'static str,
    /// News by day of the week: bars as place, top and height; empty where nothing is known.
    bars: Vec<(usize, f32, f32)>,
    /// News a week.
    weekly: String,
}

/// Hub whose lease is running, and its end.
struct PushStatus {
    hub: String,
    until: When,
}

/// Renders a page of the state of the configured sources.
#[must_use]
pub fn render(site: &Site<'_>, view: &StatusView<'_>) -> Vec<u8> {
    let words = site.words(&site.config.server.language);
    let mut shell = Shell::new(site, None, words.status);
    shell.is_indexed = false;
    let SourcePage { tally, shown, .. } = view.sources;
    let tally = ShownHealth::ALL.into_iter().zip(*tally);
    let (start, n_all) = (view.sources.start, view.sources.n_all);
    let page = href(site.public_url, &Address::Status);
    let behind = start.saturating_add(PAGE_SOURCES);
    document(&StatusPage {
        tally: tally
            .map(|(health, n)| (health.class(), health.label(words), n))
            .collect(),
        stories: view
            .stories
            .map(|n| words.stories_held.replace("{}", &n.to_string())),
        version: env!("CARGO_PKG_VERSION"),
        trouble: view.trouble.as_deref(),
        refused: view.refused.as_deref(),
        rows: shown
            .iter()
            .map(|source| row(site, words, source, view))
            .collect(),
        next: (behind < n_all).then(|| format!("{page}?start={behind}")),
        first: (start > 0).then_some(page),
        shell,
    })
}

fn row<'a>(
    site: &Site<'a>,
    words: &'static Words,
    source: &'a Source,
    view: &'a StatusView<'_>,
) -> Row<'a> {
    let zone = site.zone(&ChannelId::root());
    let when = |at: Option<Timestamp>| at.map(|at| When::of(at, &zone, words));
    let state = view.states.get(&source.id);
    let kind = state.map(|state| state.health.kind()).unwrap_or_default();
    let health = ShownHealth::of(source, kind);
    let message = match state.map(|state| &state.health) {
        Some(Health::Failing { message, .. }) if source.is_polled() => message.as_str(),
        _ => "",
    };
    let subscription = view.subscriptions.get(&source.id);
    let contract = subscription.and_then(|subscription| subscription.contract.as_ref());
    let push = contract.and_then(|contract| {
        Some(PushStatus {
            hub: contract.hub.host(),
            until: When::of(contract.lease?.until, &zone, words),
        })
    });
    let (due, why) = (view.next)(source);
    let (bars, weekly) = state.map(|state| bars(&state.rhythm)).unwrap_or_default();
    Row {
        id: source.id.as_str(),
        title: site.source_title(&source.id),
        href: href(
            site.public_url,
            &Address::Selection(Selection::Source(&source.id)),
        ),
        class: health.class(),
        health: health.word(words),
        trouble: match health {
            ShownHealth::Failing => state
                .and_then(|state| state.trouble)
                .map_or("", |kind| trouble(kind, words)),
            _ => "",
        },
        message,
        push,
        repair: state
            .and_then(|state| state.repair.as_ref())
            .map(|repair| repair.toml().join("\n"))
            .unwrap_or_default(),
        moved_to: state
            .and_then(|state| state.moved.as_ref())
            .map(|moved| moved.to.as_str()),
        last: when(state.and_then(|state| state.polled)),
        news: when(state.and_then(|state| state.news)),
        next: when(due.filter(|_| source.is_polled())),
        why: why.text(words),
        bars,
        weekly,
    }
}

/// Draws news by day of the week, Monday first, and tells how many come in a week.
fn bars(rhythm: &ArrivalHistogram) -> (Vec<(usize, f32, f32)>, String) {
    let days: Vec<f32> = rhythm
        .counts
        .chunks(DAY_HOURS)
        .map(|day| day.iter().map(|count| f32::from(*count)).sum())
        .collect();
    let most = days.iter().copied().fold(0.0, f32::max);
    if most <= 0.0 {
        return (Vec::new(), String::new());
    }
    let bar = |(nth, day): (usize, &f32)| {
        let height = (day / most * BAR_HEIGHT).max(1.0);
        (nth * 5, BAR_HEIGHT - height, height)
    };
    let weekly = days.iter().sum::<f32>() / ONCE_A_WEEK;
    let weekly = match weekly < 10.0 {
        true => format!("{weekly:.1}"),
        false => format!("{weekly:.0}"),
    };
    (days.iter().enumerate().map(bar).collect(), weekly)
}
