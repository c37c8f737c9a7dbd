//! The networks that come with the program.

use super::{LayerSpec, ModelSpec};
use crate::named::choices;

choices! {
    /// A network that comes with the program.
    Preset {
        /// 16-16 | pool | 32-32 | pool | 64-64 | global average | dense.
        Tiny = "tiny",
        /// 32-32 | pool | 64-64 | pool | 128-128 | global average | dense.
        Small = "small",
        /// Nine layers with weights, two residual blocks, 64 to 512 channels.
        Resnet9 = "resnet9",
        /// Filters that whiten 2×2 patches, three blocks of 64, 256 and 256 channels, global maximum, dense (Jordan 2024, airbench94).
        Airbench = "airbench",
    }
}

choices! {
    /// Normalisation after each convolution of a preset.
    Norm {
        /// Batch normalisation (Ioffe & Szegedy 2015).
        Batch = "batch",
        /// Group normalisation with four groups (Wu & He 2018).
        Group = "group",
        /// No normalisation; the convolutions have a bias instead.
        None = "none",
    }
}

/// Channels of the first stage of `tiny`.
const TINY: u32 = 16;

/// Number of groups of a preset's group norm.
const GROUPS: u32 = 4;

/// Number of classes of a preset.
const CLASSES: u32 = 10;

impl ModelSpec {
    /// The network of a preset, with `norm` after each convolution.
    pub fn preset(preset: Preset, norm: Norm) -> Self {
        let layers = match preset {
            Preset::Tiny => three_stages(norm, TINY),
            Preset::Small => three_stages(norm, 2 * TINY),
            Preset::Resnet9 => resnet9(norm),
            Preset::Airbench => airbench(norm),
        };
        Self { name: format!("{preset}, {norm} norm"), layers }
    }

    /// `tiny` with `factor` times its channels; `small` is `tiny` with twice the channels.
    pub fn tiny_widened(norm: Norm, factor: u32) -> Self {
        Self { name: format!("tiny ×{factor}, {norm} norm"), layers: three_stages(norm, factor * TINY) }
    }
}

/// A 3×3 convolution, its normalisation and its activation.
fn conv(norm: Norm, out: u32) -> Vec<LayerSpec> {
    let conv = LayerSpec::Conv { out, kernel: 3, bias: norm == Norm::None, dirac: false, whiten: false };
    let norm = match norm {
        Norm::Batch => Some(LayerSpec::batch_norm()),
        Norm::Group => Some(LayerSpec::GroupNorm { groups: GROUPS }),
        Norm::None => None,
    };
    [conv].into_iter().chain(norm).chain([LayerSpec::Relu]).collect()
}

/// From features to logits.
fn head() -> Vec<LayerSpec> {
    vec![LayerSpec::GlobalAveragePool, LayerSpec::Flatten, LayerSpec::Dense { out: CLASSES, bias: true }]
}

/// Two convolutions at each of three sizes, the channels doubling as the sides halve.
fn three_stages(norm: Norm, width: u32) -> Vec<LayerSpec> {
    let stage = |channels| [conv(norm, channels), conv(norm, channels)].concat();
    let pool = || vec![LayerSpec::MaxPool];
    [stage(width), pool(), stage(2 * width), pool(), stage(4 * width), head()].concat()
}

/// The nine-layer residual network that CIFAR-10 speed runs grew from.
fn resnet9(norm: Norm) -> Vec<LayerSpec> {
    let pool = || vec![LayerSpec::MaxPool];
    let residual = |out| vec![LayerSpec::Residual([conv(norm, out), conv(norm, out)].concat())];
    let first = [conv(norm, 64), conv(norm, 128), pool(), residual(128)];
    let second = [conv(norm, 256), pool(), conv(norm, 512), pool(), residual(512), head()];
    [first.concat(), second.concat()].concat()
}

/// The network of airbench94 (Jordan 2024, arXiv 2404.00498): after each of its convolutions except the first a norm without scale and
/// GELU, in each block a pooling before the first norm. Its batch norms keep .6 of their running statistics at a step, PyTorch's
/// momentum of .4.
fn airbench(norm: Norm) -> Vec<LayerSpec> {
    let normed = |out, pool: bool| {
        let conv = LayerSpec::Conv { out, kernel: 3, bias: norm == Norm::None, dirac: true, whiten: false };
        let norm = match norm {
            Norm::Batch => Some(LayerSpec::BatchNorm { scale: false, momentum: 0.4, epsilon: 1e-12 }),
            Norm::Group => Some(LayerSpec::GroupNorm { groups: GROUPS }),
            Norm::None => None,
        };
        [conv].into_iter().chain(pool.then_some(LayerSpec::MaxPool)).chain(norm).chain([LayerSpec::Gelu])
    };
    let whiten = LayerSpec::Conv { out: 24, kernel: 2, bias: true, dirac: false, whiten: true };
    let blocks = [64, 256, 256].into_iter().flat_map(|out| normed(out, true).chain(normed(out, false)));
    let head = [
        LayerSpec::GlobalMaxPool,
        LayerSpec::Flatten,
        LayerSpec::Dense { out: CLASSES, bias: false },
        LayerSpec::Scale { by: 1.0 / 9.0 },
    ];
    [whiten, LayerSpec::Gelu].into_iter().chain(blocks).chain(head).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Number of parameters of a list of layers, and its number of output channels.
    fn parameters(layers: &[LayerSpec], mut channels: u32) -> (u32, u32) {
        let mut count = 0;
        for layer in layers {
            match layer {
                LayerSpec::Conv { out, kernel, bias, .. } => {
                    count += kernel * kernel * channels * out + u32::from(*bias) * out;
                    channels = *out;
                }
                LayerSpec::BatchNorm { scale, .. } => count += (1 + u32::from(*scale)) * channels,
                LayerSpec::GroupNorm { .. } => count += 2 * channels,
                LayerSpec::Dense { out, bias } => count += (channels + u32::from(*bias)) * out,
                LayerSpec::Residual(branch) => count += parameters(branch, channels).0,
                _ => {}
            }
        }
        (count, channels)
    }

    #[test]
    fn presets_have_the_published_number_of_parameters() {
        let count = |preset, norm| parameters(&ModelSpec::preset(preset, norm).layers, 3).0;
        assert_eq!(count(Preset::Tiny, Norm::Batch), 72_954);
        assert_eq!(count(Preset::Tiny, Norm::Group), 72_954);
        assert_eq!(count(Preset::Tiny, Norm::None), 72_954 - 224);
        assert_eq!(count(Preset::Resnet9, Norm::Batch), 6_573_130);
        assert_eq!(count(Preset::Airbench, Norm::Batch), 1_971_640);
    }

    #[test]
    fn small_is_tiny_at_twice_its_width() {
        let small = ModelSpec::preset(Preset::Small, Norm::Batch);
        assert_eq!(
            small.layers[0],
            LayerSpec::Conv { out: 32, kernel: 3, bias: false, dirac: false, whiten: false }
        );
        assert_eq!(
            small.layers[17],
            LayerSpec::Conv { out: 128, kernel: 3, bias: false, dirac: false, whiten: false }
        );
        assert_eq!(ModelSpec::tiny_widened(Norm::Batch, 2).layers, small.layers);
    }

    #[test]
    fn tiny_lists_its_modules_as_documented() {
        let layers = ModelSpec::preset(Preset::Tiny, Norm::Batch).layers;
        assert_eq!(layers.len(), 23);
        assert_eq!(
            layers[17],
            LayerSpec::Conv { out: 64, kernel: 3, bias: false, dirac: false, whiten: false }
        );
        assert_eq!(layers[22], LayerSpec::Dense { out: 10, bias: true });
    }
}
