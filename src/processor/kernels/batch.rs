use super::{Kernel, constant, number, words};
use crate::{
    data::IMAGE_BYTES,
    plan::Dispatch,
    random::{Stream, pcg4d},
    trainer::{BatchHeader, Flip},
};

/// Pixels along a side.
const SIDE: usize = 32;

/// Copies the next row of the step table to the step state.
pub fn advance(dispatch: &Dispatch) -> Kernel {
    let (header, row) = (4 * constant(dispatch, "HEADER"), 4 * constant(dispatch, "ROW"));
    Box::new(move |_, call| {
        let ([table], [cursor, step]) = call.split();
        let taken = words(cursor)[0];
        step[..header].copy_from_slice(&table[taken as usize * row..][..header]);
        bytemuck::cast_slice_mut::<f32, u32>(cursor)[0] = taken + 1;
    })
}

/// Whether an image of this index is mirrored.
fn is_mirrored(header: &BatchHeader, index: u32, random: u32) -> bool {
    let odd = |word: u32| word & 1 == 1;
    match header.flip {
        flip if flip == Flip::EveryOtherEpoch as u32 => {
            odd(pcg4d([header.seed, index, 0, Stream::Mirror as u32])[0] ^ header.epoch)
        }
        flip if flip == Flip::AtRandom as u32 => odd(random),
        flip => flip == Flip::Always as u32,
    }
}

/// The place within the image that a place up to 31 pixels outside mirrors.
fn reflected(at: i32) -> i32 {
    let inner = at.abs();
    if inner >= SIDE as i32 { 2 * (SIDE as i32 - 1) - inner } else { inner }
}

/// Takes a batch out of the data set: unpacks bytes, normalises, augments.
pub fn gather(dispatch: &Dispatch) -> Kernel {
    let (classes, first) = (constant(dispatch, "CLASSES") as u32, constant(dispatch, "FIRST"));
    let three = |names: [&str; 3]| names.map(|name| number(dispatch, name) as f32);
    let mean = three(["MEAN_R", "MEAN_G", "MEAN_B"]);
    let std = three(["STD_R", "STD_G", "STD_B"]);
    Box::new(move |workers, call| {
        let ([images, all_labels, table, batch], [x, labels]) = call.split();
        let images: &[u8] = bytemuck::cast_slice(images);
        let header = BatchHeader::read(batch);
        let BatchHeader { step, count, seed, crop, first: from, label_shift: shift, cutout, .. } = header;
        let index = |sample: usize| words(table)[from as usize + sample] as usize;
        let record = |sample: usize| {
            index(sample).checked_sub(first).filter(|record| (record + 1) * IMAGE_BYTES <= images.len())
        };
        let labels: &mut [u32] = bytemuck::cast_slice_mut(labels);
        for (sample, label) in labels.iter_mut().enumerate().take(x.len() / (4 * SIDE * SIDE)) {
            if sample >= count as usize {
                *label = 0;
            } else if record(sample).is_some() {
                *label = (words(all_labels)[index(sample)] + shift) % classes;
            }
        }
        workers.each_piece(x, 4 * SIDE * SIDE, |sample, x| {
            if sample >= count as usize {
                return x.fill(0.0);
            }
            let Some(record) = record(sample) else { return };
            let image = &images[record * IMAGE_BYTES..][..IMAGE_BYTES];
            let random = pcg4d([seed, step, sample as u32, Stream::Augment as u32]);
            let span = 2 * crop + 1;
            let [down, across] = [1, 2].map(|i| (random[i] % span) as i32 - crop as i32 + header.offset);
            let shifted = |at: usize, shift: i32| {
                let at = at as i32 + shift;
                let at = if header.reflect == 1 { reflected(at) } else { at };
                usize::try_from(at).ok().filter(|&at| at < SIDE)
            };
            let flipped = is_mirrored(&header, index(sample) as u32, random[0]);
            let corner = [random[3] >> 16, random[3] & 0xffff].map(|word| word % (SIDE as u32 + 1 - cutout));
            let is_cut = |place: [usize; 2]| {
                let within = |(at, corner): (usize, u32)| (corner..corner + cutout).contains(&(at as u32));
                place.into_iter().zip(corner).all(within)
            };
            for (pixel, x) in x.chunks_exact_mut(4).enumerate() {
                let (row, column) = (pixel / SIDE, pixel % SIDE);
                if is_cut([row, column]) {
                    x.fill(0.0);
                    continue;
                }
                let column = if flipped { SIDE - 1 - column } else { column };
                let at = shifted(row, down).zip(shifted(column, across));
                let byte = |channel: usize| {
                    at.map_or(0, |(row, column)| image[channel * SIDE * SIDE + row * SIDE + column])
                };
                for channel in 0..3 {
                    x[channel] = (f32::from(byte(channel)) / 255.0 - mean[channel]) / std[channel];
                }
                x[3] = 0.0;
            }
        });
    })
}
