//! The fastest tiles of the convolution kernels on a GPU, measured once for each shape and cached.
//!
//! A tile affects how a workgroup loads, not the order of any sum, so choosing by time changes no result. The choices
//! are stored in a JSON file in the cache folder.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    time::Instant,
};

use crate::{
    gpu::{BoundPlan, Buffers, Gpu, GpuError},
    layers::kernels::{ConvOp, KernelSet, Tile, Tiles, conv_forward, conv_grad_weight, grad_weight_chunks},
    layout::ConvShape,
    plan::{Dispatch, Memory},
};

/// Number of runs of each tile, of which the fastest counts.
const RUNS: usize = 3;

/// Launches in a run, enough to outweigh the cost of a submit.
const LAUNCHES: usize = 8;

/// A tile must be faster than the default one by this factor; less may be noise.
const GAIN: f64 = 1.03;

/// The choices of several adapters as in the file: adapter, convolution, tile.
type Remembered = BTreeMap<String, BTreeMap<String, Tile>>;

/// A file of choices.
pub struct TileCache {
    path: PathBuf,
    remembered: Remembered,
}

impl TileCache {
    /// Opens the file at `path`. A missing or unreadable one counts as empty, since its contents can be measured again.
    pub fn open(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_default();
        Self { path: path.to_owned(), remembered: serde_json::from_str(&text).unwrap_or_default() }
    }

    /// Writes the file.
    ///
    /// # Errors
    /// The folder or the file cannot be written.
    pub fn save(&self) -> std::io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.path, serde_json::to_string_pretty(&self.remembered)? + "\n")
    }

    /// The tiles for `convolutions` on the adapter of `gpu`, cached or measured now. `progress` receives how many have
    /// been measured, and how many there are to measure.
    ///
    /// # Errors
    /// [`GpuError`].
    pub async fn tiles(
        &mut self,
        gpu: &Gpu,
        convolutions: impl IntoIterator<Item = (ConvOp, ConvShape)>,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Tiles, GpuError> {
        let known = self.remembered.entry(gpu.adapter().to_string()).or_default();
        let mut tiles = Tiles::new();
        let mut unknown = Vec::new();
        for (op, shape) in convolutions {
            // A file may be of other kernels, or written by hand.
            let possible = Tile::fitting(op, shape, gpu.workgroup_memory());
            match known.get(&name(op, shape)).filter(|tile| possible.contains(tile)) {
                Some(&tile) => drop(tiles.insert((op, shape), tile)),
                None => unknown.push((op, shape)),
            }
        }
        for (done, &(op, shape)) in unknown.iter().enumerate() {
            progress(done, unknown.len());
            let tile = fastest(gpu, op, shape).await?;
            known.insert(name(op, shape), tile);
            tiles.insert((op, shape), tile);
        }
        Ok(tiles)
    }
}

/// The name of a choice in the file and in a run's log.
pub fn name(op: ConvOp, ConvShape { n, h, w, inputs, outputs, kernel }: ConvShape) -> String {
    let what = match op {
        ConvOp::Forward => "forward",
        ConvOp::GradWeight => "weight gradient",
    };
    format!("{what} {n}×{h}×{w}, {inputs} to {outputs} channels, kernel {kernel}")
}

/// Measures every tile on zeros: the time of a product does not depend on its factors.
async fn fastest(gpu: &Gpu, op: ConvOp, shape: ConvShape) -> Result<Tile, GpuError> {
    let chunks = grad_weight_chunks(KernelSet::Tiled(None), shape);
    let memory = Memory::default();
    let floats = |label, count: usize| memory.fixed(label, 4 * count as u64);
    let x = floats("tuning x", shape.input().size());
    let y = floats("tuning y", shape.output().size());
    let w = floats("tuning w", shape.weight_size());
    let partial =
        floats("tuning partial", if op == ConvOp::GradWeight { chunks * shape.weight_size() } else { 0 });
    let dispatch = |tile| -> Dispatch {
        let kernels = KernelSet::Tiled(Some(tile));
        match op {
            ConvOp::Forward => conv_forward(kernels, shape, x, w, None, y),
            ConvOp::GradWeight => conv_grad_weight(kernels, shape, chunks, x, y, partial),
        }
    };
    let buffers = Buffers::allocate(gpu, &memory).await?;
    let tiles = Tile::fitting(op, shape, gpu.workgroup_memory());
    let mut best = (f64::INFINITY, tiles[0]);
    // The default comes first, so that others must beat it.
    for tile in tiles {
        let plan = BoundPlan::new(gpu, [&dispatch(tile)], &buffers, &[]);
        plan.submit(gpu, 1);
        gpu.finished().await?;
        let mut least = f64::INFINITY;
        for _ in 0..RUNS {
            let start = Instant::now();
            plan.submit(gpu, LAUNCHES);
            gpu.finished().await?;
            least = least.min(start.elapsed().as_secs_f64());
        }
        if best.0.is_infinite() || least * GAIN < best.0 {
            best = (least, tile);
        }
    }
    Ok(best.1)
}

#[cfg(test)]
mod tests {
    use pollster::block_on;

    use super::*;

    #[test]
    fn choices_are_measured_once_and_remembered() {
        let gpu = block_on(Gpu::open()).unwrap_or_else(|error| panic!("{error}"));
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cache/tiles.json");
        let shape = ConvShape { n: 2, h: 8, w: 8, inputs: 4, outputs: 8, kernel: 3 };
        let work = [(ConvOp::Forward, shape), (ConvOp::GradWeight, shape)];
        let tiles = |cache: &mut TileCache| {
            let mut measured = 0;
            let tiles = block_on(cache.tiles(&gpu, work, &mut |_, _| measured += 1)).unwrap();
            (tiles, measured)
        };
        let mut cache = TileCache::open(&path);
        let (first, measured) = tiles(&mut cache);
        assert_eq!((first.len(), measured), (2, 2));
        cache.save().unwrap();
        assert_eq!(tiles(&mut TileCache::open(&path)), (first, 0));
        // A tile that its kernel cannot take is measured again, too.
        for choices in cache.remembered.values_mut() {
            choices.insert(name(ConvOp::GradWeight, shape), Tile { columns: 2, rows: 16 });
        }
        assert_eq!(tiles(&mut cache).1, 1);
        // A damaged file costs a measurement, not a run.
        fs::write(&path, "{").unwrap();
        assert_eq!(tiles(&mut TileCache::open(&path)).1, 2);
    }
}
