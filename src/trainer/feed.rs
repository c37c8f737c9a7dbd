//! The settings of each step, row by row: computed here in double precision, read by the kernels.
//!
//! A row is a header of 256-byte sections (batch, the optimizer's for each group of parameters, EMA), each bound by one kernel,
//! followed by the indices of the batch's images. `shaders/batch/advance.wgsl` copies the next row's header to the step state at the start of each
//! step, so any number of steps can be submitted at once without an upload between them.

use crate::{
    average::Rates,
    data::{CLASSES, Dataset, IMAGE_BYTES, whitening},
    executor::{Buffers, Executor},
    kernel,
    network::Group,
    optim::Headers,
    plan::{Dispatch, Kernel, Memory, Plan, View, read, read_write},
};

const SECTION_WORDS: usize = 64;
/// The batch's, the optimizer's and the averages'.
const SECTIONS: usize = 2 + Group::TRAINED.len();
const EMA_SECTION: usize = SECTIONS - 1;
const HEADER_WORDS: usize = SECTIONS * SECTION_WORDS;

/// Bytes of images that are uploaded at once.
const UPLOAD_BYTES: usize = 16 << 20;

/// The batch header of a step.
#[derive(Clone, Copy, Debug, Default, bytemuck::Pod, bytemuck::Zeroable)]
#[repr(C)]
pub(crate) struct BatchHeader {
    pub step: u32,
    pub count: u32,
    pub seed: u32,
    pub flip: u32,
    pub crop: u32,
    pub first: u32,
    pub momentum: f32,
    /// Added to every label, modulo the number of classes; 0 except for a deliberately bad batch.
    pub label_shift: u32,
    /// How far lookahead's slow weights go to the weights; below 0 not at all.
    pub lookahead: f32,
    /// 1 if what comes in from outside is the image reflected at its border, 0 if it is black.
    pub reflect: u32,
    /// Side of the square that is blanked.
    pub cutout: u32,
    /// Epochs before this one.
    pub epoch: u32,
    /// Added to the shift along both axes.
    pub offset: i32,
    /// Number of this view of the batch, from 0.
    pub view: u32,
    /// Its share of the sum of logits.
    pub share: f32,
}

impl BatchHeader {
    /// The header at the beginning of a section.
    pub fn read(section: &[f32]) -> Self {
        *bytemuck::from_bytes(bytemuck::cast_slice(&section[..size_of::<Self>() / 4]))
    }
}

/// Which images are mirrored.
#[derive(Clone, Copy, Debug)]
#[repr(u32)]
pub(crate) enum Flip {
    Never = 0,
    AtRandom = 1,
    EveryOtherEpoch = 2,
    Always = 3,
}

/// A step table, the cursor into it and the state of the current step.
pub(super) struct Feed {
    table: View,
    pub cursor: View,
    state: View,
    rows: usize,
    batch: usize,
}

impl Feed {
    /// Room for `rows` rows of `batch` images.
    pub fn new(memory: &Memory, label: &str, rows: usize, batch: usize) -> Self {
        Self {
            table: memory.fixed(&format!("{label} table"), (4 * rows * row_words(batch)) as u64),
            cursor: memory.fixed(&format!("{label} cursor"), 16),
            state: memory.fixed(&format!("{label} state"), (4 * HEADER_WORDS) as u64),
            rows,
            batch,
        }
    }

    pub fn batch_section(&self) -> View {
        self.state.floats(0, SECTION_WORDS)
    }

    pub fn optimizer_section(&self, group: Group) -> View {
        self.state.floats((1 + group as usize) * SECTION_WORDS, SECTION_WORDS)
    }

    pub fn ema_section(&self) -> View {
        self.state.floats(EMA_SECTION * SECTION_WORDS, SECTION_WORDS)
    }

    /// Most rows that fit.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Replaces the table by `rows` and goes back to its start.
    pub fn fill(&self, executor: &Executor, buffers: &Buffers, rows: &Rows) {
        assert!(rows.words.len() <= self.rows * row_words(self.batch), "more rows than the table has");
        buffers.write(executor, self.table.slot, 0, &rows.words);
        buffers.write(executor, self.cursor.slot, 0, &[0_u32; 4]);
    }

    /// `shaders/batch/advance.wgsl`.
    pub fn advance(&self) -> Dispatch {
        static KERNEL: Kernel = kernel!("batch", "advance");
        let constants = [("HEADER", HEADER_WORDS / 4), ("ROW", row_words(self.batch) / 4)];
        let bindings = [read(self.table), read_write(self.cursor), read_write(self.state)];
        Dispatch::in_workgroups(&KERNEL, &constants, bindings, 1).with_moved(2 * 4 * HEADER_WORDS)
    }

    /// `shaders/batch/gather.wgsl`: the current step's images into x, their labels into `labels`; a dispatch for each part of the
    /// images.
    pub fn gather(&self, images: &Images, x: View, labels: View) -> Plan {
        gather(images, self.table, self.batch_section(), x, labels)
    }
}

/// `shaders/batch/gather.wgsl`, a dispatch for each part of the images.
pub fn gather(images: &Images, table: View, batch: View, x: View, labels: View) -> Plan {
    static KERNEL: Kernel = kernel!("batch", "gather");
    let names = ["MEAN_R", "MEAN_G", "MEAN_B", "STD_R", "STD_G", "STD_B"];
    let part = |(i, &bytes): (usize, &View)| {
        let bindings =
            [read(bytes), read(images.labels), read(table), read(batch), read_write(x), read_write(labels)];
        let constants = [("CLASSES", CLASSES), ("FIRST", i * images.records_a_part)];
        let values = images.mean.into_iter().chain(images.deviation);
        names.into_iter().zip(values).fold(
            Dispatch::new(&KERNEL, &constants, bindings, (x.bytes / 16) as usize)
                .with_moved(3 * (x.bytes / 16) as usize + x.bytes as usize),
            |dispatch, (name, value)| dispatch.with_constant(name, value),
        )
    };
    images.parts.iter().enumerate().map(part).collect()
}

fn row_words(batch: usize) -> usize {
    HEADER_WORDS + batch.next_multiple_of(4)
}

/// Rows that will be written to a table.
pub(super) struct Rows {
    words: Vec<u32>,
    batch: usize,
}

impl Rows {
    pub fn new(batch: usize) -> Self {
        Self { words: Vec::new(), batch }
    }

    /// Adds a step over the images `indices`.
    pub fn push(&mut self, mut batch: BatchHeader, optimizer: Option<Headers>, ema: Rates, indices: &[u32]) {
        let start = self.words.len();
        batch.first = (start + HEADER_WORDS) as u32;
        batch.count = indices.len() as u32;
        self.words.resize(start + row_words(self.batch), 0);
        let row = &mut self.words[start..];
        copy(row, 0, bytemuck::bytes_of(&batch));
        for (group, header) in optimizer.iter().flatten().enumerate() {
            copy(row, 1 + group, header.bytes());
        }
        copy(row, EMA_SECTION, bytemuck::bytes_of(&ema));
        row[HEADER_WORDS..HEADER_WORDS + indices.len()].copy_from_slice(indices);
    }
}

fn copy(row: &mut [u32], section: usize, header: &[u8]) {
    bytemuck::cast_slice_mut(&mut row[section * SECTION_WORDS..])[..header.len()].copy_from_slice(header);
}

/// The properties of a data set that a run needs once the images are on the GPU.
#[derive(Clone, Debug)]
pub struct Outline {
    /// Its name.
    pub name: String,
    /// Number of training images.
    pub train: usize,
    /// Number of test images.
    pub test: usize,
    /// Mean of byte / 255 over the training images, per channel.
    pub mean: [f64; 3],
    /// Its standard deviation.
    pub deviation: [f64; 3],
    /// Filters that whiten the training images, for a network that begins with them.
    pub whitening: Option<Vec<f32>>,
}

impl Outline {
    /// The outline of a whole data set, for a network that begins with filters that whiten the images or not.
    pub fn of(dataset: &Dataset, whitens: bool) -> Self {
        let (mean, deviation) = dataset.channel_statistics();
        Self {
            whitening: whitens.then(|| whitening(&dataset.train, mean, deviation)),
            name: dataset.name.clone(),
            train: dataset.train.len(),
            test: dataset.test.len(),
            mean,
            deviation,
        }
    }
}

/// A split on the GPU: packed bytes and labels, and how to normalise them.
#[derive(Clone, Debug)]
pub struct Images {
    /// Records of 3,072 bytes, four to a word, in as many buffers as it takes for each to be bound whole.
    pub parts: Vec<View>,
    /// Records of each part but the last, which may have fewer.
    pub records_a_part: usize,
    /// One word per label.
    pub labels: View,
    /// Mean of byte / 255 over the training images, per channel.
    pub mean: [f64; 3],
    /// Its standard deviation.
    pub deviation: [f64; 3],
}

impl Images {
    /// Room for `len` images, normalised as in `outline`, in parts of at most `largest_binding` bytes.
    pub fn new(memory: &Memory, label: &str, len: usize, outline: &Outline, largest_binding: u64) -> Self {
        let Outline { mean, deviation, .. } = *outline;
        // Buffers are whole multiples of 256 bytes.
        let most = usize::try_from(largest_binding / 256 * 256).unwrap_or(usize::MAX) / IMAGE_BYTES;
        let records_a_part = most.clamp(1, len.max(1));
        let records = (0..len).step_by(records_a_part).map(|at| records_a_part.min(len - at));
        let label_of = format!("{label} images");
        Self {
            parts: records.map(|count| memory.fixed(&label_of, (count * IMAGE_BYTES) as u64)).collect(),
            records_a_part,
            labels: memory.fixed(&format!("{label} labels"), (4 * len) as u64),
            mean,
            deviation,
        }
    }

    /// Writes the bytes and labels of a split of the same length.
    pub fn upload(&self, executor: &Executor, buffers: &Buffers, images: &[u8], labels: &[u8]) {
        for (part, images) in self.parts.iter().zip(images.chunks(self.records_a_part * IMAGE_BYTES)) {
            // A browser copies whatever it is given at once.
            for (at, piece) in (0..).step_by(UPLOAD_BYTES).zip(images.chunks(UPLOAD_BYTES)) {
                buffers.write(executor, part.slot, at, piece);
            }
        }
        let labels: Vec<u32> = labels.iter().map(|&label| label.into()).collect();
        buffers.write(executor, self.labels.slot, 0, &labels);
    }

    /// Where the images and labels are, in the same order for every split of the same length.
    pub fn views(&self) -> impl Iterator<Item = View> + '_ {
        self.parts.iter().copied().chain([self.labels])
    }
}
