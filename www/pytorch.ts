import type { Experiment } from "./engine";

/** Channels of the first stage of a preset with three of them; `src/model/spec.rs` has the networks. */
const widths: Record<string, number> = { tiny: 16, small: 32 };

const norms: Record<string, string> = {
  batch: "[nn.BatchNorm2d(channels)]",
  group: "[nn.GroupNorm(4, channels)]",
  none: "[]",
};

const residual = `class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


`;

function threeStages(width: number): string {
  const [a, b, c] = [width, 2 * width, 4 * width];
  return `nn.Sequential(
    *conv(3, ${a}), *conv(${a}, ${a}), nn.MaxPool2d(2),
    *conv(${a}, ${b}), *conv(${b}, ${b}), nn.MaxPool2d(2),
    *conv(${b}, ${c}), *conv(${c}, ${c}),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(${c}, 10),
)`;
}

const resnet9 = `nn.Sequential(
    *conv(3, 64), *conv(64, 128), nn.MaxPool2d(2), Residual(*conv(128, 128), *conv(128, 128)),
    *conv(128, 256), nn.MaxPool2d(2), *conv(256, 512), nn.MaxPool2d(2), Residual(*conv(512, 512), *conv(512, 512)),
    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10),
)`;

/** A Python program that builds the run's network in PyTorch and loads a state dict into it that the page exported. */
export function loadingScript(experiment: Experiment): string {
  const preset = String(experiment.preset);
  const norm = String(experiment.norm);
  const width = widths[preset];
  const model = width === undefined ? resnet9 : threeStages(width);
  const bias = norm === "none" ? "True" : "False";
  return `"""Loads weights that Emascope exported into the same network in PyTorch.

    pip install torch safetensors
    python load_emascope.py WEIGHTS.safetensors

The network is "${preset}" with ${norm === "none" ? "no" : norm} norm. It takes batches of 3 x 32 x 32 images, each channel as
(byte / 255 - mean) / deviation, with mean and deviation of that channel over the training images.
"""

import sys

import torch
from safetensors.torch import load_file
from torch import nn


def conv(before, channels):
    norm = ${norms[norm] ?? "[]"}
    return [nn.Conv2d(before, channels, 3, padding=1, bias=${bias}), *norm, nn.ReLU()]


${width === undefined ? residual : ""}model = ${model}

if __name__ == "__main__":
    model.load_state_dict(load_file(sys.argv[1]))
    model.eval()
    with torch.no_grad():
        logits = model(torch.zeros(1, 3, 32, 32))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"loaded {parameters:,} parameters; of a grey image the network says", logits.softmax(1).squeeze().tolist())
`;
}
