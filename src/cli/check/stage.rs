//! One stage of a visit: what came through, with samples, or why nothing did.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

/// Samples shown at a stage.
pub(super) const MAX_SAMPLES: usize = 3;

/// Length of a sample, in characters.
const SAMPLE_CHARS: usize = 80;

/// One stage of a visit.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stage {
    /// Name: `robots`, `bytes`, `charset` …
    pub(super) name: &'static str,
    /// Reason why nothing came through, if it did not.
    pub(super) failure: Option<String>,
    /// Description of what came through.
    seen: String,
    samples: Vec<String>,
    took: Option<Duration>,
}

impl Stage {
    pub(super) fn new(name: &'static str, seen: impl Into<String>) -> Stage {
        Stage {
            name,
            failure: None,
            seen: seen.into(),
            samples: Vec::new(),
            took: None,
        }
    }

    pub(super) fn failing(self, why: impl Into<String>) -> Stage {
        Stage {
            failure: Some(why.into()),
            ..self
        }
    }

    pub(super) fn with_samples(self, samples: impl IntoIterator<Item = String>) -> Stage {
        let samples = samples.into_iter().take(MAX_SAMPLES);
        Stage {
            samples: samples.map(|text| cut(&text)).collect(),
            ..self
        }
    }

    /// Adds lines to be shown whole, however many they are.
    pub(super) fn with_all(self, lines: impl IntoIterator<Item = String>) -> Stage {
        Stage {
            samples: lines.into_iter().collect(),
            ..self
        }
    }

    pub(super) fn since(self, begun: Instant) -> Stage {
        Stage {
            took: Some(begun.elapsed()),
            ..self
        }
    }

    /// Formats the stage for people, a line and one for each sample.
    pub(super) fn lines(&self) -> String {
        let took = self.took.map(|took| format!("  {} ms", took.as_millis()));
        let seen = match &self.failure {
            None => self.seen.clone(),
            Some(why) if self.seen.is_empty() => format!("FAILED: {why}"),
            Some(why) => format!("{}; FAILED: {why}", self.seen),
        };
        let mut lines = format!("  {:<10}  {seen}{}\n", self.name, took.unwrap_or_default());
        for sample in &self.samples {
            lines.push_str(&format!("  {:<10}    {sample}\n", ""));
        }
        lines
    }

    /// Converts the stage to JSON.
    pub(super) fn as_json(&self) -> Value {
        json!({
            "stage": self.name,
            "passed": self.failure.is_none(),
            "failure": self.failure,
            "seen": self.seen,
            "samples": self.samples,
            "took_ms": self.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
        })
    }
}

fn cut(text: &str) -> String {
    match text.char_indices().nth(SAMPLE_CHARS) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
