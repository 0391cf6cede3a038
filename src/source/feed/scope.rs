//! Scope at one place of a document: base, language, and the setting.

use std::rc::Rc;

use super::address;
use super::xml::Node;
use crate::model::{Moment, WebUrl};
use crate::source::Setting;
use crate::text::date;

/// Scope at one place of a document: base address, language, and the reader's setting.
#[derive(Clone, Debug)]
pub(super) struct Scope<'s> {
    setting: &'s Setting<'s>,
    base: Option<Rc<str>>,
    language: Option<Rc<str>>,
}

impl<'s> Scope<'s> {
    /// Makes the scope at the top of a document.
    pub(super) fn new(setting: &'s Setting<'s>, base: Option<&WebUrl>) -> Scope<'s> {
        Scope {
            setting,
            base: base.map(|base| base.as_str().into()),
            language: None,
        }
    }

    /// Makes the scope inside an element with these values of `xml:base` and `xml:lang`.
    pub(super) fn enter(&self, base: Option<&str>, language: Option<&str>) -> Scope<'s> {
        let mut inner = self.clone();
        if let Some(base) = base {
            // A base that is no web address (`javascript:`) is no base.
            let resolved = self.resolve(base);
            if address::is_web(&resolved) {
                inner.base = Some(resolved.into());
            }
        }
        if let Some(language) = language {
            inner.language = Some(language.into());
        }
        inner
    }

    /// Makes the scope inside this element.
    pub(super) fn inside(&self, node: &Node<'_, '_>) -> Scope<'s> {
        self.enter(
            node.attribute("xml:base").as_deref(),
            node.attribute("xml:lang").as_deref(),
        )
    }

    /// Returns the language here, if one was named.
    pub(super) fn language(&self) -> Option<String> {
        self.language.as_deref().map(str::to_owned)
    }

    /// Resolves `reference` here, absolute where that is possible.
    pub(super) fn resolve(&self, reference: &str) -> String {
        match &self.base {
            Some(base) => address::resolve(base, reference),
            None => reference.trim().to_owned(),
        }
    }

    /// Resolves the addresses in `markup`.
    pub(super) fn resolve_all(&self, markup: String) -> String {
        match &self.base {
            Some(base) => address::resolve_all(base, markup),
            None => markup,
        }
    }

    /// Cuts `text` at `Limits::text` bytes.
    pub(super) fn cap(&self, mut text: String) -> String {
        let mut end = self.setting.limits.text.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }

    /// Parses the date in a date element.
    pub(super) fn date(&self, text: &str) -> Option<Moment> {
        date::parse_feed_date(text, self.setting.now, self.setting.zone)
    }
}
