//! Scope at one place of a document: base, language, and the setting.

use std::rc::Rc;

use super::address;
use crate::model::{Moment, WebUrl};
use crate::source::Setting;
use crate::source::feed::xml::Node;
use crate::text::date;

/// Scope at one place of a document: base address, language, and the reader's setting.
#[derive(Clone, Debug)]
pub(in crate::source::feed) struct Scope<'s> {
    setting: &'s Setting<'s>,
    base: Option<Rc<str>>,
    language: Option<Rc<str>>,
    /// Whether the base is the address of the document, which no `xml:base` has set.
    is_own_base: bool,
    /// Whether addresses in texts wait for the link of their entry.
    is_open: bool,
}

impl<'s> Scope<'s> {
    /// Makes the scope at the top of a document.
    pub(in crate::source::feed) fn new(
        setting: &'s Setting<'s>,
        base: Option<&WebUrl>,
    ) -> Scope<'s> {
        Scope {
            setting,
            base: base.map(|base| base.as_str().into()),
            language: None,
            is_own_base: true,
            is_open: false,
        }
    }

    /// Makes the scope inside an element with these values of `xml:base` and `xml:lang`.
    pub(in crate::source::feed) fn enter(
        &self,
        base: Option<&str>,
        language: Option<&str>,
    ) -> Scope<'s> {
        let mut inner = self.clone();
        if let Some(base) = base {
            // A base that is no web address (`javascript:`) is no base.
            let resolved = self.resolve(base);
            if address::is_web(&resolved) {
                inner.base = Some(resolved.into());
                inner.is_own_base = false;
            }
        }
        if let Some(language) = language {
            inner.language = Some(language.into());
        }
        inner
    }

    /// Inside an entry.
    pub(in crate::source::feed) fn of_entry(&self) -> Scope<'s> {
        let mut inner = self.clone();
        inner.is_open = true;
        inner
    }

    /// Makes the scope inside this element.
    pub(in crate::source::feed) fn inside(&self, node: &Node<'_, '_>) -> Scope<'s> {
        self.enter(
            node.attribute("xml:base").as_deref(),
            node.attribute("xml:lang").as_deref(),
        )
    }

    /// Returns the language here, if one was named.
    pub(in crate::source::feed) fn language(&self) -> Option<String> {
        self.language.as_deref().map(str::to_owned)
    }

    /// Resolves `reference` here, absolute where that is possible.
    pub(in crate::source::feed) fn resolve(&self, reference: &str) -> String {
        match &self.base {
            Some(base) => address::resolve(base, reference),
            None => reference.trim().to_owned(),
        }
    }

    /// Resolves the addresses in `markup`.
    pub(in crate::source::feed) fn resolve_all(&self, markup: String) -> String {
        match &self.base {
            Some(_) if self.is_own_base && self.is_open => markup,
            Some(base) => address::resolve_all(base, markup),
            None => markup,
        }
    }

    /// `markup` with those addresses resolved that waited for the link of their entry.
    pub(in crate::source::feed) fn resolve_open(
        &self,
        link: Option<&str>,
        markup: String,
    ) -> String {
        match &self.base {
            Some(base) if self.is_own_base => address::resolve_all(link.unwrap_or(base), markup),
            _ => markup,
        }
    }

    /// As [`Scope::resolve`]; nothing is no address, unless `xml:base` gives one.
    pub(in crate::source::feed) fn resolve_some(&self, reference: &str) -> Option<String> {
        let is_nothing = reference.trim().is_empty() && self.is_own_base;
        let resolved = self.resolve(reference);
        (!is_nothing && !resolved.is_empty()).then_some(resolved)
    }

    /// Cuts `text` at `Limits::text` bytes.
    pub(in crate::source::feed) fn cap(&self, mut text: String) -> String {
        let mut end = self.setting.limits.text.min(text.len());
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        text.truncate(end);
        text
    }

    /// Parses the date in a date element.
    pub(in crate::source::feed) fn date(&self, text: &str) -> Option<Moment> {
        date::parse_feed_date(text, self.setting.now, self.setting.zone)
    }
}
