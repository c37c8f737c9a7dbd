import type { Experiment } from "./engine";

/** A layer as `src/model/spec.rs` writes it. */
type Layer =
  | "batch_norm"
  | "relu"
  | "max_pool"
  | "global_average_pool"
  | "flatten"
  | { conv: { out: number; kernel?: number; bias?: boolean } }
  | { group_norm: { groups: number } }
  | { dense: { out: number } }
  | { residual: Layer[] };

/** The layers of a preset; the same as in `src/model/spec.rs`. */
function presetLayers(preset: string, norm: string): Layer[] {
  const conv = (out: number): Layer[] => [
    { conv: { out, bias: norm === "none" } },
    ...(norm === "batch" ? ["batch_norm" as const] : norm === "group" ? [{ group_norm: { groups: 4 } }] : []),
    "relu",
  ];
  const head: Layer[] = ["global_average_pool", "flatten", { dense: { out: 10 } }];
  if (preset === "resnet9") {
    const residual = (out: number): Layer => ({ residual: [...conv(out), ...conv(out)] });
    const first: Layer[] = [...conv(64), ...conv(128), "max_pool", residual(128)];
    return [...first, ...conv(256), "max_pool", ...conv(512), "max_pool", residual(512), ...head];
  }
  const width = preset === "small" ? 32 : 16;
  const stage = (out: number): Layer[] => [...conv(out), ...conv(out)];
  return [...stage(width), "max_pool", ...stage(2 * width), "max_pool", ...stage(4 * width), ...head];
}

/** Channels and side of what flows from one layer to the next; after `flatten`, `channels` counts all values. */
interface Shape {
  channels: number;
  side: number;
}

/** A layer in PyTorch, and what it makes of the shape. */
function moduleOf(layer: Layer, { channels, side }: Shape, indent: string): [string, Shape] {
  const same = { channels, side };
  if (layer === "batch_norm") return [`nn.BatchNorm2d(${channels})`, same];
  if (layer === "relu") return ["nn.ReLU()", same];
  if (layer === "max_pool") return ["nn.MaxPool2d(2)", { channels, side: side / 2 }];
  if (layer === "global_average_pool") return ["nn.AdaptiveAvgPool2d(1)", { channels, side: 1 }];
  if (layer === "flatten") return ["nn.Flatten()", { channels: channels * side * side, side: 1 }];
  if ("conv" in layer) {
    const { out, kernel = 3, bias = true } = layer.conv;
    const options = `padding=${(kernel - 1) / 2}, bias=${bias ? "True" : "False"}`;
    return [`nn.Conv2d(${channels}, ${out}, ${kernel}, ${options})`, { channels: out, side }];
  }
  if ("group_norm" in layer) return [`nn.GroupNorm(${layer.group_norm.groups}, ${channels})`, same];
  if ("dense" in layer)
    return [`nn.Linear(${channels}, ${layer.dense.out})`, { channels: layer.dense.out, side }];
  return [`Residual(\n${modules(layer.residual, same, `${indent}    `)}${indent})`, same];
}

/** Layers as lines of a Python call. */
function modules(layers: readonly Layer[], input: Shape, indent: string): string {
  let shape = input;
  return layers
    .map((layer) => {
      const [text, next] = moduleOf(layer, shape, indent);
      shape = next;
      return `${indent}${text},\n`;
    })
    .join("");
}

const residual = `class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


`;

/** A Python program that builds the run's network in PyTorch and loads a state dict into it that the page exported. */
export function loadingScript({ preset, norm, model }: Experiment): string {
  const own = model as { name: string; layers: Layer[] } | null | undefined;
  const layers = own?.layers ?? presetLayers(String(preset), String(norm));
  const name = own?.name ?? `${String(preset)}, ${String(norm)} norm`;
  const blocks = layers.some((layer) => typeof layer === "object" && "residual" in layer);
  return `"""Loads weights that Emascope exported into the same network in PyTorch (${name}).

    pip install torch safetensors
    python load_emascope.py WEIGHTS.safetensors

The network takes batches of 3 x 32 x 32 images, each channel as (byte / 255 - mean) / deviation, with mean and deviation
of that channel over the training images.
"""

import sys

import torch
from safetensors.torch import load_file
from torch import nn


${blocks ? residual : ""}model = nn.Sequential(
${modules(layers, { channels: 3, side: 32 }, "    ")})

if __name__ == "__main__":
    model.load_state_dict(load_file(sys.argv[1]))
    model.eval()
    with torch.no_grad():
        logits = model(torch.zeros(1, 3, 32, 32))
    parameters = sum(parameter.numel() for parameter in model.parameters())
    print(f"loaded {parameters:,} parameters; for an image of the mean colour the network says")
    print([round(share, 4) for share in logits.softmax(1).squeeze().tolist()])
`;
}
