//! Pictures made small: any of the formats of the web in, JPEG out. Pure.
//!
//! The size that a file states is read before anything is unpacked. Of a moving picture the
//! first frame is taken; what is transparent becomes white. A drawing with scripts in it (SVG)
//! is no picture here.

use std::io::Cursor;

use image::codecs::jpeg::JpegEncoder;
use image::{DynamicImage, ImageDecoder, ImageFormat, ImageReader, Limits, Rgb, RgbImage};

/// Most pixels of a picture that is unpacked.
const MAX_PIXELS: u64 = 32_000_000;

/// Most pixels of a side.
const MAX_SIDE: u32 = 16_000;

/// Least pixels of a side; below that it is a dot or a line, by which readers are counted.
const MIN_SIDE: u32 = 16;

/// Most memory for unpacking, in bytes.
const MAX_MEMORY: u64 = 160 << 20;

/// Quality of the JPEG, of 100.
const QUALITY: u8 = 78;

/// Most heights in a width; what is longer, such as a chart to scroll through, is cut off in
/// nothing but made narrower.
const MAX_RATIO: u32 = 4;

/// Reason why a file is no picture for readers.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadPicture {
    /// Another format, or none.
    #[error("not a JPEG, PNG, GIF or WebP")]
    Format,
    /// Too many pixels.
    #[error("{0} x {1} pixels are too many")]
    TooLarge(u32, u32),
    /// Too few pixels.
    #[error("{0} x {1} pixels are none to look at")]
    TooSmall(u32, u32),
    /// File that cannot be unpacked.
    #[error("it cannot be read: {0}")]
    Damaged(String),
}

/// Makes a JPEG of at most `width` pixels across of a picture; one that is to be cut has the form
/// of all others beside it, 3:2.
///
/// # Errors
///
/// [`BadPicture`].
pub(super) fn shrink(bytes: &[u8], width: u32, is_cut: bool) -> Result<Vec<u8>, BadPicture> {
    let format = image::guess_format(bytes).map_err(|_| BadPicture::Format)?;
    if !matches!(
        format,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Gif | ImageFormat::WebP
    ) {
        return Err(BadPicture::Format);
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_MEMORY);
    reader.limits(limits);
    let mut decoder = reader.into_decoder().map_err(damaged)?;
    let (wide, high) = decoder.dimensions();
    if wide > MAX_SIDE || high > MAX_SIDE || u64::from(wide) * u64::from(high) > MAX_PIXELS {
        return Err(BadPicture::TooLarge(wide, high));
    }
    if wide < MIN_SIDE || high < MIN_SIDE {
        return Err(BadPicture::TooSmall(wide, high));
    }
    let turned = decoder.orientation().ok();
    let mut picture = DynamicImage::from_decoder(decoder).map_err(damaged)?;
    if let Some(turned) = turned {
        picture.apply_orientation(turned);
    }
    if is_cut {
        picture = cut(&picture);
    }
    if picture.width() > width || picture.height() > width.saturating_mul(MAX_RATIO) {
        picture = picture.thumbnail(width, width.saturating_mul(MAX_RATIO));
    }
    let opaque = on_white(picture);
    let mut jpeg = Vec::new();
    let encoded = opaque.write_with_encoder(JpegEncoder::new_with_quality(&mut jpeg, QUALITY));
    encoded.map_err(damaged)?;
    Ok(jpeg)
}

/// Cuts a picture to 3:2: the same from both sides or, as heads are at the top, less from there.
fn cut(picture: &DynamicImage) -> DynamicImage {
    let (wide, high) = (picture.width(), picture.height());
    let (new_wide, new_high) = (wide.min(high * 3 / 2).max(1), high.min(wide * 2 / 3).max(1));
    picture.crop_imm(
        (wide - new_wide) / 2,
        (high - new_high) / 4,
        new_wide,
        new_high,
    )
}

fn damaged(error: image::ImageError) -> BadPicture {
    BadPicture::Damaged(error.to_string())
}

/// Puts a picture on white, where it is transparent.
fn on_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let picture = picture.into_rgba8();
    let blend = |part: u8, alpha: u8| {
        let (part, alpha) = (u32::from(part), u32::from(alpha));
        ((part * alpha + 255 * (255 - alpha)) / 255) as u8
    };
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [r, g, b, alpha] = picture.get_pixel(x, y).0;
        Rgb([blend(r, alpha), blend(g, alpha), blend(b, alpha)])
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use image::{GenericImageView, Rgba, RgbaImage};

    fn file(picture: &DynamicImage, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        picture.write_to(&mut bytes, format).unwrap();
        bytes.into_inner()
    }

    fn plain(wide: u32, high: u32) -> DynamicImage {
        RgbImage::from_fn(wide, high, |x, y| Rgb([x as u8, y as u8, 90])).into()
    }

    #[test]
    fn every_format_of_the_web_becomes_a_small_jpeg() {
        for format in [ImageFormat::Jpeg, ImageFormat::Png] {
            let small = shrink(&file(&plain(900, 600), format), 320, false).unwrap();
            assert_eq!(image::guess_format(&small).unwrap(), ImageFormat::Jpeg);
            let read = image::load_from_memory(&small).unwrap();
            assert_eq!(read.dimensions(), (320, 213));
        }
        let small = shrink(&file(&plain(100, 60), ImageFormat::Png), 320, false).unwrap();
        let read = image::load_from_memory(&small).unwrap();
        assert_eq!(read.dimensions(), (100, 60), "nothing is made larger");
    }

    #[test]
    fn pictures_of_a_row_have_one_form() {
        for (wide, high) in [(900, 600), (1600, 400), (400, 1200), (300, 300)] {
            let small = shrink(&file(&plain(wide, high), ImageFormat::Png), 240, true).unwrap();
            let read = image::load_from_memory(&small).unwrap();
            assert_eq!(read.dimensions(), (240, 160), "{wide} x {high}");
        }
    }

    #[test]
    fn what_is_transparent_is_white() {
        let clear = RgbaImage::from_pixel(40, 40, Rgba([0, 0, 0, 0]));
        let small = shrink(&file(&clear.into(), ImageFormat::Png), 320, false).unwrap();
        let read = image::load_from_memory(&small).unwrap();
        assert!(read.get_pixel(20, 20).0[0] > 250);
    }

    #[test]
    fn what_is_none_is_refused_before_it_is_unpacked() {
        let svg = b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>";
        assert_eq!(shrink(svg, 320, false), Err(BadPicture::Format));
        assert_eq!(shrink(b"", 320, false), Err(BadPicture::Format));
        assert_eq!(
            shrink(b"BM....................", 320, false),
            Err(BadPicture::Format)
        );
        let dot = file(&plain(1, 1), ImageFormat::Png);
        assert_eq!(shrink(&dot, 320, false), Err(BadPicture::TooSmall(1, 1)));
        // A PNG that says it has 15 000 × 15 000 pixels.
        let mut bomb = file(&plain(20, 20), ImageFormat::Png);
        bomb[16..20].copy_from_slice(&15_000_u32.to_be_bytes());
        bomb[20..24].copy_from_slice(&15_000_u32.to_be_bytes());
        let sum = crc32fast::hash(&bomb[12..29]);
        bomb[29..33].copy_from_slice(&sum.to_be_bytes());
        assert!(matches!(
            shrink(&bomb, 320, false),
            Err(BadPicture::TooLarge(..) | BadPicture::Damaged(_))
        ));
        let whole = file(&plain(400, 300), ImageFormat::Jpeg);
        for cut in [3, 20, 200] {
            let _ = shrink(&whole[..cut], 320, false);
        }
    }

    proptest::proptest! {
        #[test]
        fn damage_never_panics(at in 0..2000usize, byte: u8) {
            let mut bytes = file(&plain(64, 48), ImageFormat::Png);
            let at = at % bytes.len();
            bytes[at] ^= byte;
            let _ = shrink(&bytes, 32, false);
        }
    }
}
