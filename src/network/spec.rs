//! A network as text: a list of layers, from a preset or from JSON.

use serde::{Deserialize, Serialize};

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
