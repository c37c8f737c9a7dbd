"""Opens a checkpoint of Emascope in PyTorch: proof that names and layouts are PyTorch's.

    python check.py run.safetensors                                evaluate on the golden records
    python check.py run.safetensors --data cifar-10-binary.tar.gz  evaluate on the test batch of CIFAR-10
    python check.py run.safetensors --golden trajectory_batch.safetensors   deviation from a golden trajectory

Builds an `nn.Sequential` of the shapes it finds (presets `tiny` and `small`), loads the raw weights and every average
with `load_state_dict(strict=True)`, and prints a line of JSON for each: {"weights", "accuracy" in percent, "loss"}.
"""

import argparse
import json
import sys
import tarfile
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

import make_golden


def build(state):
    """The network whose raw weights are in `state`, a plain state dict."""
    outputs = [value.shape[0] for value in state.values() if value.dim() == 4]
    if any(name.endswith("running_mean") for name in state):
        norm = "batch"
    else:
        norm = "group" if any(name.endswith("weight") and value.dim() == 1 for name, value in state.items()) else "none"
    return make_golden.network(norm, outputs[::2])


def split(tensors):
    """Tensors of a checkpoint by what they belong to: {"raw": {"0.weight": …}, "ema.0.98": {…}, …}."""
    raw = {name.removeprefix("raw."): value for name, value in tensors.items() if name.startswith("raw.")}
    if not raw:
        sys.exit("no tensor is named raw.…: not a checkpoint of Emascope")
    raw = dict(sorted(raw.items(), key=lambda item: int(item[0].split(".")[0])))
    parts = {"raw": raw}
    for name, value in tensors.items():
        # The longest known name that ends it: "ema.0.9.10.weight" is 10.weight of ema.0.9, not 0.weight.
        own = max((known for known in raw if name.endswith(f".{known}")), key=len, default=None)
        if name.startswith("ema.") and own:
            parts.setdefault(name.removesuffix(f".{own}"), {})[own] = value
        elif name.startswith("ema."):
            sys.exit(f"{name}: no raw tensor has this name")
    return parts


def cifar(path):
    """Training and test records of a CIFAR-10 archive or folder in the binary layout: images, labels each."""
    path = Path(path)
    if path.is_dir():
        files = {file.name: file.read_bytes() for file in path.rglob("*.bin")}
    else:
        with tarfile.open(path) as archive:
            members = [member for member in archive if member.name.endswith(".bin")]
            files = {Path(member.name).name: archive.extractfile(member).read() for member in members}
    parts = []
    for wanted in ["data_batch", "test_batch"]:
        data = b"".join(files[name] for name in sorted(files) if name.startswith(wanted))
        if not data:
            sys.exit(f"{path}: holds no {wanted}")
        rows = np.frombuffer(data, np.uint8).reshape(-1, 3073)
        parts.append((rows[:, 1:].reshape(-1, 3, 32, 32), rows[:, 0].astype(np.int64)))
    return parts


def evaluate(model, inputs, labels):
    """Accuracy in percent and mean cross entropy."""
    with torch.no_grad():
        logits = torch.cat([model.eval()(part) for part in inputs.split(256)])
    accuracy = (logits.argmax(1) == labels).double().mean().item() * 100
    return accuracy, F.cross_entropy(logits, labels).item()


def main():
    parser = argparse.ArgumentParser(description="Opens a checkpoint of Emascope in PyTorch.")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--data", help="a CIFAR-10 archive or folder; mean and deviation come from its training batches")
    parser.add_argument("--golden", type=Path, help="a golden trajectory to compare the weights with")
    arguments = parser.parse_args()

    parts = split(load_file(arguments.checkpoint))
    if arguments.data:
        (train, _), (images, labels) = cifar(arguments.data)
    else:
        images, labels = make_golden.records(make_golden.STEPS * make_golden.BATCH)
        train = images
    mean, std = make_golden.statistics(train)
    inputs, labels = make_golden.normalised(images, mean, std, torch.float32), torch.tensor(labels)
    golden = split(load_file(arguments.golden)) if arguments.golden else {}
    for name, state in parts.items():
        model = build(parts["raw"])
        # Integer counters are not kept; PyTorch fills them in for a state dict without version numbers.
        model.load_state_dict(state, strict=True)
        accuracy, loss = evaluate(model, inputs, labels)
        line = {"weights": name, "accuracy": round(accuracy, 4), "loss": round(loss, 6)}
        if name in golden:
            line["deviation"] = max((state[own] - value).abs().max().item() for own, value in golden[name].items())
        print(json.dumps(line))


if __name__ == "__main__":
    main()
