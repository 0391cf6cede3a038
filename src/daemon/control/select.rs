//! Sources that the words of an admin name.

use anyhow::{Context, bail};

use crate::config::Config;
use crate::model::{ChannelId, SourceId};

/// Least Jaro–Winkler similarity, 0 to 1, at which one name may be a slip of the other.
const MIN_LIKENESS: f64 = 0.8;

/// Finds the sources that `words` name: ids, and channels with all below them; all sources if
/// there are no words. In the order of ids, each once.
///
/// # Errors
///
/// If a word names neither; the message has the nearest name.
pub fn select(config: &Config, words: &[String]) -> anyhow::Result<Vec<SourceId>> {
    let mut found = Vec::new();
    for word in words {
        let word = word.trim_matches('/');
        let before = found.len();
        if let Ok(id) = word.parse::<SourceId>()
            && config.sources.contains_key(&id)
        {
            found.push(id);
        } else if let Ok(channel) = word.parse::<ChannelId>() {
            let is_below = |id: &&SourceId| id.channel().lineage().any(|above| above == channel);
            found.extend(config.sources.keys().filter(is_below).cloned());
        }
        if found.len() == before {
            bail!(
                "there is no source and no channel `{word}` in feeds.toml{}",
                near(config, word)
            );
        }
    }
    if words.is_empty() {
        found.extend(config.sources.keys().cloned());
    }
    found.sort();
    found.dedup();
    Ok(found)
}

/// Reads the id of one source, which need not be in feeds.toml.
///
/// # Errors
///
/// If it cannot be one.
pub(super) fn source(word: &str) -> anyhow::Result<SourceId> {
    let parsed = word.parse();
    parsed.with_context(|| format!("`{word}` is no id of a source"))
}

/// Formats a guess at the id that was meant.
pub(super) fn near(config: &Config, word: &str) -> String {
    let likeness = |id: &&SourceId| strsim::jaro_winkler(id.as_str(), word);
    let best = config
        .sources
        .keys()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)));
    match best.filter(|id| likeness(id) >= MIN_LIKENESS) {
        Some(id) => format!("; did you mean `{id}`?"),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> Config {
        let source =
            |id: &str| format!("[[source]]\nid = \"{id}\"\nurl = \"http://a.example/{id}\"\n");
        let text = ["a/b/one", "a/two", "c/three"].map(source).concat();
        Config::parse("feeds.toml", &text).unwrap()
    }

    #[track_caller]
    fn check(words: &[&str], want: &[&str]) {
        let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
        let found = select(&config(), &words).unwrap();
        let found: Vec<&str> = found.iter().map(SourceId::as_str).collect();
        assert_eq!(found, want);
    }

    #[test]
    fn a_word_names_a_source_or_a_channel_with_all_below() {
        check(&["a/two"], &["a/two"]);
        check(&["a"], &["a/b/one", "a/two"]);
        check(&["a/b/", "a"], &["a/b/one", "a/two"]);
        check(&[], &["a/b/one", "a/two", "c/three"]);
    }

    #[test]
    fn a_slip_is_answered_with_the_nearest_name() {
        let why = select(&config(), &["c/thre".to_owned()])
            .unwrap_err()
            .to_string();
        assert!(why.ends_with("did you mean `c/three`?"), "{why}");
    }
}
