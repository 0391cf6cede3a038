//! Diagnostic: one mistake in a file, with its place and advice.

use std::ops::Range;

/// One diagnostic, with byte ranges in the file's text.
#[derive(Clone, Debug)]
pub(in crate::config) struct Diagnostic {
    /// Byte range of the mistake.
    pub(in crate::config) at: Range<usize>,
    /// Message; readable alone.
    pub(in crate::config) message: String,
    /// Advice.
    pub(in crate::config) help: Option<String>,
    /// Byte range where the same was said before, if that is the mistake.
    pub(in crate::config) first: Option<Range<usize>>,
    /// Whether `at` may hold a secret, and is not to be shown.
    pub(in crate::config) is_secret: bool,
}

impl Diagnostic {
    pub(in crate::config) fn at(at: Range<usize>, message: impl Into<String>) -> Diagnostic {
        Diagnostic {
            at,
            message: message.into(),
            help: None,
            first: None,
            is_secret: false,
        }
    }

    pub(in crate::config) fn help(mut self, help: impl Into<String>) -> Diagnostic {
        self.help = Some(help.into());
        self
    }

    /// Marks `at` as a secret that must not be shown.
    pub(in crate::config) fn secret(mut self) -> Diagnostic {
        self.is_secret = true;
        self
    }

    /// Prefixes the message with `key`.
    pub(in crate::config) fn under(self, key: &str) -> Diagnostic {
        Diagnostic {
            message: format!("`{key}`: {}", self.message),
            ..self
        }
    }

    pub(in crate::config) fn first_at(mut self, first: Range<usize>) -> Diagnostic {
        self.first = Some(first);
        self
    }
}
