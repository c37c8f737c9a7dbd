//! A network as text: a list of layers, from a preset or from JSON, and as modules in PyTorch.

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};
use serde_json::{Value, json};

use super::{BATCH_NORM_MOMENTUM, NORM_EPSILON, Shape};

/// A network as a list of layers, before their shapes are known.
///
/// ```json
/// {"name": "mine", "layers": [{"conv": {"out": 16}}, "relu", "global_average_pool", "flatten", {"dense": {"out": 10}}]}
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, strum::EnumIter)]
#[serde(remote = "Self", rename_all = "snake_case", deny_unknown_fields)]
pub enum LayerSpec {
    /// Convolution with stride 1; with "same" padding, or none with a 2×2 kernel.
    Conv {
        /// Output channels.
        out: u32,
        /// Side of the kernel: 1, 2 or 3.
        #[serde(default = "three")]
        kernel: u32,
        /// Whether a bias is added.
        #[serde(default = "yes")]
        bias: bool,
        /// Whether the first filters begin as identities of the input channels (Dirac), and only the others at random.
        #[serde(default, skip_serializing_if = "is_no")]
        dirac: bool,
        /// Whether the filters are those that whiten the 2×2 patches of the training images, and stay so; the bias is trained. For the
        /// first layer, with 24 outputs.
        #[serde(default, skip_serializing_if = "is_no")]
        whiten: bool,
    },
    /// Batch normalisation. In JSON `"batch_norm"` is the one with PyTorch's defaults.
    BatchNorm {
        /// Whether there is a scale (γ) that is trained; without, it stays 1.
        #[serde(default = "yes")]
        scale: bool,
        /// Share of a batch's statistics in the running ones, as in PyTorch.
        #[serde(default = "default_momentum")]
        momentum: f64,
        /// Added to the variance.
        #[serde(default = "default_epsilon")]
        epsilon: f64,
    },
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
    /// Maximum of each channel over the whole image.
    GlobalMaxPool,
    /// Image to vector.
    Flatten,
    /// Matrix product and bias.
    Dense {
        /// Output values.
        out: u32,
        /// Whether a bias is added.
        #[serde(default = "yes", skip_serializing_if = "is_yes")]
        bias: bool,
    },
    /// Multiplication by a number.
    Scale {
        /// The number.
        by: f64,
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

const fn is_yes(value: &bool) -> bool {
    *value
}

const fn is_no(value: &bool) -> bool {
    !*value
}

const fn default_momentum() -> f64 {
    BATCH_NORM_MOMENTUM
}

const fn default_epsilon() -> f64 {
    NORM_EPSILON
}

/// The text of a batch norm with PyTorch's defaults.
const BATCH_NORM: &str = "batch_norm";

impl Serialize for LayerSpec {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if *self == Self::batch_norm() {
            serializer.serialize_str(BATCH_NORM)
        } else {
            Self::serialize(self, serializer)
        }
    }
}

impl<'de> Deserialize<'de> for LayerSpec {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        let value = if value == BATCH_NORM { json!({ BATCH_NORM: {} }) } else { value };
        Self::deserialize(value).map_err(D::Error::custom)
    }
}

impl ModelSpec {
    /// Whether the first layer has filters that whiten the training images.
    pub fn whitens(&self) -> bool {
        matches!(self.layers.first(), Some(LayerSpec::Conv { whiten: true, .. }))
    }
}

impl LayerSpec {
    /// Batch normalisation with PyTorch's defaults.
    pub const fn batch_norm() -> Self {
        Self::BatchNorm { scale: true, momentum: BATCH_NORM_MOMENTUM, epsilon: NORM_EPSILON }
    }

    /// The layer as a module in PyTorch for an input of `shape`, which becomes the shape of its output. The layers of a
    /// residual block are on lines of their own, four spaces further in than `indent`.
    fn module(&self, shape: &mut Shape, indent: &str) -> String {
        let Shape { channels, height, width } = *shape;
        match self {
            Self::Conv { out, kernel, bias, dirac, whiten } => {
                *shape = shape.convolved(*kernel as usize, *out as usize);
                let padding = if *kernel == 3 { 1 } else { 0 };
                let bias = if *bias { "True" } else { "False" };
                let conv = format!("nn.Conv2d({channels}, {out}, {kernel}, padding={padding}, bias={bias})");
                match (dirac, whiten) {
                    (true, _) => format!("dirac({conv})"),
                    (_, true) => conv.replace("nn.Conv2d", "Whitening"),
                    _ => conv,
                }
            }
            Self::BatchNorm { scale, momentum, epsilon } => {
                let eps = if *epsilon == NORM_EPSILON { String::new() } else { format!(", eps={epsilon:e}") };
                let own = *momentum != BATCH_NORM_MOMENTUM;
                let momentum = if own { format!(", momentum={momentum}") } else { String::new() };
                let norm = format!("nn.BatchNorm2d({channels}{eps}{momentum})");
                if *scale { norm } else { format!("unscaled({norm})") }
            }
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
            Self::GlobalMaxPool => {
                *shape = Shape { height: 1, width: 1, channels };
                "nn.AdaptiveMaxPool2d(1)".to_owned()
            }
            Self::Dense { out, bias } => {
                shape.channels = *out as usize;
                let bias = if *bias { "" } else { ", bias=False" };
                format!("nn.Linear({channels}, {out}{bias})")
            }
            Self::Scale { by } => format!("Scale({by})"),
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
        assert_eq!(
            model.layers[0],
            LayerSpec::Conv { out: 16, kernel: 3, bias: true, dirac: false, whiten: false }
        );
        let written = serde_json::to_string(&model).unwrap();
        assert_eq!(serde_json::from_str::<ModelSpec>(&written).unwrap(), model);
        assert!(
            written.contains(r#""batch_norm","#) && !written.contains("dirac") && !written.contains("whiten"),
            "{written}"
        );
        let text = r#"[{"conv":{"out":6,"kernel":3,"bias":false,"dirac":true}},
            {"residual":[{"batch_norm":{"scale":false,"momentum":0.4}}]},{"dense":{"out":10,"bias":false}},{"scale":{"by":0.5}},
            {"conv":{"out":24,"kernel":2,"bias":true,"whiten":true}}]"#;
        let layers: Vec<LayerSpec> = serde_json::from_str(text).unwrap();
        let norm = LayerSpec::BatchNorm { scale: false, momentum: 0.4, epsilon: 1e-5 };
        assert_eq!(layers[1], LayerSpec::Residual(vec![norm]));
        let written = serde_json::to_string(&layers).unwrap();
        assert_eq!(serde_json::from_str::<Vec<LayerSpec>>(&written).unwrap(), layers);
        let error =
            serde_json::from_str::<ModelSpec>(r#"{"name":"x","layers":[{"conv":{"uot":1}}]}"#).unwrap_err();
        assert!(error.to_string().contains("unknown field `uot`"), "{error}");
    }
}
