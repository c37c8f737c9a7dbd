//! Batches of CIFAR-10 as lossless WebP images, which take little more than half the bytes of their records.
//!
//! A sheet is 1,280 pixels wide. It begins with the images as tiles of 32×32, forty per row, in the order of the
//! records. Below them are rows of grey pixels, one pixel per tile: its value is the label of the image in that tile,
//! or 255 for a tile without an image. It is lossless and independent of a browser's colour management, so a sheet
//! decodes to the same records everywhere.

use std::io::Cursor;

use image_webp::{ColorType, DecodingError, WebPDecoder, WebPEncoder};

use super::{CLASSES, DataError, IMAGE_SIDE, RECORD_BYTES};

/// Tiles in a row.
const COLUMNS: usize = 40;
/// Pixels in a row.
const WIDTH: usize = COLUMNS * IMAGE_SIDE;
/// The most pixels along a side that WebP allows.
const MAX_HEIGHT: usize = 16_383;
/// The label of a tile without an image.
const NO_IMAGE: u8 = u8::MAX;
const PLANE: usize = IMAGE_SIDE * IMAGE_SIDE;

/// Whether these are the first bytes of a WebP image.
pub fn is_webp(bytes: &[u8]) -> bool {
    bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP")
}

/// Rows of label pixels below `rows` rows of tiles.
fn label_rows(rows: usize) -> usize {
    (rows * COLUMNS).div_ceil(WIDTH)
}

/// Pixels from the top to the bottom of a sheet with `rows` rows of tiles.
fn height(rows: usize) -> usize {
    rows * IMAGE_SIDE + label_rows(rows)
}

/// The index of the red byte of the pixel at `(x, y)` of tile `tile`; green and blue come after it.
fn pixel(tile: usize, x: usize, y: usize) -> usize {
    let (column, row) = (tile % COLUMNS, tile / COLUMNS);
    3 * ((row * IMAGE_SIDE + y) * WIDTH + column * IMAGE_SIDE + x)
}

/// Draws records (a label, then planes of red, green and blue; see [`cifar10`](super::cifar10)) as a sheet.
///
/// # Panics
/// If `records` is not a whole number of records, or more than fit into an image (20,440).
pub fn encode(records: &[u8]) -> Vec<u8> {
    assert!(records.len().is_multiple_of(RECORD_BYTES), "a record is cut short");
    let rows = (records.len() / RECORD_BYTES).div_ceil(COLUMNS);
    let height = height(rows);
    assert!(height <= MAX_HEIGHT, "more images than fit into one picture");
    let mut pixels = vec![0; 3 * WIDTH * height];
    let labels = 3 * rows * IMAGE_SIDE * WIDTH;
    pixels[labels..].fill(NO_IMAGE);
    for (tile, record) in records.chunks_exact(RECORD_BYTES).enumerate() {
        pixels[labels + 3 * tile..][..3].fill(record[0]);
        for (offset, channel) in record[1..].chunks_exact(PLANE).enumerate() {
            for (i, &value) in channel.iter().enumerate() {
                pixels[pixel(tile, i % IMAGE_SIDE, i / IMAGE_SIDE) + offset] = value;
            }
        }
    }
    let mut bytes = Vec::new();
    WebPEncoder::new(&mut bytes)
        .encode(&pixels, WIDTH as u32, height as u32, ColorType::Rgb8)
        .expect("a picture of this size can be written to memory");
    bytes
}

/// Reads the records of a sheet, in the layout of CIFAR-10's binary version; `file` is its name for errors. Decoding takes
/// at most about twice the memory of the pixels.
///
/// # Errors
/// [`DataError::Sheet`] for a damaged image, or one that is not a sheet.
pub fn decode(file: &str, bytes: &[u8]) -> Result<Vec<u8>, DataError> {
    let not = |reason: &str| DataError::Sheet { file: file.to_owned(), reason: reason.to_owned() };
    let damaged = |error: DecodingError| not(&format!("it cannot be decoded ({error})"));
    let mut decoder = WebPDecoder::new(Cursor::new(bytes)).map_err(damaged)?;
    // Checked before memory is allocated for the size in the header.
    let (width, picture_height) = decoder.dimensions();
    let rows = picture_height as usize / IMAGE_SIDE;
    if width as usize != WIDTH || rows == 0 || picture_height as usize != height(rows) {
        return Err(not(&format!("{width}×{picture_height} pixels is the wrong size")));
    }
    if decoder.is_animated() || decoder.is_lossy() || decoder.has_alpha() {
        return Err(not("a sheet is lossless, opaque and not animated"));
    }
    let mut pixels = vec![0; 3 * WIDTH * picture_height as usize];
    decoder.read_image(&mut pixels).map_err(damaged)?;

    let (tiles, labels) = pixels.split_at(3 * rows * IMAGE_SIDE * WIDTH);
    let labels: Vec<[u8; 3]> = labels.as_chunks().0.to_vec();
    let count = labels.iter().position(|&[label, ..]| label == NO_IMAGE).unwrap_or(labels.len());
    let (with, without) = labels.split_at(count);
    let grey = |&[red, green, blue]: &[u8; 3]| red == green && red == blue;
    if count > rows * COLUMNS || !with.iter().all(grey) || without.iter().any(|&label| label != [NO_IMAGE; 3])
    {
        return Err(not("the pixels for its labels are invalid"));
    }
    if let Some(tile) = with.iter().position(|label| usize::from(label[0]) >= CLASSES) {
        return Err(not(&format!("the label of image {tile} is {}, above 9", with[tile][0])));
    }
    let mut records = Vec::with_capacity(count * RECORD_BYTES);
    for (tile, label) in with.iter().enumerate() {
        records.push(label[0]);
        for channel in 0..3 {
            for y in 0..IMAGE_SIDE {
                let row = &tiles[pixel(tile, 0, y)..][..3 * IMAGE_SIDE];
                records.extend(row.iter().skip(channel).step_by(3));
            }
        }
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn records(count: usize) -> Vec<u8> {
        let byte = |i: usize| match i % RECORD_BYTES {
            0 => (i / RECORD_BYTES % CLASSES) as u8,
            _ => (i.wrapping_mul(2_654_435_761) >> 13) as u8,
        };
        (0..count * RECORD_BYTES).map(byte).collect()
    }

    fn picture(width: u32, height: u32, pixels: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::new();
        WebPEncoder::new(&mut bytes).encode(pixels, width, height, ColorType::Rgb8).unwrap();
        bytes
    }

    #[test]
    fn records_come_back_whatever_their_number() {
        // A full row, a row begun, more labels than one row of pixels holds.
        for count in [1, 39, 40, 41, 1300] {
            let sheet = encode(&records(count));
            assert!(is_webp(&sheet));
            assert!(decode("a.webp", &sheet).unwrap() == records(count), "{count} records");
        }
    }

    #[test]
    fn other_pictures_are_named() {
        let said = |bytes: &[u8]| decode("a.webp", bytes).unwrap_err().to_string();
        assert!(said(&picture(2, 1, &[0; 6])).contains("a.webp: this WebP image is not a sheet"));
        assert!(said(&picture(2, 1, &[0; 6])).contains("2×1 pixels"));
        let tall = picture(WIDTH as u32, height(1) as u32 + 1, &vec![0; 3 * WIDTH * (height(1) + 1)]);
        assert!(said(&tall).contains("1280×34 pixels"));
        let black = vec![0; 3 * WIDTH * height(1)];
        assert!(said(&picture(WIDTH as u32, height(1) as u32, &black)).contains("labels are invalid"));
        let mut eleven = black;
        eleven[3 * WIDTH * IMAGE_SIDE..].fill(NO_IMAGE);
        eleven[3 * WIDTH * IMAGE_SIDE..][..3].fill(11);
        assert!(said(&picture(WIDTH as u32, height(1) as u32, &eleven)).contains("image 0 is 11"));
        assert!(said(b"RIFF\0\0\0\0WEBP").contains("cannot be decoded"));
    }

    proptest! {
        #[test]
        fn a_damaged_sheet_is_an_error_or_records(
            changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
            cut in any::<prop::sample::Index>(),
        ) {
            let mut bytes = encode(&records(3));
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            let _ = decode("a.webp", &bytes);
            prop_assert!(decode("a.webp", &encode(&records(3))[..cut.index(bytes.len())]).is_err());
        }
    }
}
