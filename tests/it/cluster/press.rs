//! Papers that bring news all the time, and keep an account of who asked them when.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use gazetted::clock;
use jiff::fmt::rfc2822;
use jiff::{SignedDuration, Timestamp};

use crate::world::{Origin, Reply, source};

/// Papers; more than nodes, so that each node has some to poll.
const PAPERS: u8 = 6;

/// Sections of each paper, each a feed.
const SECTIONS: [&str; 2] = ["one", "two"];

/// Time between two entries of a section.
const EVERY: Duration = Duration::from_secs(2);

/// Least time between the starts of two requests to a paper, as configured.
pub(super) const SPACING: Duration = Duration::from_secs(2);

/// Time by which a request may come later than it was sent, on a machine with more to do.
const DELAY: Duration = Duration::from_millis(250);

/// One in so many entries is a text of an agency, which all papers carry.
const SHARED: usize = 5;

/// All papers, each a site of its own.
pub(super) struct Press {
    growth: Arc<Growth>,
    papers: Vec<Origin>,
}

/// Entries of every section, as time goes by.
struct Growth {
    began: Instant,
    from: Timestamp,
    /// Number of entries once there are no more to come.
    end: Mutex<Option<usize>>,
}

impl Growth {
    fn n_entries(&self) -> usize {
        let grown = self.began.elapsed().as_millis() / EVERY.as_millis() + 1;
        let end = *self.end.lock().unwrap();
        end.unwrap_or(usize::try_from(grown).unwrap())
    }

    /// The feed of a section, newest entry first.
    fn feed(&self, paper: u8, section: &str) -> String {
        let entries = (0..self.n_entries()).rev();
        let entries: String = entries.map(|nth| self.entry(paper, section, nth)).collect();
        format!(
            "<rss version=\"2.0\"><channel><title>Paper {paper} {section}</title>\
             <link>http://paper-{paper}.example/</link><description>d</description>{entries}</channel></rss>"
        )
    }

    fn entry(&self, paper: u8, section: &str, nth: usize) -> String {
        let title = title(paper, section, nth);
        let step = SignedDuration::try_from(EVERY).unwrap();
        let at = self.from + step * i32::try_from(nth).unwrap();
        let date = rfc2822::to_string(&at.in_tz("UTC").unwrap()).unwrap();
        format!(
            "<item><title>{title}</title><guid>{paper}-{section}-{nth}</guid><pubDate>{date}</pubDate>\
             <link>http://paper-{paper}.example/{section}/{nth}</link>\
             <description>All that is known of it: {title}.</description></item>"
        )
    }
}

impl Press {
    /// Opens the papers, with the first entry of each section.
    pub(super) fn open() -> Press {
        let growth = Arc::new(Growth {
            began: Instant::now(),
            from: clock::now(),
            end: Mutex::new(None),
        });
        let papers = (0..PAPERS).map(|paper| {
            let origin = Origin::start(80 + paper);
            for section in SECTIONS {
                let growth = Arc::clone(&growth);
                let path = format!("/{section}");
                origin.put_growing(&path, move |_| Reply::rss(growth.feed(paper, section)));
            }
            origin
        });
        Press {
            papers: papers.collect(),
            growth,
        }
    }

    /// `[[source]]` of all sections; each paper is a channel.
    pub(super) fn sources(&self) -> String {
        let papers = (0..PAPERS).zip(&self.papers);
        let sources = papers.flat_map(|(paper, origin)| {
            let of = move |section: &str| {
                source(
                    &format!("{}/{section}", channel(paper)),
                    &origin.url(&format!("/{section}")),
                )
            };
            SECTIONS.map(of)
        });
        sources.collect()
    }

    /// Ids of the channels.
    pub(super) fn channels() -> Vec<String> {
        (0..PAPERS).map(channel).collect()
    }

    /// Headlines that each channel has by now, and that its feed therefore has soon: the newest of its
    /// sections.
    pub(super) fn newest(&self) -> Vec<(String, Vec<String>)> {
        let last = self.growth.n_entries() - 1;
        let of = |paper| {
            (
                channel(paper),
                SECTIONS.map(|section| title(paper, section, last)).to_vec(),
            )
        };
        (0..PAPERS).map(of).collect()
    }

    /// Ends the news: from now on every answer is the same.
    pub(super) fn close(&self) {
        let n_entries = self.growth.n_entries();
        *self.growth.end.lock().unwrap() = Some(n_entries);
    }

    /// All entries there are: their sources and headlines.
    pub(super) fn entries(&self) -> BTreeSet<(String, String)> {
        let n_entries = self.growth.n_entries();
        let mut entries = BTreeSet::new();
        for paper in 0..PAPERS {
            for section in SECTIONS {
                let source = format!("{}/{section}", channel(paper));
                let titles = (0..n_entries).map(|nth| title(paper, section, nth));
                entries.extend(titles.map(|title| (source.clone(), title)));
            }
        }
        entries
    }

    /// Fails if a paper was asked twice within its spacing, whoever asked. robots.txt is asked for without a
    /// turn, by one node alone, too.
    #[track_caller]
    pub(super) fn check_spacing(&self) {
        for (paper, origin) in self.papers.iter().enumerate() {
            let mut asked = origin.all_asked();
            asked.retain(|request| request.path != "/robots.txt");
            for pair in asked.windows(2) {
                let gap = pair[1].at.saturating_duration_since(pair[0].at);
                let when = pair[0].at.saturating_duration_since(self.growth.began);
                assert!(
                    gap + DELAY >= SPACING,
                    "paper {paper} was asked for {} after {when:?}, and {gap:?} later for {}",
                    pair[0].path,
                    pair[1].path,
                );
            }
            assert!(asked.len() > 2, "nobody asks paper {paper}");
        }
    }
}

fn channel(paper: u8) -> String {
    format!("paper-{paper}")
}

/// Headline of an entry. Papers write their own but for the shared ones, which are the same in all.
fn title(paper: u8, section: &str, nth: usize) -> String {
    match nth % SHARED {
        0 => format!("Agency reports case {nth} of the {section} series"),
        _ => format!("Paper {paper} tells of event {nth} in {section}"),
    }
}
