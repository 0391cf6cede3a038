//! Robots exclusion protocol (RFC 9309), and `Crawl-delay` as a wish.
//!
//! Pages are read by a program that follows links, so the rules for all robots
//! bind it. A feed is published for programs: only a site that names us keeps
//! us from it.

mod get;
mod path;

use std::time::Duration;

use crate::model::WebUrl;

pub use get::Robots;

/// Product token by which robots.txt names us, as in our `User-Agent`.
const TOKEN: &str = "gazetted";

/// Most bytes of a robots.txt that are read; RFC 9309, 2.5 asks for at least 500 KiB.
pub const MAX_BYTES: usize = 512 << 10;

/// Longest line that can be a rule, in bytes.
const MAX_LINE_BYTES: usize = 8 << 10;

/// Longest delay between two requests that is kept; longer ones are cut to it.
const MAX_DELAY: Duration = Duration::from_secs(60);

/// Rules of one site, as far as they are about us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rules {
    /// Group that names us, several joined.
    ours: Option<Group>,
    /// Group for all robots, several joined.
    all: Option<Group>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Group {
    rules: Vec<Rule>,
    delay: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Rule {
    is_allowed: bool,
    /// Pattern in the normal form in which it is compared; see [`path::pattern`].
    pattern: String,
}

/// Purpose of a request; decides which groups bind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Feed: only groups that name us bind.
    Feed,
    /// List or article page: RFC 9309 as it stands, our group or else that for all.
    Page,
}

impl Rules {
    /// Parses the first [`MAX_BYTES`] of a robots.txt. Any other line than a rule is passed over
    /// (RFC 9309, 2.3.1.5).
    ///
    /// ```
    /// use gazetted::fetch::robots::{Purpose, Rules};
    /// let rules = Rules::read(b"User-agent: *\nDisallow: /archive/\nAllow: /archive/news");
    /// let url = |path: &str| gazetted::model::WebUrl::parse(&format!("https://a.example{path}")).unwrap();
    /// assert_eq!(rules.forbids(&url("/archive/x"), Purpose::Page), Some("/archive/"));
    /// assert_eq!(rules.forbids(&url("/archive/news"), Purpose::Page), None);
    /// assert_eq!(rules.forbids(&url("/archive/x"), Purpose::Feed), None);
    /// ```
    #[must_use]
    pub fn read(bytes: &[u8]) -> Rules {
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let bytes = &bytes[..bytes.len().min(MAX_BYTES)];
        let mut rules = Rules::default();
        // Whom the group that is being read is about.
        let (mut is_ours, mut is_all) = (false, false);
        let mut names_agents = false;
        for line in bytes.split(|byte| matches!(byte, b'\n' | b'\r')) {
            let Some((key, value)) = line_of(line) else {
                continue;
            };
            match key {
                Key::Agent => {
                    if !names_agents {
                        (is_ours, is_all) = (false, false);
                    }
                    names_agents = true;
                    let token = product(&value);
                    is_ours |= token.eq_ignore_ascii_case(TOKEN);
                    is_all |= value == "*";
                    // A group without rules is a group: it allows everything.
                    let groups = [(is_ours, &mut rules.ours), (is_all, &mut rules.all)];
                    for (_, group) in groups.into_iter().filter(|(is_meant, _)| *is_meant) {
                        group.get_or_insert_default();
                    }
                }
                Key::Rule { is_allowed } => {
                    names_agents = false;
                    let rule = path::pattern(&value).map(|pattern| Rule {
                        is_allowed,
                        pattern,
                    });
                    let groups = rules.meant(is_ours, is_all);
                    groups.for_each(|group| group.rules.extend(rule.clone()));
                }
                Key::Delay => {
                    names_agents = false;
                    let delay = delay(&value);
                    let groups = rules.meant(is_ours, is_all);
                    groups.for_each(|group| group.delay = group.delay.max(delay));
                }
            }
        }
        rules
    }

    fn meant(&mut self, is_ours: bool, is_all: bool) -> impl Iterator<Item = &mut Group> {
        let ours = self.ours.as_mut().filter(|_| is_ours);
        ours.into_iter().chain(self.all.as_mut().filter(|_| is_all))
    }

    /// Returns the pattern that keeps us from `url`, if one does.
    ///
    /// The longest rule that matches decides; `Allow` wins over an equally long `Disallow` (RFC
    /// 9309, 2.2.2).
    #[must_use]
    pub fn forbids(&self, url: &WebUrl, purpose: Purpose) -> Option<&str> {
        let group = self.group(purpose)?;
        let target = path::target(url);
        if target == "/robots.txt" {
            return None;
        }
        let matching = group
            .rules
            .iter()
            .filter(|rule| path::matches(&rule.pattern, &target));
        let decisive = matching.max_by_key(|rule| (rule.pattern.len(), rule.is_allowed))?;
        (!decisive.is_allowed).then_some(&decisive.pattern)
    }

    /// Returns the delay between two requests that the site asks for, at most 60 s.
    #[must_use]
    pub fn delay(&self, purpose: Purpose) -> Option<Duration> {
        self.group(purpose)?.delay
    }

    fn group(&self, purpose: Purpose) -> Option<&Group> {
        match purpose {
            Purpose::Feed => self.ours.as_ref(),
            Purpose::Page => self.ours.as_ref().or(self.all.as_ref()),
        }
    }

    /// Writes a robots.txt that means the same to us and holds nothing else; the store keeps this.
    #[must_use]
    pub fn write(&self) -> String {
        let mut text = String::new();
        for (agent, group) in [(TOKEN, &self.ours), ("*", &self.all)] {
            let Some(group) = group else { continue };
            text.push_str(&format!("user-agent: {agent}\n"));
            if let Some(delay) = group.delay {
                text.push_str(&format!("crawl-delay: {}\n", delay.as_secs_f64()));
            }
            for rule in &group.rules {
                let key = if rule.is_allowed { "allow" } else { "disallow" };
                text.push_str(&format!("{key}: {}\n", rule.pattern));
            }
            // Without a rule, the next line of agents would join this group.
            text.push_str("disallow:\n");
        }
        text
    }
}

#[derive(Clone, Copy)]
enum Key {
    Agent,
    Rule { is_allowed: bool },
    Delay,
}

/// Splits a line into key and value, if it is one that counts; with the slips that webmasters make
/// and that Google's parser forgives as well.
fn line_of(line: &[u8]) -> Option<(Key, String)> {
    if line.len() > MAX_LINE_BYTES {
        return None;
    }
    let line = line.split(|byte| *byte == b'#').next().unwrap_or_default();
    let text = String::from_utf8_lossy(line);
    let (key, value) = text.split_once(':')?;
    let key = match key.trim().to_ascii_lowercase().as_str() {
        "user-agent" | "useragent" | "user agent" => Key::Agent,
        "allow" => Key::Rule { is_allowed: true },
        "disallow" | "dissallow" | "dissalow" | "disalow" | "diasllow" | "disallaw" => {
            Key::Rule { is_allowed: false }
        }
        "crawl-delay" | "crawldelay" => Key::Delay,
        _ => return None,
    };
    Some((key, value.trim().to_owned()))
}

/// Cuts the product token off the beginning of a line: `Gazetted/0.1 (x)` names `Gazetted`.
fn product(value: &str) -> &str {
    let is_part = |c: char| c.is_ascii_alphabetic() || matches!(c, '-' | '_');
    let end = value.find(|c| !is_part(c)).unwrap_or(value.len());
    &value[..end]
}

fn delay(value: &str) -> Option<Duration> {
    let seconds: f64 = value.parse().ok()?;
    let delay = Duration::try_from_secs_f64(seconds).ok()?;
    (!delay.is_zero()).then_some(delay.min(MAX_DELAY))
}

#[cfg(test)]
mod tests;
