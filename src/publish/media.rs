//! `media:content` (Media RSS 1.5.1), the same in RSS and Atom.

use super::xml::legal;
use crate::model::{Enclosure, Image, Item};
use crate::text::identifiers::media_type::{self, FileKind};

/// A `media:content` before it is an element of the one format or the other.
pub(super) struct MediaContent {
    /// Attributes by name.
    pub(super) attributes: Vec<(&'static str, String)>,
    /// Texts in it, by the name of their element without a prefix.
    pub(super) children: Vec<(&'static str, String)>,
}

/// Returns the lead picture.
pub(super) fn image(image: &Image) -> MediaContent {
    let mut attributes = vec![
        ("url", image.url.to_string()),
        ("medium", "image".to_owned()),
    ];
    let kind = media_type::of_address(image.url.as_str());
    let kind = kind.filter(|kind| kind.starts_with("image/"));
    attributes.extend(kind.map(|kind| ("type", kind.to_owned())));
    let said = [("credit", &image.credit), ("description", &image.caption)];
    MediaContent {
        attributes,
        children: texts(said),
    }
}

/// Returns a file that no `enclosure` has room for.
pub(super) fn file(file: &Enclosure) -> MediaContent {
    let mut attributes = vec![("url", file.url.to_string())];
    let kind = file.kind.as_deref();
    let medium = match media_type::kind(None, kind, file.url.as_str()) {
        FileKind::Image => "image",
        FileKind::Sound => "audio",
        FileKind::Film => "video",
        FileKind::Other => "document",
    };
    attributes.push(("medium", medium.to_owned()));
    attributes.extend(kind.map(|kind| ("type", legal(kind).into_owned())));
    let size = (file.length > 0).then(|| file.length.to_string());
    attributes.extend(size.map(|size| ("fileSize", size)));
    let duration = file.duration.map(|duration| duration.to_string());
    attributes.extend(duration.map(|duration| ("duration", duration)));
    MediaContent {
        attributes,
        children: texts([("title", &file.title)]),
    }
}

/// Whether the item is an episode of a podcast: its first file plays.
pub(super) fn is_episode(item: &Item) -> bool {
    let kind = |file: &Enclosure| media_type::kind(None, file.kind.as_deref(), file.url.as_str());
    let first = item.enclosures.first().map(kind);
    matches!(first, Some(FileKind::Sound | FileKind::Film))
}

fn texts<const N: usize>(
    said: [(&'static str, &Option<String>); N],
) -> Vec<(&'static str, String)> {
    let said = said.into_iter();
    said.filter_map(|(name, text)| Some((name, legal(text.as_deref()?).into_owned())))
        .collect()
}
