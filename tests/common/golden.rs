//! The golden files: what PyTorch computes (`tests/golden/README.md`), in the engine's memory layout.

use std::{collections::HashMap, path::Path};

use emascope::reference::{ConvShape, Image, fill_vector};
use safetensors::{Dtype, SafeTensors};

/// Tensors of a golden file by name, and its settings.
pub struct Golden {
    tensors: HashMap<String, Tensor>,
    /// Settings with which the file was made.
    pub settings: serde_json::Value,
}

struct Tensor {
    shape: Vec<usize>,
    values: Vec<f64>,
}

impl Golden {
    /// Reads `tests/golden/<name>`.
    pub fn open(name: &str) -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden").join(name);
        let bytes = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
        let settings = &metadata.metadata().as_ref().unwrap()["settings"];
        let tensors = SafeTensors::deserialize(&bytes).unwrap();
        let tensors = tensors.iter().map(|(name, view)| {
            let values = match view.dtype() {
                Dtype::F32 => {
                    let values: Vec<f32> = bytemuck::pod_collect_to_vec(view.data());
                    values.into_iter().map(f64::from).collect()
                }
                Dtype::F64 => bytemuck::pod_collect_to_vec(view.data()),
                other => panic!("{name} is {other:?}"),
            };
            (name.to_owned(), Tensor { shape: view.shape().to_vec(), values })
        });
        Self { tensors: tensors.collect(), settings: serde_json::from_str(settings).unwrap() }
    }

    #[track_caller]
    fn tensor(&self, name: &str) -> &Tensor {
        self.tensors.get(name).unwrap_or_else(|| panic!("no tensor {name}"))
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// Values in PyTorch's order.
    #[track_caller]
    pub fn get(&self, name: &str) -> &[f64] {
        &self.tensor(name).values
    }

    /// Row `row` of a matrix.
    #[track_caller]
    pub fn row(&self, name: &str, row: usize) -> &[f64] {
        let tensor = self.tensor(name);
        let width = tensor.shape[1];
        &tensor.values[row * width..(row + 1) * width]
    }

    /// Shape of activations; a matrix `[n, c]` is `n` images of one pixel.
    #[track_caller]
    pub fn image(&self, name: &str) -> Image {
        match self.tensor(name).shape[..] {
            [n, c, h, w] => Image { n, h, w, c },
            [n, c] => Image { n, h: 1, w: 1, c },
            ref shape => panic!("{name} has the shape {shape:?}"),
        }
    }

    /// Activations: NCHW to NHWC with padded channels.
    #[track_caller]
    pub fn activations(&self, name: &str) -> Vec<f64> {
        let (image, values) = (self.image(name), self.get(name));
        image.fill(|n, y, x, c| values[((n * image.c + c) * image.h + y) * image.w + x])
    }

    /// Weights: OIHW to blocks.
    #[track_caller]
    pub fn weights(&self, name: &str, conv: ConvShape) -> Vec<f64> {
        let (ConvShape { inputs, kernel, .. }, values) = (conv, self.get(name));
        conv.fill_weights(|kh, kw, ci, co| values[((co * inputs + ci) * kernel + kh) * kernel + kw])
    }

    /// A vector, padded.
    #[track_caller]
    pub fn vector(&self, name: &str) -> Vec<f64> {
        let values = self.get(name);
        fill_vector(values.len(), |c| values[c])
    }
}
