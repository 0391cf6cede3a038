//! Media types: of what kind a file is, by what is said of it and by its name.

/// Kind of a file, for those who get it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    /// To be looked at.
    Image,
    /// To be listened to.
    Sound,
    /// To be watched.
    Film,
    /// Anything else.
    Other,
}

/// Endings of file names with the media types they stand for.
const ENDINGS: [(&str, &str); 40] = [
    ("jpg", "image/jpeg"),
    ("jpeg", "image/jpeg"),
    ("jpe", "image/jpeg"),
    ("jfif", "image/jpeg"),
    ("png", "image/png"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("svg", "image/svg+xml"),
    ("bmp", "image/bmp"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("heic", "image/heic"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("m4b", "audio/mp4"),
    ("aac", "audio/aac"),
    ("ogg", "audio/ogg"),
    ("oga", "audio/ogg"),
    ("opus", "audio/ogg"),
    ("wav", "audio/wav"),
    ("flac", "audio/flac"),
    ("wma", "audio/x-ms-wma"),
    ("mp4", "video/mp4"),
    ("m4v", "video/mp4"),
    ("mpg", "video/mpeg"),
    ("mpeg", "video/mpeg"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("ogv", "video/ogg"),
    ("avi", "video/x-msvideo"),
    ("mkv", "video/x-matroska"),
    ("flv", "video/x-flv"),
    ("3gp", "video/3gpp"),
    ("m3u8", "application/vnd.apple.mpegurl"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("epub", "application/epub+zip"),
    ("srt", "application/x-subrip"),
    ("vtt", "text/vtt"),
];

/// Bytes of the longest media type (RFC 6838, 4.2: 127 for each part).
const MAX_LENGTH: usize = 255;

/// Returns a media type as it was meant, in lower case and without parameters; `None` if
/// what was written is none and names no file ending either.
///
/// ```
/// use gazetted::text::identifiers::media_type::canonical;
/// assert_eq!(canonical("Audio/MPEG; x=y").as_deref(), Some("audio/mpeg"));
/// assert_eq!(canonical("mp3").as_deref(), Some("audio/mpeg"));
/// assert_eq!(canonical("audio/mp3").as_deref(), Some("audio/mpeg"));
/// assert_eq!(canonical("a file"), None);
/// ```
#[must_use]
pub fn canonical(written: &str) -> Option<String> {
    let name = written.split(';').next().unwrap_or_default().trim();
    let name = name.to_ascii_lowercase();
    let known = match name.as_str() {
        "audio/mp3" | "audio/x-mp3" | "audio/mpeg3" | "audio/x-mpeg" | "audio/mpg" => "audio/mpeg",
        "audio/m4a" | "audio/x-m4a" => "audio/mp4",
        "image/jpg" | "image/pjpeg" => "image/jpeg",
        "video/m4v" | "video/x-m4v" => "video/mp4",
        other => of_ending(other.trim_start_matches('.')).unwrap_or_default(),
    };
    if !known.is_empty() {
        return Some(known.to_owned());
    }
    let (main, sub) = name.split_once('/')?;
    let is_good = is_name(main) && is_name(sub) && name.len() <= MAX_LENGTH;
    is_good.then_some(name)
}

/// Returns the media type that the ending of an address promises.
#[must_use]
pub fn of_address(address: &str) -> Option<&'static str> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let file = path.rsplit('/').next().unwrap_or_default();
    let (_, ending) = file.rsplit_once('.')?;
    of_ending(&ending.to_ascii_lowercase())
}

/// Tells the kind of a file by its `medium` (Media RSS), then its media type, then its address.
#[must_use]
pub fn kind(medium: Option<&str>, media_type: Option<&str>, address: &str) -> FileKind {
    let by_medium = medium.and_then(|medium| match medium.trim().to_ascii_lowercase().as_str() {
        "image" => Some(FileKind::Image),
        "audio" => Some(FileKind::Sound),
        "video" => Some(FileKind::Film),
        "document" | "executable" => Some(FileKind::Other),
        _ => None,
    });
    let by_type = || {
        media_type
            .and_then(canonical)
            .and_then(|name| of_type(&name))
    };
    let by_address = || of_address(address).and_then(of_type);
    by_medium
        .or_else(by_type)
        .or_else(by_address)
        .unwrap_or(FileKind::Other)
}

/// Tells the kind of files of a media type; `None` if it says nothing.
fn of_type(name: &str) -> Option<FileKind> {
    let (main, sub) = name.split_once('/')?;
    match (main, sub) {
        ("image", _) => Some(FileKind::Image),
        ("audio", _) => Some(FileKind::Sound),
        ("video", _) | (_, "vnd.apple.mpegurl" | "x-mpegurl" | "x-shockwave-flash") => {
            Some(FileKind::Film)
        }
        (_, "octet-stream" | "unknown" | "force-download" | "x-download") => None,
        _ => Some(FileKind::Other),
    }
}

fn of_ending(ending: &str) -> Option<&'static str> {
    let found = ENDINGS.iter().find(|(known, _)| *known == ending);
    found.map(|(_, name)| *name)
}

/// `restricted-name` of RFC 6838, 4.2.
fn is_name(text: &str) -> bool {
    let is_first = text.starts_with(|c: char| c.is_ascii_alphanumeric());
    is_first
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(medium: &str, media_type: &str, address: &str, want: FileKind) {
        let medium = Some(medium).filter(|text| !text.is_empty());
        let media_type = Some(media_type).filter(|text| !text.is_empty());
        let got = kind(medium, media_type, address);
        assert_eq!(got, want, "{medium:?} {media_type:?} {address}");
    }

    #[test]
    fn the_surest_word_decides() {
        check("image", "video/mp4", "https://a.de/x.mp3", FileKind::Image);
        check("", "audio/mpeg", "https://a.de/x.jpg", FileKind::Sound);
        check("", "", "https://a.de/x.JPG?w=1", FileKind::Image);
        check(
            "",
            "application/octet-stream",
            "https://a.de/x.mp4",
            FileKind::Film,
        );
        check("", "mp3", "https://a.de/x", FileKind::Sound);
        check("", "", "https://a.de/", FileKind::Other);
        check("", "application/pdf", "https://a.de/x.jpg", FileKind::Other);
    }

    #[test]
    fn media_types_are_told_by_their_form() {
        assert_eq!(canonical("image/svg+xml").as_deref(), Some("image/svg+xml"));
        for bad in ["", "/", "a/", "text", "a b/c", "text/html/x", "audio/<b>"] {
            assert_eq!(canonical(bad), None, "{bad}");
        }
    }
}
