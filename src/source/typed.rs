//! What an admin types to find a value, and how a mistake in it is told.

/// The longest selector, regex or format, in bytes.
const MAX_TEXT: usize = 1000;

/// One way to find a value, as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    /// CSS, with `@name` at its end to take an attribute, or `xpath:` and
    /// XPath; in JSON a JSONPath. Empty for what is looked into.
    pub path: String,
    /// The attribute to take instead of the text.
    pub attr: Option<String>,
    /// What to take of the value: the first group, or all that matches.
    pub regex: Option<String>,
    /// What to make of it: `{}` stands for the value.
    pub template: Option<String>,
    /// How a date is written, in the manner of strftime; tried in order.
    pub format: Vec<String>,
    /// The zone of dates that name none.
    pub timezone: Option<String>,
}

/// A selector that cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct BadSelector {
    /// Which of the ways, counted from 0.
    pub way: usize,
    /// Which part of it.
    pub part: Part,
    /// Where in that part, in bytes; its start where nobody can say.
    pub at: usize,
    /// What is wrong and what to write instead.
    pub message: String,
}

/// A part of a way, named as in `feeds.toml`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Part {
    /// `css`, `xpath` or `json`, or the whole of a selector that is a string.
    Path,
    /// `attr`
    Attr,
    /// `regex`
    Regex,
    /// `template`
    Template,
    /// `format`
    Format,
    /// `timezone`
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

/// A [`BadSelector`] that does not know yet which way it is about.
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

/// All ways, compiled; the first that is wrong is told.
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

/// Refuses what is too long to be meant.
pub(super) fn short(part: Part, text: &str) -> Result<(), Trouble> {
    match text.len() {
        0..=MAX_TEXT => Ok(()),
        _ => Err(Trouble::start(
            part,
            &format!("this is longer than {MAX_TEXT} bytes"),
        )),
    }
}
