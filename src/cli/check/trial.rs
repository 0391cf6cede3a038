//! Tests of rules: whether they still make of the pages in `[[source.test]]` what they should, on
//! the pages as they are now or on snapshots; of a source without, what comes through.

use serde_json::{Value, json};

use super::snapshot::Snapshots;
use super::stage::Stage;
use super::visit::visit;
use crate::cli::ask::Asker;
use crate::clock;
use crate::config::{Config, Source, Trial};
use crate::fetch::Accept;
use crate::model::{Article, Document, SourceId, WebUrl};
use crate::source::{self, Setting};
use crate::text::html::to_text;

/// Length of the text shown where it is not the one expected, in characters.
const SHOWN_CHARS: usize = 80;

/// Outcome of one test.
#[derive(Debug, PartialEq)]
pub(super) struct TrialOutcome {
    source: String,
    url: String,
    /// Reason of the failure; `None` if the test passed.
    pub(super) failure: Option<String>,
    /// Entries that came through, where no test says what should.
    seen: Option<String>,
    /// Stages of the visit, where no test says what should come through.
    stages: Vec<Stage>,
}

impl TrialOutcome {
    /// Outcome of a test that says itself what it expects.
    fn of(source: &Source, url: &WebUrl, tried: Result<(), String>) -> TrialOutcome {
        TrialOutcome {
            source: source.id.to_string(),
            url: url.to_string(),
            failure: tried.err(),
            seen: None,
            stages: Vec::new(),
        }
    }

    /// Formats the outcome for people: `ok` or `FAILED`, with source, address and reason.
    pub(super) fn line(&self) -> String {
        let TrialOutcome { source, url, .. } = self;
        let stages: String = self.stages.iter().map(Stage::lines).collect();
        let stages = stages.trim_end();
        let line = match &self.failure {
            None if self.seen.is_some() => {
                let seen = self.seen.as_deref().unwrap_or_default();
                format!("ok      {source}: {url}: {seen}")
            }
            None => format!("ok      {source}: {url}"),
            Some(why) => format!("FAILED  {source}: {url}: {why}"),
        };
        match stages {
            "" => line,
            stages => format!("{line}\n{stages}"),
        }
    }

    /// Converts the outcome to JSON.
    pub(super) fn as_json(&self) -> Value {
        json!({
            "source": self.source,
            "url": self.url,
            "passed": self.failure.is_none(),
            "failure": self.failure,
            "seen": self.seen,
            "stages": self.stages.iter().map(Stage::as_json).collect::<Vec<_>>(),
        })
    }
}

/// Runs the live tests of the sources `only`, one after the other; `told` hears of each as it ends.
/// Pages of tests with a snapshot are kept where `save` says, whatever the test says of them.
///
/// # Errors
///
/// If nothing at all can be asked, or a snapshot not be kept. A page that cannot be fetched is a
/// failure of its test.
pub(super) fn live(
    config: &Config,
    only: &[SourceId],
    save: Option<&Snapshots>,
    mut told: impl FnMut(&TrialOutcome),
) -> anyhow::Result<Vec<TrialOutcome>> {
    let asker = Asker::new(Some(config))?;
    let mut outcomes = Vec::new();
    let sources = config.sources.values();
    for source in sources.filter(|source| only.contains(&source.id)) {
        for trial in &source.trials {
            let url = trial.url.as_ref().unwrap_or(&source.url);
            let page = fetched(&asker, config, source, trial, url);
            if let (Ok(page), Some(snapshots), Some(name)) = (&page, save, &trial.snapshot) {
                snapshots.save(name, page)?;
            }
            let tried = page.and_then(|page| judge(config, source, trial, &page));
            let outcome = TrialOutcome::of(source, url, tried);
            told(&outcome);
            outcomes.push(outcome);
        }
        if source.trials.is_empty() {
            let visited = visit(&asker, config, source);
            let outcome = TrialOutcome {
                source: source.id.to_string(),
                url: source.url.to_string(),
                failure: visited.failure().map(str::to_owned),
                seen: visited.failure().is_none().then(|| visited.summary()),
                stages: visited.stages,
            };
            told(&outcome);
            outcomes.push(outcome);
        }
    }
    Ok(outcomes)
}

/// Runs the tests that have a snapshot, without the network; `told` hears of each as it ends.
pub(super) fn of_snapshots(
    config: &Config,
    snapshots: &Snapshots,
    mut told: impl FnMut(&TrialOutcome),
) -> Vec<TrialOutcome> {
    let mut outcomes = Vec::new();
    for source in config.sources.values() {
        for trial in &source.trials {
            let Some(name) = &trial.snapshot else {
                continue;
            };
            let url = trial.url.as_ref().unwrap_or(&source.url);
            let page = snapshots.read(name, url, config.http.max_body);
            let tried = page.and_then(|page| judge(config, source, trial, &page));
            let outcome = TrialOutcome::of(source, url, tried);
            told(&outcome);
            outcomes.push(outcome);
        }
    }
    outcomes
}

fn fetched(
    asker: &Asker,
    config: &Config,
    source: &Source,
    trial: &Trial,
    url: &WebUrl,
) -> Result<Document, String> {
    let accept = match (&source.reader, trial.min_items) {
        (_, None) => Accept::Page,
        (reader, _) => Accept::of(reader),
    };
    let document = asker.get_for(source, config, url, accept);
    document.map_err(|why| format!("{why:#}"))
}

/// Tests what the rules of a source make of a page.
fn judge(
    config: &Config,
    source: &Source,
    trial: &Trial,
    document: &Document,
) -> Result<(), String> {
    let setting = source.setting(clock::now(), config.http.max_body);
    match trial.min_items {
        Some(min_items) => list(source, document, &setting, min_items),
        None => article(config, source, trial, document, &setting),
    }
}

/// Tests that a list has at least `min_items`.
fn list(
    source: &Source,
    document: &Document,
    setting: &Setting<'_>,
    min_items: usize,
) -> Result<(), String> {
    let reading = source.reader.read(document, setting);
    let n_items = reading.map_err(|why| why.to_string())?.drafts.len();
    if n_items < min_items {
        return Err(format!("{n_items} items, expected {min_items} at least"));
    }
    Ok(())
}

/// Tests the article on a page, read by the rules of its source.
fn article(
    config: &Config,
    source: &Source,
    trial: &Trial,
    document: &Document,
    setting: &Setting<'_>,
) -> Result<(), String> {
    let rules = config.article_rules(source, &document.url);
    let rules = rules.unwrap_or_default();
    let article = source::read_article(&rules, document, setting);
    verdict(trial, &article.map_err(|why| why.to_string())?)
}

/// Compares an article with the headline and the words that a test expects; any white space
/// equals one space.
fn verdict(trial: &Trial, article: &Article) -> Result<(), String> {
    if let Some(wanted) = &trial.title {
        let title = article.title.as_deref().unwrap_or_default();
        if folded(title) != folded(wanted) {
            return Err(format!("the headline is `{title}`, expected `{wanted}`"));
        }
    }
    if let Some(wanted) = &trial.contains {
        let text = article.content.as_deref().map(to_text).unwrap_or_default();
        if !folded(&text).contains(&folded(wanted)) {
            let start: String = folded(&text).chars().take(SHOWN_CHARS).collect();
            return Err(format!(
                "the text does not say `{wanted}`; it begins `{start}`"
            ));
        }
    }
    Ok(())
}

/// Collapses white space, so that its kind and amount do not count.
fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(title: Option<&str>, contains: Option<&str>) -> Trial {
        Trial {
            url: None,
            title: title.map(str::to_owned),
            contains: contains.map(str::to_owned),
            min_items: None,
            snapshot: None,
        }
    }

    #[test]
    fn a_trial_says_what_is_not_as_expected() {
        let article = Article {
            title: Some("大明湖今日\n免费开放".to_owned()),
            content: Some("<p>大明湖</p><p>景区今日起免费开放。</p>".to_owned()),
            ..Article::default()
        };
        let check = |trial: Trial| verdict(&trial, &article);
        assert_eq!(
            check(trial(Some("大明湖今日 免费开放"), Some("免费开放"))),
            Ok(())
        );
        let why = check(trial(Some("趵突泉"), None)).unwrap_err();
        assert!(
            why.contains("the headline is") && why.contains("`趵突泉`"),
            "{why}"
        );
        let why = check(trial(None, Some("趵突泉"))).unwrap_err();
        assert!(
            why.contains("does not say `趵突泉`; it begins `大明湖"),
            "{why}"
        );
    }
}
