//! A network as text: a list of layers, from a preset or from JSON.

use serde::{Deserialize, Serialize};

use crate::config::{Norm, Preset};

/// Channels of the first stage of `tiny`.
const TINY: u32 = 16;

/// Number of groups of a preset's group norm.
const GROUPS: u32 = 4;

/// Number of classes a preset tells apart.
const CLASSES: u32 = 10;

/// A network: what its layers are, before their shapes are known.
///
/// ```json
/// {"name": "mine", "layers": [{"conv": {"out": 16}}, "relu", "global_average_pool", "flatten", {"dense": {"out": 10}}]}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// What reports call it.
    pub name: String,
    /// The layers in order; the index is that of the module in PyTorch's `nn.Sequential`.
    pub layers: Vec<LayerSpec>,
}

/// One layer of a network.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// Convolution with stride 1 and "same" padding.
    Conv {
        /// Output channels.
        out: u32,
        /// Side of the kernel, 1 or 3.
        #[serde(default = "three")]
        kernel: u32,
        /// Whether a bias is added.
        #[serde(default = "yes")]
        bias: bool,
    },
    /// Batch normalisation.
    BatchNorm,
    /// Group normalisation.
    GroupNorm {
        /// Number of groups, a divisor of the channels.
        groups: u32,
    },
    /// max(x, 0).
    Relu,
    /// Maximum of each 2×2 square.
    MaxPool,
    /// Mean of each channel over the whole image.
    GlobalAveragePool,
    /// Image to vector.
    Flatten,
    /// Matrix product and bias.
    Dense {
        /// Output values.
        out: u32,
    },
    /// x + layers(x).
    Residual(
        /// The layers of the branch; their output has the shape of their input.
        Vec<LayerSpec>,
    ),
}

const fn three() -> u32 {
    3
}

const fn yes() -> bool {
    true
}

impl ModelSpec {
    /// The network of a preset, with `norm` after each convolution.
    pub fn preset(preset: Preset, norm: Norm) -> Self {
        let layers = match preset {
            Preset::Tiny => three_stages(norm, TINY),
            Preset::Small => three_stages(norm, 2 * TINY),
            Preset::Resnet9 => resnet9(norm),
        };
        Self { name: format!("{preset}, {norm} norm"), layers }
    }

    /// `tiny` with `factor` times its channels; twice is `small`.
    pub fn tiny_widened(norm: Norm, factor: u32) -> Self {
        Self { name: format!("tiny ×{factor}, {norm} norm"), layers: three_stages(norm, factor * TINY) }
    }
}

/// The first batch norm whose input, of images with sides `height` and `width`, is a single pixel.
pub(super) fn batch_norm_of_a_pixel(
    layers: &[LayerSpec],
    prefix: &str,
    (mut height, mut width): (usize, usize),
) -> Option<String> {
    for (i, layer) in layers.iter().enumerate() {
        match layer {
            LayerSpec::BatchNorm if (height, width) == (1, 1) => return Some(format!("{prefix}{i}")),
            LayerSpec::MaxPool => (height, width) = (height / 2, width / 2),
            LayerSpec::GlobalAveragePool => (height, width) = (1, 1),
            LayerSpec::Residual(branch) => {
                let within = batch_norm_of_a_pixel(branch, &format!("{prefix}{i}."), (height, width));
                if within.is_some() {
                    return within;
                }
            }
            _ => {}
        }
    }
    None
}

/// A 3×3 convolution, its normalisation and its activation.
fn conv(norm: Norm, out: u32) -> Vec<LayerSpec> {
    let conv = LayerSpec::Conv { out, kernel: 3, bias: norm == Norm::None };
    let norm = match norm {
        Norm::Batch => Some(LayerSpec::BatchNorm),
        Norm::Group => Some(LayerSpec::GroupNorm { groups: GROUPS }),
        Norm::None => None,
    };
    [conv].into_iter().chain(norm).chain([LayerSpec::Relu]).collect()
}

/// From features to logits.
fn head() -> Vec<LayerSpec> {
    vec![LayerSpec::GlobalAveragePool, LayerSpec::Flatten, LayerSpec::Dense { out: CLASSES }]
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Weights and vectors of a list of layers, with the channels it ends on.
    fn parameters(layers: &[LayerSpec], mut channels: u32) -> (u32, u32) {
        let mut count = 0;
        for layer in layers {
            match layer {
                LayerSpec::Conv { out, kernel, bias } => {
                    count += kernel * kernel * channels * out + u32::from(*bias) * out;
                    channels = *out;
                }
                LayerSpec::BatchNorm | LayerSpec::GroupNorm { .. } => count += 2 * channels,
                LayerSpec::Dense { out } => count += (channels + 1) * out,
                LayerSpec::Residual(branch) => count += parameters(branch, channels).0,
                LayerSpec::Relu | LayerSpec::MaxPool | LayerSpec::GlobalAveragePool | LayerSpec::Flatten => {}
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
    }

    #[test]
    fn tiny_lists_its_modules_as_documented() {
        let layers = ModelSpec::preset(Preset::Tiny, Norm::Batch).layers;
        assert_eq!(layers.len(), 23);
        assert_eq!(layers[17], LayerSpec::Conv { out: 64, kernel: 3, bias: false });
        assert_eq!(layers[22], LayerSpec::Dense { out: 10 });
    }

    #[test]
    fn json_names_the_layers_in_snake_case() {
        let text = r#"{"name":"mine","layers":[{"conv":{"out":16}},"batch_norm",{"group_norm":{"groups":4}},
            {"residual":["relu",{"conv":{"out":16,"kernel":1,"bias":false}}]},"max_pool","global_average_pool",
            "flatten",{"dense":{"out":10}}]}"#;
        let model: ModelSpec = serde_json::from_str(text).unwrap();
        assert_eq!(model.layers[0], LayerSpec::Conv { out: 16, kernel: 3, bias: true });
        assert_eq!(
            serde_json::from_str::<ModelSpec>(&serde_json::to_string(&model).unwrap()).unwrap(),
            model
        );
        let error =
            serde_json::from_str::<ModelSpec>(r#"{"name":"x","layers":[{"conv":{"uot":1}}]}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `uot`"), "{error}");
    }
}
