//! The network as a PyTorch program, for weights saved as a state dict.

use crate::network::{INPUT, ModelSpec, modules};

const RESIDUAL: &str = "class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


";

const SCALE: &str = "class Scale(nn.Module):
    def __init__(self, by):
        super().__init__()
        self.by = by

    def forward(self, x):
        return self.by * x


";

/// A Python program that builds the network in PyTorch and loads a state dict saved by this program.
pub fn loading_script(model: &ModelSpec) -> String {
    let mut shape = INPUT;
    let modules = modules(&model.layers, &mut shape, "    ");
    let classes: String = [("Residual(", RESIDUAL), ("Scale(", SCALE)]
        .into_iter()
        .filter_map(|(call, class)| modules.contains(call).then_some(class))
        .collect();
    let name = &model.name;
    format!(
        r#""""Loads weights that Emascope exported into the same network in PyTorch ({name}).

    pip install torch safetensors
    python load_emascope.py WEIGHTS.safetensors

The network takes batches of 3 x 32 x 32 images, each channel as (byte / 255 - mean) / deviation, with mean and deviation
of that channel over the training images.
"""

import sys

import torch
from safetensors.torch import load_file
from torch import nn


{classes}model = nn.Sequential(
{modules})

if __name__ == "__main__":
    model.load_state_dict(load_file(sys.argv[1]))
    model.eval()
    with torch.no_grad():
        logits = model(torch.zeros(1, 3, 32, 32))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"loaded {{parameters:,}} parameters; for an image of the mean colour the network says")
    print([round(share, 4) for share in logits.softmax(1).squeeze().tolist()])
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::{Norm, Preset};

    /// The lines of the network in the script of a model.
    fn network(model: &ModelSpec) -> Vec<String> {
        let script = loading_script(model);
        let from = script.find("model = nn.Sequential(").unwrap();
        let to = script.find("if __name__").unwrap();
        script[from..to].trim_end().lines().map(|line| line.trim_end().to_owned()).collect()
    }

    fn preset(preset: Preset, norm: Norm) -> Vec<String> {
        network(&ModelSpec::preset(preset, norm))
    }

    #[test]
    fn tiny_is_the_network_of_the_readme_module_by_module() {
        let lines = preset(Preset::Tiny, Norm::Batch);
        assert_eq!(lines.len(), 25);
        let module = |index: usize| lines[index + 1].trim();
        assert_eq!(module(0), "nn.Conv2d(3, 16, 3, padding=1, bias=False),");
        assert_eq!(module(1), "nn.BatchNorm2d(16),");
        assert_eq!(module(6), "nn.MaxPool2d(2),");
        assert_eq!(module(17), "nn.Conv2d(64, 64, 3, padding=1, bias=False),");
        assert_eq!(module(22), "nn.Linear(64, 10),");
    }

    #[test]
    fn without_a_norm_the_convolutions_have_a_bias_and_no_module_between() {
        let lines = preset(Preset::Small, Norm::None);
        assert_eq!(lines[1].trim(), "nn.Conv2d(3, 32, 3, padding=1, bias=True),");
        assert_eq!(lines[2].trim(), "nn.ReLU(),");
        assert_eq!(preset(Preset::Small, Norm::Group)[2].trim(), "nn.GroupNorm(4, 32),");
    }

    #[test]
    fn residual_blocks_and_networks_of_ones_own_are_built_too() {
        let resnet9 = ModelSpec::preset(Preset::Resnet9, Norm::Batch);
        assert!(loading_script(&resnet9).contains("class Residual(nn.Sequential):"));
        let mine = r#"{"name": "mine", "layers": [{"conv": {"out": 8, "kernel": 1}}, "max_pool",
            {"residual": ["relu"]}, "flatten", {"dense": {"out": 10}}]}"#;
        let expected = [
            "model = nn.Sequential(",
            "    nn.Conv2d(3, 8, 1, padding=0, bias=True),",
            "    nn.MaxPool2d(2),",
            "    Residual(",
            "        nn.ReLU(),",
            "    ),",
            "    nn.Flatten(),",
            "    nn.Linear(2048, 10),",
            ")",
        ];
        assert_eq!(network(&serde_json::from_str(mine).unwrap()), expected);
        let mine = r#"{"name": "mine", "layers": [{"batch_norm": {"scale": false, "momentum": 0.4, "epsilon": 1e-12}},
            "global_max_pool", "flatten", {"dense": {"out": 10, "bias": false}}, {"scale": {"by": 0.125}}]}"#;
        let mine = serde_json::from_str(mine).unwrap();
        let expected = [
            "model = nn.Sequential(",
            "    nn.BatchNorm2d(3, eps=1e-12, momentum=0.4),",
            "    nn.AdaptiveMaxPool2d(1),",
            "    nn.Flatten(),",
            "    nn.Linear(3, 10, bias=False),",
            "    Scale(0.125),",
            ")",
        ];
        assert_eq!(network(&mine), expected);
        assert!(loading_script(&mine).contains("class Scale(nn.Module):"));
    }
}
