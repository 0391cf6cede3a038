//! Made-up photographs: hills, a sun and a lake, another view for each article.

use std::io::Cursor;

use image::{DynamicImage, ImageFormat, Rgb, RgbImage};

/// Size of a picture, in pixels.
const SIZE: (u32, u32) = (960, 600);

/// Colours of a sky, of hills far and near, and of the ground, for a time of the day.
const HOURS: [[[u8; 3]; 4]; 4] = [
    [
        [205, 226, 238],
        [148, 176, 178],
        [93, 127, 106],
        [201, 190, 142],
    ],
    [
        [246, 216, 178],
        [190, 142, 120],
        [122, 92, 88],
        [92, 74, 72],
    ],
    [
        [183, 205, 224],
        [120, 146, 166],
        [74, 101, 112],
        [120, 138, 128],
    ],
    [
        [232, 228, 210],
        [168, 180, 140],
        [110, 136, 84],
        [214, 196, 128],
    ],
];

/// Paints the picture of an article, JPEG.
pub(super) fn paint(serial: u64) -> Vec<u8> {
    let [sky, far, near, ground] = HOURS[(serial % 4) as usize];
    let (wide, high) = SIZE;
    let phase = serial as f32 * 1.7;
    let sun = (
        wide as f32 * (0.2 + 0.6 * (phase.sin() + 1.0) / 2.0),
        high as f32 * 0.24,
    );
    let ridge = |x: f32, base: f32, rough: f32, shift: f32| {
        let slow = (x * 0.006 + shift + phase).sin();
        let fast = (x * 0.021 + shift * 3.0).sin() * 0.35;
        high as f32 * (base - rough * (slow + fast))
    };
    let picture = RgbImage::from_fn(wide, high, |x, y| {
        let (x, y) = (x as f32, y as f32);
        let colour = if y > ridge(x, 0.86, 0.03, 4.0) {
            ground
        } else if y > ridge(x, 0.66, 0.08, 2.0) {
            near
        } else if y > ridge(x, 0.5, 0.12, 0.0) {
            far
        } else if (x - sun.0).hypot(y - sun.1) < 46.0 {
            [248, 226, 170]
        } else {
            let pale = 1.0 + 0.12 * y / high as f32;
            sky.map(|part| (f32::from(part) * pale).min(255.0) as u8)
        };
        Rgb(colour)
    });
    let mut jpeg = Cursor::new(Vec::new());
    match DynamicImage::from(picture).write_to(&mut jpeg, ImageFormat::Jpeg) {
        Ok(()) => jpeg.into_inner(),
        // Then there is no picture, as may happen to a paper.
        Err(_) => Vec::new(),
    }
}
