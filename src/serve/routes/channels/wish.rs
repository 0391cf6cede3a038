//! Wishes of readers: the query of a listing page or a feed.

use serde::Deserialize;

use super::path::read_cursor;
use crate::publish::{Format, Texts};
use crate::serve::response::error::AppError;
use crate::store::Cursor;

/// Upper limit of stories in a document whose length the reader chose, and in an archive: it is not
/// kept, and to render so many costs some 15 ms.
pub(super) const MAX_WISHED_STORIES: usize = 100;

/// Query of a listing page or a feed, as it was written.
#[derive(Debug, Default, Deserialize)]
pub(in crate::serve) struct Asked {
    /// Cursor naming the last story of the page before.
    before: Option<String>,
    /// Cursor naming the first story of the page behind.
    after: Option<String>,
    limit: Option<String>,
    full: Option<String>,
    format: Option<String>,
    raw: Option<String>,
}

/// Place of a page among those of its channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum PageStart {
    /// At the newest story.
    #[default]
    Newest,
    /// Behind a story.
    Behind(Cursor),
    /// So far up that it ends before a story.
    Before(Cursor),
}

/// Wish of a reader for a certain part of a feed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Wish {
    /// Story that those asked for stand behind.
    pub(super) before: Option<Cursor>,
    /// Stories in a document, 1 to [`MAX_WISHED_STORIES`].
    pub(super) limit: Option<usize>,
    /// Extent to which they are told.
    pub(super) texts: Texts,
}

impl Asked {
    /// Returns the cursor of `?before=`.
    ///
    /// # Errors
    ///
    /// [`AppError::BadRequest`] for one that we never wrote.
    pub(super) fn before(&self) -> Result<Option<Cursor>, AppError> {
        let before = self.before.as_deref();
        let cursor = before.map(|text| read_cursor(text).ok_or(AppError::BadRequest));
        cursor.transpose()
    }

    /// Returns the place of the page that `?before=` or `?after=` asks for.
    ///
    /// # Errors
    ///
    /// [`AppError::BadRequest`] for a cursor that we never wrote.
    pub(super) fn start(&self) -> Result<PageStart, AppError> {
        if let Some(text) = &self.after {
            let cursor = read_cursor(text).ok_or(AppError::BadRequest)?;
            return Ok(PageStart::Before(cursor));
        }
        Ok(self.before()?.map_or(PageStart::Newest, PageStart::Behind))
    }

    /// Returns the wish; a length out of bounds, and a word that is none of ours, are none.
    ///
    /// # Errors
    ///
    /// [`AppError::BadRequest`] for a cursor that we never wrote.
    pub(super) fn wish(&self) -> Result<Wish, AppError> {
        let limit = self.limit.as_deref().and_then(|text| text.parse().ok());
        Ok(Wish {
            before: self.before()?,
            limit: limit.filter(|limit| (1..=MAX_WISHED_STORIES).contains(limit)),
            texts: match self.full.as_deref() {
                Some("0") => Texts::Teasers,
                _ => Texts::Full,
            },
        })
    }

    /// Whether a person wants to see the document itself, and not what it is for (`?raw=1`).
    pub(super) fn is_raw(&self) -> bool {
        self.raw.is_some()
    }

    /// Returns the format of `?format=`.
    ///
    /// # Errors
    ///
    /// [`AppError::BadRequest`] for one that we do not have.
    pub(super) fn format(&self) -> Result<Option<Format>, AppError> {
        let Some(word) = self.format.as_deref() else {
            return Ok(None);
        };
        let mut all = Format::ALL.into_iter();
        let found = all.find(|format| format.ending() == word);
        found.map(Some).ok_or(AppError::BadRequest)
    }
}

impl Wish {
    /// Whether many readers have this wish (the channel's length, from its newest story on), so that its document is worth keeping.
    pub(super) fn is_common(&self) -> bool {
        self.before.is_none() && self.limit.is_none()
    }

    /// Writes the query of the document behind `cursor`, or of the first one, with the same
    /// length and extent; begins with a question mark unless it is empty.
    pub(super) fn query(&self, cursor: Option<&str>) -> String {
        let before = cursor.map(|cursor| format!("before={cursor}"));
        let limit = self.limit.map(|limit| format!("limit={limit}"));
        let texts = (self.texts == Texts::Teasers).then(|| "full=0".to_owned());
        let parts: Vec<String> = before.into_iter().chain(limit).chain(texts).collect();
        match parts.is_empty() {
            true => String::new(),
            false => format!("?{}", parts.join("&")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_wish_is_none() {
        let wish = |limit: &str, full: &str| {
            let asked = Asked {
                limit: Some(limit.to_owned()),
                full: Some(full.to_owned()),
                ..Asked::default()
            };
            asked.wish().unwrap()
        };
        for limit in ["", "0", "-1", "101", "x", "99999999999999999999"] {
            assert_eq!(wish(limit, "1"), Wish::default(), "{limit}");
        }
        let some = wish("100", "0");
        assert_eq!(some.query(None), "?limit=100&full=0");
        assert_eq!(some.query(Some("1-x")), "?before=1-x&limit=100&full=0");
        assert_eq!(wish("", "yes").query(None), "");
    }
}
