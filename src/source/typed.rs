//! Selectors as an admin types them, and how a mistake in one is told.

use serde_json::Value;

/// Longest selector, regex or format, in bytes.
const MAX_TEXT: usize = 1000;

/// One alternative of a selector, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// CSS, with `@name` at its end to take an attribute, or `xpath:` and XPath; in JSON a
    /// JSONPath. Empty for the element that is looked into.
    pub path: String,
    /// Name of the attribute to take instead of the text.
    pub attr: Option<String>,
    /// Regex for the part of the value to take: the first group, or all that matches.
    pub regex: Option<String>,
    /// Template for the result: `{}` stands for the value.
    pub template: Option<String>,
    /// Formats of a date, in the manner of strftime; tried in order.
    pub format: Vec<String>,
    /// Time zone of dates that name none, by its name in the tz database.
    pub timezone: Option<String>,
}

impl Typed {
    /// Writes the alternative as a value of TOML: a string, or a table where it is refined.
    #[must_use]
    pub fn as_toml(&self) -> String {
        let quoted = |text: &str| Value::from(text).to_string();
        let parts = [
            ("attr", &self.attr),
            ("regex", &self.regex),
            ("template", &self.template),
            ("timezone", &self.timezone),
        ];
        let mut keys: Vec<String> = parts
            .into_iter()
            .filter_map(|(key, part)| Some(format!("{key} = {}", quoted(part.as_deref()?))))
            .collect();
        if !self.format.is_empty() {
            keys.push(format!("format = {}", Value::from(self.format.as_slice())));
        }
        if keys.is_empty() {
            return quoted(&self.path);
        }
        let path = match self.path.strip_prefix("xpath:") {
            Some(xpath) => format!("xpath = {}", quoted(xpath)),
            None => format!("css = {}", quoted(&self.path)),
        };
        format!("{{ {path}, {} }}", keys.join(", "))
    }
}

/// Mistake in a selector, which cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadSelector {
    /// Index of the alternative, from 0.
    pub way: usize,
    /// Part of the alternative.
    pub part: Part,
    /// Byte offset in that part; its start where nobody can say.
    pub at: usize,
    /// Message: the mistake, and what to write instead.
    pub message: String,
}

/// Part of an alternative, named as in `feeds.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `css`, `xpath` or `json`, or the whole of a selector that is a string.
    Path,
    /// `attr`.
    Attr,
    /// `regex`.
    Regex,
    /// `template`.
    Template,
    /// `format`.
    Format,
    /// `timezone`.
    Timezone,
}

impl From<&str> for Typed {
    fn from(path: &str) -> Typed {
        Typed {
            path: path.to_owned(),
            ..Typed::default()
        }
    }
}

/// Mistake that does not know yet which alternative it is in; becomes a [`BadSelector`].
pub(super) struct Trouble {
    pub(super) part: Part,
    pub(super) at: usize,
    pub(super) message: String,
}

impl Trouble {
    pub(super) fn start(part: Part, message: &str) -> Trouble {
        let message = message.to_owned();
        Trouble {
            part,
            at: 0,
            message,
        }
    }

    pub(super) fn of(self, way: usize) -> BadSelector {
        let Trouble { part, at, message } = self;
        BadSelector {
            way,
            part,
            at,
            message,
        }
    }
}

/// Compiles all alternatives.
///
/// # Errors
///
/// [`BadSelector`] for the first that is wrong, or if there are none.
pub(super) fn each<T>(
    typed: &[Typed],
    compile: impl Fn(&Typed) -> Result<T, Trouble>,
) -> Result<Vec<T>, BadSelector> {
    if typed.is_empty() {
        let trouble = Trouble::start(Part::Path, "a list of selectors needs one at least");
        return Err(trouble.of(0));
    }
    let ways = typed.iter().enumerate();
    ways.map(|(number, way)| compile(way).map_err(|trouble| trouble.of(number)))
        .collect()
}

/// Refuses text longer than [`MAX_TEXT`] bytes, which cannot be meant.
pub(super) fn short(part: Part, text: &str) -> Result<(), Trouble> {
    match text.len() {
        0..=MAX_TEXT => Ok(()),
        _ => Err(Trouble::start(
            part,
            &format!("this is longer than {MAX_TEXT} bytes"),
        )),
    }
}
