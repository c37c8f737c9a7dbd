//! A network as text: a list of layers, from a preset or from JSON, and as modules in PyTorch.

use serde::{Deserialize, Serialize};

use super::Shape;

/// A network as a list of layers, before their shapes are known.
///
/// ```json
/// {"name": "mine", "layers": [{"conv": {"out": 16}}, "relu", "global_average_pool", "flatten", {"dense": {"out": 10}}]}
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ModelSpec {
    /// Name in reports.
    pub name: String,
    /// The layers in order; the index is that of the module in PyTorch's `nn.Sequential`.
    pub layers: Vec<LayerSpec>,
}

/// One layer of a network.
///
/// `LayerSpec::iter()` (of `strum::IntoEnumIterator`) goes through every kind of layer, with zeros for its settings.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, strum::EnumIter)]
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
    /// x·Φ(x), the Gaussian error linear unit in its exact form.
    Gelu,
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

impl LayerSpec {
    /// The layer as a module in PyTorch for an input of `shape`, which becomes the shape of its output. The layers of a
    /// residual block are on lines of their own, four spaces further in than `indent`.
    fn module(&self, shape: &mut Shape, indent: &str) -> String {
        let Shape { channels, height, width } = *shape;
        match self {
            Self::Conv { out, kernel, bias } => {
                shape.channels = *out as usize;
                let (padding, bias) = (kernel / 2, if *bias { "True" } else { "False" });
                format!("nn.Conv2d({channels}, {out}, {kernel}, padding={padding}, bias={bias})")
            }
            Self::BatchNorm => format!("nn.BatchNorm2d({channels})"),
            Self::GroupNorm { groups } => format!("nn.GroupNorm({groups}, {channels})"),
            Self::Relu => "nn.ReLU()".to_owned(),
            Self::Gelu => "nn.GELU()".to_owned(),
            Self::MaxPool => {
                *shape = shape.max_pooled();
                "nn.MaxPool2d(2)".to_owned()
            }
            Self::GlobalAveragePool => {
                *shape = Shape { height: 1, width: 1, channels };
                "nn.AdaptiveAvgPool2d(1)".to_owned()
            }
            Self::Flatten => {
                *shape = Shape { height: 1, width: 1, channels: height * width * channels };
                "nn.Flatten()".to_owned()
            }
            Self::Dense { out } => {
                shape.channels = *out as usize;
                format!("nn.Linear({channels}, {out})")
            }
            Self::Residual(branch) => {
                format!("Residual(\n{}{indent})", modules(branch, shape, &format!("{indent}    ")))
            }
        }
    }
}

/// The layers as lines of a Python call, for an input of `shape`, which becomes the shape of the output.
pub(crate) fn modules(layers: &[LayerSpec], shape: &mut Shape, indent: &str) -> String {
    layers.iter().map(|layer| format!("{indent}{},\n", layer.module(shape, indent))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

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
