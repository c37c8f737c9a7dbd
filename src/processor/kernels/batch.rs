use super::{Kernel, constant, number, words};
use crate::{
    data::IMAGE_BYTES,
    plan::Dispatch,
    random::{Stream, pcg4d},
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

/// Takes a batch out of the data set: unpacks bytes, normalises, augments.
pub fn gather(dispatch: &Dispatch) -> Kernel {
    let (classes, first) = (constant(dispatch, "CLASSES") as u32, constant(dispatch, "FIRST"));
    let three = |names: [&str; 3]| names.map(|name| number(dispatch, name) as f32);
    let mean = three(["MEAN_R", "MEAN_G", "MEAN_B"]);
    let std = three(["STD_R", "STD_G", "STD_B"]);
    Box::new(move |workers, call| {
        let ([images, all_labels, table, batch], [x, labels]) = call.split();
        let images: &[u8] = bytemuck::cast_slice(images);
        let [step, count, seed, flip, crop, from, _, shift] = std::array::from_fn(|i| words(batch)[i]);
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
            let shifted = |at: usize, random: u32| {
                (at + (random % span) as usize).checked_sub(crop as usize).filter(|&at| at < SIDE)
            };
            let flipped = flip == 1 && random[0] & 1 == 1;
            for (pixel, x) in x.chunks_exact_mut(4).enumerate() {
                let (row, column) = (pixel / SIDE, pixel % SIDE);
                let column = if flipped { SIDE - 1 - column } else { column };
                let at = shifted(row, random[1]).zip(shifted(column, random[2]));
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
