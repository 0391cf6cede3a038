//! Files and pictures of an item: of what kind each is, and which comes first.

use crate::model::{Article, Draft, Enclosure, Image, Media, WebUrl};
use crate::text::identifiers::media_type::{self, FileKind};
use crate::text::plain;

/// Files of an item that are kept.
const MAX_FILES: usize = 16;

/// Bytes of a caption, a credit, the title of a file.
const MAX_CAPTION: usize = 1024;

/// Longest time that anything plays, in seconds: a week.
const MAX_DURATION: u32 = 7 * 24 * 3600;

/// Tells the kind of a file; one of which nothing is said but its width is a picture.
#[must_use]
pub fn kind(media: &Media) -> FileKind {
    let kind = media_type::kind(media.medium.as_deref(), media.kind.as_deref(), &media.url);
    let is_silent = media.medium.is_none() && media.kind.is_none() && media.duration.is_none();
    let is_named = media_type::of_address(&media.url).is_some();
    match kind {
        FileKind::Other if is_silent && !is_named && media.width.is_some() => FileKind::Image,
        kind => kind,
    }
}

/// Chooses from each group, one thing in several makes, one file of each kind: the one that says
/// so, or else the first, of pictures the largest.
fn best(all: &[Media]) -> Vec<&Media> {
    let mut best: Vec<&Media> = Vec::new();
    for media in all {
        let is_same = |other: &&mut &Media| {
            media.group.is_some() && other.group == media.group && kind(other) == kind(media)
        };
        match best.iter_mut().find(is_same) {
            None => best.push(media),
            Some(kept) => {
                let is_larger = kind(media) == FileKind::Image && media.width > kept.width;
                if !kept.is_default && (media.is_default || is_larger) {
                    *kept = media;
                }
            }
        }
    }
    best
}

/// Returns the files of an entry: what was enclosed, and what plays of its `media:content`.
/// Files that play come first, because RSS has room for one; pictures come last.
#[must_use]
pub fn enclosures(draft: &Draft, base: &WebUrl) -> Vec<Enclosure> {
    let plays = |media: &&Media| matches!(kind(media), FileKind::Sound | FileKind::Film);
    let all = draft
        .enclosures
        .iter()
        .chain(best(&draft.media).into_iter().filter(plays));
    let mut files: Vec<(u8, Enclosure)> = Vec::new();
    for media in all {
        let Some(url) = base.join(&media.url) else {
            continue;
        };
        let file = file(media, url);
        let rank = match kind(media) {
            FileKind::Sound | FileKind::Film => 0,
            FileKind::Other => 1,
            FileKind::Image => 2,
        };
        match files.iter_mut().find(|(_, other)| other.url == file.url) {
            Some((_, known)) => fill(known, file),
            None => files.push((rank, file)),
        }
    }
    files.sort_by_key(|(rank, _)| *rank);
    files.truncate(MAX_FILES);
    // What an entry says of itself is said of its first file.
    let told = draft.podcast.duration.as_deref().and_then(seconds);
    if let Some((0, first)) = files.first_mut() {
        first.duration = first.duration.or(told);
    }
    files.into_iter().map(|(_, file)| file).collect()
}

fn file(media: &Media, url: WebUrl) -> Enclosure {
    let is_playable = matches!(kind(media), FileKind::Sound | FileKind::Film);
    let written = media.duration.as_deref();
    let length = media.length.as_deref();
    Enclosure {
        kind: media_type_of(media),
        length: length
            .and_then(|text| text.trim().parse().ok())
            .unwrap_or(0),
        title: media.title.as_deref().and_then(line),
        duration: written.filter(|_| is_playable).and_then(seconds),
        url,
    }
}

/// Returns the media type that is said or, where none is, that the address promises.
fn media_type_of(media: &Media) -> Option<String> {
    let said = media.kind.as_deref().and_then(media_type::canonical);
    let promised = media_type::of_address(&media.url).map(str::to_owned);
    match said.as_deref() {
        None | Some("application/octet-stream") => promised.or(said),
        Some(_) => said,
    }
}

/// Returns the same file said twice: what one lacks, the other has.
fn fill(known: &mut Enclosure, other: Enclosure) {
    known.kind = known.kind.take().or(other.kind);
    known.title = known.title.take().or(other.title);
    known.duration = known.duration.or(other.duration);
    known.length = known.length.max(other.length);
}

/// Returns the lead picture: what the entry calls its image, then its `media:content`, its
/// enclosures, its thumbnails, and the first figure of its page.
#[must_use]
pub fn image(draft: &Draft, article: Option<&Article>, base: &WebUrl) -> Option<Image> {
    let all = best(&draft.media).into_iter().chain(&draft.enclosures);
    let pictures: Vec<&Media> = all.filter(|media| kind(media) == FileKind::Image).collect();
    let default = pictures.iter().find(|media| media.is_default);
    let first = default.or(pictures.first()).map(|media| &media.url);
    let given = draft.image.as_ref().or(first);
    let given = given.or(draft.thumbnails.first());
    let Some(given) = given.and_then(|url| base.join(url)) else {
        let figure = article.and_then(|article| article.figures.first())?;
        return Some(Image {
            url: base.join(&figure.url)?,
            caption: figure.caption.as_deref().and_then(line),
            credit: None,
        });
    };
    let said = pictures
        .iter()
        .find(|media| base.join(&media.url).as_ref() == Some(&given));
    let caption = said.and_then(|media| media.description.as_deref().or(media.title.as_deref()));
    Some(Image {
        caption: caption.and_then(line),
        credit: said.and_then(|media| line(media.credit.as_deref()?)),
        url: given,
    })
}

/// Returns a time that something plays, in seconds: `3723`, `62:03`, `1:02:03`.
///
/// ```
/// use gazetted::ingest::item::media::seconds;
/// assert_eq!(seconds("1:02:03"), Some(3723));
/// assert_eq!(seconds("62:03"), Some(3723));
/// assert_eq!(seconds("3723.4"), Some(3723));
/// assert_eq!(seconds("an hour"), None);
/// ```
#[must_use]
pub fn seconds(written: &str) -> Option<u32> {
    let whole = written.trim().split('.').next()?;
    let mut seconds: u32 = 0;
    for part in whole.split(':') {
        let number: u32 = part.trim().parse().ok()?;
        seconds = seconds.checked_mul(60)?.checked_add(number)?;
    }
    (1..=MAX_DURATION).contains(&seconds).then_some(seconds)
}

/// Gives files that come from elsewhere the bounds of an entry's.
pub(super) fn bound(files: &mut Vec<Enclosure>) {
    files.truncate(MAX_FILES);
    for file in files {
        file.kind = file
            .kind
            .take()
            .and_then(|kind| media_type::canonical(&kind));
        file.title = file.title.take().and_then(|title| line(&title));
        file.duration = file.duration.filter(|seconds| *seconds <= MAX_DURATION);
    }
}

fn line(text: &str) -> Option<String> {
    Some(plain::line(text, MAX_CAPTION)).filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn media(url: &str, kind: &str) -> Media {
        Media {
            url: url.to_owned(),
            kind: (!kind.is_empty()).then(|| kind.to_owned()),
            ..Media::default()
        }
    }

    fn base() -> WebUrl {
        WebUrl::parse("https://a.de/1").unwrap()
    }

    #[test]
    fn what_plays_comes_first() {
        let draft = Draft {
            enclosures: vec![media("b.jpg", "image/jpeg"), media("c.pdf", "")],
            media: vec![
                Media {
                    duration: Some("90".to_owned()),
                    ..media("d.mp3", "mp3")
                },
                media("e.jpg", ""),
                media("d.mp3", "audio/mpeg"),
            ],
            ..Draft::default()
        };
        let files = enclosures(&draft, &base());
        let urls: Vec<&str> = files.iter().map(|file| file.url.as_str()).collect();
        assert_eq!(
            urls,
            [
                "https://a.de/d.mp3",
                "https://a.de/c.pdf",
                "https://a.de/b.jpg"
            ]
        );
        assert_eq!(files[0].kind.as_deref(), Some("audio/mpeg"));
        assert_eq!(files[0].duration, Some(90));
        assert_eq!(files[1].kind.as_deref(), Some("application/pdf"));
    }

    #[test]
    fn a_group_is_one_thing() {
        let grouped = |url: &str, is_default| Media {
            group: Some(0),
            is_default,
            ..media(url, "")
        };
        let draft = Draft {
            media: vec![
                grouped("low.mp4", false),
                grouped("mid.mp4", true),
                grouped("high.mp4", false),
                media("other.mp4", ""),
            ],
            ..Draft::default()
        };
        let files = enclosures(&draft, &base());
        let urls: Vec<&str> = files.iter().map(|file| file.url.as_str()).collect();
        assert_eq!(urls, ["https://a.de/mid.mp4", "https://a.de/other.mp4"]);
    }

    #[test]
    fn a_file_of_which_only_its_width_is_said_is_a_picture() {
        let wide = Media {
            width: Some(300),
            ..media("https://a.de/i/42", "")
        };
        assert_eq!(kind(&wide), FileKind::Image);
        assert_eq!(kind(&media("https://a.de/i/42", "")), FileKind::Other);
    }

    #[test]
    fn the_picture_has_its_own_caption_and_credit() {
        let said = |url: &str, text: &str| Media {
            description: Some(text.to_owned()),
            credit: Some(format!("by {text}")),
            ..media(url, "image/png")
        };
        let draft = Draft {
            image: Some("c.png".to_owned()),
            media: vec![said("b.png", "b"), said("c.png", "c")],
            ..Draft::default()
        };
        let image = image(&draft, None, &base()).unwrap();
        assert_eq!(image.url.as_str(), "https://a.de/c.png");
        assert_eq!(image.caption.as_deref(), Some("c"));
        assert_eq!(image.credit.as_deref(), Some("by c"));
    }
}
