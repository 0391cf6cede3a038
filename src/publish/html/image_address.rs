//! Addresses of pictures, signed by us so that nobody can make us fetch something else.
//!
//! ```text
//! image/{signature}/{width}/{item}/{address of the picture}
//! ```
//!
//! The signature is 128 bits of a keyed BLAKE3 hash of what stands behind it, all three in
//! base64 for URLs. The item is the one that shows the picture: its page is told to the
//! picture's server as the one that leads there.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::href_of;
use crate::config::ImageMode;
use crate::model::{Item, ItemId, WebUrl};
use crate::publish::Site;

/// Widths in which pictures are made, in pixels: of a list, of a card, of a story; each for plain
/// and for dense screens.
pub const WIDTHS: [u32; 6] = [160, 320, 400, 720, 800, 1440];

/// Size of a picture on a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Size {
    /// Beside a headline in a list.
    Thumb,
    /// Above a headline, in a row of pictures.
    Card,
    /// Across the text.
    Wide,
}

/// Picture as a page shows it.
pub(super) struct Shown {
    /// Address for plain screens.
    pub(super) src: String,
    /// Addresses by density, where there are several.
    pub(super) srcset: Option<String>,
}

/// Bytes of a signature.
const SIGNATURE_BYTES: usize = 16;

/// Longest address of a picture, in bytes.
const MAX_URL_BYTES: usize = 2048;

/// Key by which addresses of pictures are signed.
#[derive(Clone)]
pub struct ImageKey([u8; 32]);

/// Picture that is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WantedImage {
    /// Address of the picture.
    pub url: WebUrl,
    /// Item that shows it.
    pub item: ItemId,
    /// Width, one of [`WIDTHS`].
    pub width: u32,
}

impl Size {
    /// Returns the widths for plain and for dense screens.
    const fn widths(self) -> [u32; 2] {
        match self {
            Size::Thumb => [160, 320],
            Size::Card => [400, 800],
            Size::Wide => [720, 1440],
        }
    }
}

impl Site<'_> {
    /// Returns a picture of an item as pages show it; `None` if they show none.
    pub(super) fn image(&self, url: &WebUrl, item: ItemId, size: Size) -> Option<Shown> {
        let key = match self.config.server.images {
            ImageMode::Off => return None,
            ImageMode::Direct => {
                return Some(Shown {
                    src: url.to_string(),
                    srcset: None,
                });
            }
            ImageMode::Proxy => self.images.filter(|_| ImageKey::can_sign(url))?,
        };
        let [plain, dense] = size.widths().map(|width| {
            let (url, item) = (url.clone(), item);
            href_of(
                self.public_url,
                &key.path(&WantedImage { url, item, width }),
            )
        });
        Some(Shown {
            srcset: Some(format!("{plain} 1x, {dense} 2x")),
            src: plain,
        })
    }

    /// Returns the whole address of an item's lead picture, for those who show the page elsewhere.
    pub(super) fn whole_image(&self, item: &Item) -> Option<String> {
        let image = item.image.as_ref()?;
        match self.config.server.images {
            ImageMode::Off => None,
            ImageMode::Direct => Some(image.url.to_string()),
            ImageMode::Proxy => {
                let key = self.images.filter(|_| ImageKey::can_sign(&image.url))?;
                let [_, width] = Size::Card.widths();
                let (url, item) = (image.url.clone(), item.id);
                let path = key.path(&WantedImage { url, item, width });
                Some(format!("{}{path}", self.public_url))
            }
        }
    }

    /// Returns the lead picture of an item as pages show it.
    pub(super) fn lead_image(&self, item: &Item, size: Size) -> Option<Shown> {
        self.image(&item.image.as_ref()?.url, item.id, size)
    }
}

impl WantedImage {
    /// Whether the picture stands in a row of others, and is cut to the form that they all have.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        let rows = [Size::Thumb, Size::Card];
        rows.iter().any(|size| size.widths().contains(&self.width))
    }
}

impl std::fmt::Debug for ImageKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ImageKey")
    }
}

impl ImageKey {
    /// Makes a key of random bytes.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> ImageKey {
        ImageKey(bytes)
    }

    /// Builds the path of a picture below the public address, without a slash before it.
    #[must_use]
    pub fn path(&self, wanted: &WantedImage) -> String {
        let item = URL_SAFE_NO_PAD.encode(wanted.item.as_bytes());
        let url = URL_SAFE_NO_PAD.encode(wanted.url.as_str());
        let signed = format!("{}/{item}/{url}", wanted.width);
        format!("image/{}/{signed}", self.signature(&signed))
    }

    /// Reads what [`ImageKey::path`] wrote, without the `image/` before it; `None` if we did not
    /// write it.
    #[must_use]
    pub fn read(&self, path: &str) -> Option<WantedImage> {
        let (signature, signed) = path.split_once('/')?;
        // Compared in a time that tells nothing: what is compared is a hash of both.
        let is_ours =
            blake3::hash(signature.as_bytes()) == blake3::hash(self.signature(signed).as_bytes());
        if !is_ours {
            return None;
        }
        let mut parts = signed.split('/');
        let width = parts.next()?.parse().ok()?;
        let item = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        let url = URL_SAFE_NO_PAD.decode(parts.next()?).ok()?;
        Some(WantedImage {
            url: WebUrl::parse(std::str::from_utf8(&url).ok()?)?,
            item: ItemId::from_bytes(item.try_into().ok()?),
            width,
        })
        .filter(|_| parts.next().is_none() && WIDTHS.contains(&width))
    }

    /// Whether a picture has an address that can be signed.
    pub(super) fn can_sign(url: &WebUrl) -> bool {
        url.as_str().len() <= MAX_URL_BYTES
    }

    fn signature(&self, signed: &str) -> String {
        let hash = blake3::keyed_hash(&self.0, signed.as_bytes());
        URL_SAFE_NO_PAD.encode(&hash.as_bytes()[..SIGNATURE_BYTES])
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::SourceId;

    fn wanted() -> WantedImage {
        let source: SourceId = "a/b".parse().unwrap();
        WantedImage {
            url: WebUrl::parse("https://x.cn/a/图.jpg?x=1&y=2").unwrap(),
            item: ItemId::of(&source, "1"),
            width: 320,
        }
    }

    #[test]
    fn what_was_signed_is_read_and_nothing_else() {
        let key = ImageKey::new([7; 32]);
        let path = key.path(&wanted());
        let path = path.strip_prefix("image/").unwrap();
        assert_eq!(key.read(path), Some(wanted()));
        assert_eq!(ImageKey::new([8; 32]).read(path), None);
        for at in 0..path.len() {
            let mut other = path.to_owned().into_bytes();
            other[at] = if other[at] == b'A' { b'B' } else { b'A' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(key.read(&other), None, "{other}");
        }
        assert_eq!(key.read(""), None);
        assert_eq!(key.read(&format!("{path}/x")), None);
    }

    #[test]
    fn a_width_that_nobody_makes_is_refused() {
        let key = ImageKey::new([7; 32]);
        let path = key.path(&WantedImage {
            width: 9999,
            ..wanted()
        });
        assert_eq!(key.read(path.strip_prefix("image/").unwrap()), None);
    }
}
