"""Makes the golden files: what PyTorch computes for each layer, the optimizers and the schedules, and for 20 steps of `tiny`.

    python make_golden.py              write the files next to this script
    python make_golden.py --compare    write nothing; print how far the files here are from what would be written
    python make_golden.py --yardstick  write nothing; print how far float32 PyTorch strays from float64 PyTorch

Everything is computed in float64 on one CPU thread and rounded to float32 once, when it is stored. Inputs are drawn from
the hash that the engine uses too, and rounded to float32 before use, so that both sides start from the same bits.
README.md next to this script says what each file holds.
"""

import argparse
import functools
import json
import math
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from torch import nn
from torch.optim import lr_scheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

HERE = Path(__file__).resolve().parent

# ---------------------------------------------------------------------------------------------------------------------
# Random numbers: the counter-based hash of src/random.rs
# ---------------------------------------------------------------------------------------------------------------------


def pcg4d(a, b, c, d):
    """The hash pcg4d of Jarzynski and Olano (JCGT 9(3), 2020) of four arrays of words, broadcast: its first word."""
    v = [np.asarray(word, dtype=np.uint32) for word in np.broadcast_arrays(a, b, c, d)]
    v = [word * np.uint32(1_664_525) + np.uint32(1_013_904_223) for word in v]

    def mix():
        v[0] = v[0] + v[1] * v[3]
        v[1] = v[1] + v[2] * v[0]
        v[2] = v[2] + v[0] * v[1]
        v[3] = v[3] + v[1] * v[2]

    mix()
    v = [word ^ (word >> np.uint32(16)) for word in v]
    mix()
    return v[0]


def unit(words):
    """Uniform numbers in [0, 1), float64."""
    return words.astype(np.float64) / 4_294_967_296.0


# ---------------------------------------------------------------------------------------------------------------------
# layers/*.safetensors
# ---------------------------------------------------------------------------------------------------------------------


class Draw:
    """Inputs of the layers: uniform numbers of mean 0 and variance 1, a fresh stream for every tensor drawn."""

    def __init__(self, seed):
        self.seed = seed
        self.drawn = 0

    def __call__(self, *shape, scale=1.0, shift=0.0, grid=None):
        """`shift` + `scale`·u, rounded to multiples of `grid` if given, then to float32."""
        self.drawn += 1
        words = pcg4d(self.seed, self.drawn, np.arange(math.prod(shape)), 0)
        values = shift + scale * math.sqrt(3) * (2 * unit(words) - 1)
        if grid is not None:
            values = np.round(values / grid) * grid
        return torch.tensor(values.astype(np.float32)).reshape(shape)


def backward(record, name, module, x, draw, dtype, parameters=()):
    """Runs `module` forward and backward; records x, parameters, y, dy, dx and the parameters' gradients.

    `parameters` pairs the short names of the file with the module's own names; the gradient of `w` is named `dw`, that
    of `0.w` is named `0.dw`.
    """
    module.to(dtype)
    record[f"{name}.x"] = x
    x = x.detach().to(dtype).requires_grad_()
    own = dict(module.named_parameters())
    for short, long in parameters:
        record[f"{name}.{short}"] = own[long].detach().clone()
    y = module(x)
    dy = draw(*y.shape)
    y.backward(dy.to(dtype))
    record[f"{name}.y"], record[f"{name}.dy"], record[f"{name}.dx"] = y.detach(), dy, x.grad
    for short, long in parameters:
        head, dot, tail = short.rpartition(".")
        record[f"{name}.{head}{dot}d{tail}"] = own[long].grad


def running(record, name, norm, suffix=""):
    """Records a batch norm's running buffers."""
    for buffer in ["running_mean", "running_var"]:
        record[f"{name}.{buffer}{suffix}"] = getattr(norm, buffer).clone()


def fill(module, draw):
    """Gives a module's parameters and running buffers drawn values: 1 ± .5 for scales and variances."""
    with torch.no_grad():
        for name, value in [*module.named_parameters(), *module.named_buffers()]:
            if value.is_floating_point():
                scale = value.dim() == 1 and (name.endswith("weight") or name.endswith("running_var"))
                drawn = draw(*value.shape, scale=0.25, shift=1.0) if scale else draw(*value.shape, scale=0.5)
                value.copy_(drawn)
    return module


# The layers by name. All draw from one stream, in this order: a new layer goes last, so that the others keep their inputs.
LAYERS = {}


def layer(record):
    """Registers a function that records a layer in `out`. Shapes are small and odd: not multiples of four, height unlike
    width. The settings of the layer, if it returns any, are stored with the tensors."""
    LAYERS[record.__name__] = record
    return record


@layer
def conv(out, draw, dtype):
    """Convolutions with "same" padding."""
    for name, shape, outputs, kernel, bias in [
        ("conv3x3_bias", (2, 5, 5, 7), 6, 3, True),
        ("conv3x3", (3, 3, 6, 9), 10, 3, False),
        ("conv1x1_bias", (2, 7, 3, 5), 9, 1, True),
        ("conv1x1", (1, 6, 5, 3), 5, 1, False),
    ]:
        module = fill(nn.Conv2d(shape[1], outputs, kernel, padding=kernel // 2, bias=bias), draw)
        pairs = [("w", "weight")] + ([("b", "bias")] if bias else [])
        backward(out, name, module, draw(*shape), draw, dtype, pairs)


@layer
def batch_norm(out, draw, dtype):
    """In training mode: the running buffers before and `_after` the step; `y_eval` uses those after. An offset of the inputs
    far above their deviation asks for a variance that is not E[x²] − E[x]²."""
    for name, shape, relu, shift in [
        ("batch_norm", (3, 6, 5, 3), False, 0.5),
        ("batch_norm_offset", (2, 5, 7, 5), False, 30.0),
        ("batch_norm_relu", (3, 5, 3, 7), True, -0.5),
    ]:
        norm = fill(nn.BatchNorm2d(shape[1]), draw).to(dtype)
        running(out, name, norm)
        module = nn.Sequential(norm, nn.ReLU()) if relu else nn.Sequential(norm)
        backward(out, name, module, draw(*shape, shift=shift), draw, dtype, [("gamma", "0.weight"), ("beta", "0.bias")])
        running(out, name, norm, "_after")
        if name == "batch_norm":
            with torch.no_grad():
                out["batch_norm.y_eval"] = norm.eval()(out["batch_norm.x"].to(dtype))
    return {"eps": 1e-5, "momentum": 0.1}


@layer
def group_norm(out, draw, dtype):
    """Groups that do not coincide with quads of channels."""
    groups = {"group_norm": 2, "group_norm_relu": 5}
    for name, shape, relu, shift in [
        ("group_norm", (2, 6, 5, 3), False, 0.5),
        ("group_norm_relu", (3, 10, 3, 5), True, -0.5),
    ]:
        norm = fill(nn.GroupNorm(groups[name], shape[1]), draw)
        module = nn.Sequential(norm, nn.ReLU()) if relu else nn.Sequential(norm)
        backward(out, name, module, draw(*shape, shift=shift), draw, dtype, [("gamma", "0.weight"), ("beta", "0.bias")])
    return {"eps": 1e-5, "groups": groups}


@layer
def relu(out, draw, dtype):
    """A coarse grid of values makes exact zeros, where PyTorch's choice of gradient is a convention."""
    backward(out, "relu", nn.ReLU(), draw(2, 3, 5, 7, grid=0.5), draw, dtype)


@layer
def max_pool(out, draw, dtype):
    """A coarse grid of values makes tied maxima, where PyTorch's choice of gradient is a convention."""
    backward(out, "max_pool", nn.MaxPool2d(2), draw(2, 6, 4, 6, grid=0.5), draw, dtype)
    backward(out, "max_pool_odd", nn.MaxPool2d(2), draw(2, 5, 5, 7, grid=0.5), draw, dtype)


@layer
def global_average_pool(out, draw, dtype):
    backward(out, "global_average_pool", nn.AdaptiveAvgPool2d(1), draw(3, 6, 5, 7), draw, dtype)


@layer
def dense(out, draw, dtype):
    linear = fill(nn.Linear(13, 10), draw)
    backward(out, "linear", linear, draw(3, 13), draw, dtype, [("w", "weight"), ("b", "bias")])


class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


@layer
def residual(out, draw, dtype):
    """A block whose branch is conv, batch norm, ReLU, conv, batch norm."""
    block = Residual(
        nn.Conv2d(5, 5, 3, padding=1, bias=False),
        nn.BatchNorm2d(5),
        nn.ReLU(),
        nn.Conv2d(5, 5, 3, padding=1, bias=False),
        nn.BatchNorm2d(5),
    )
    fill(block, draw).to(dtype)
    for index in [1, 4]:
        running(out, f"residual.{index}", block[index])
    pairs = [("0.w", "0.weight"), ("1.gamma", "1.weight"), ("1.beta", "1.bias")]
    pairs += [("3.w", "3.weight"), ("4.gamma", "4.weight"), ("4.beta", "4.bias")]
    backward(out, "residual", block, draw(2, 5, 5, 3), draw, dtype, pairs)
    for index in [1, 4]:
        running(out, f"residual.{index}", block[index], "_after")
    return {"momentum": 0.1}


@layer
def cross_entropy(out, draw, dtype):
    """The loss of each sample, and the gradient of the mean loss. Logits of ± 100 overflow exp in float32 unless the maximum
    is taken off first."""
    for name, samples, classes, smoothing in [
        ("cross_entropy", 5, 10, 0.0),
        ("cross_entropy_smoothing", 3, 7, 0.1),
        ("cross_entropy_large", 4, 10, 0.1),
    ]:
        logits = draw(samples, classes, scale=100 / math.sqrt(3) if name.endswith("large") else 2.0)
        labels = torch.tensor(np.arange(samples) * 3 % classes)
        x = logits.detach().to(dtype).requires_grad_()
        each = F.cross_entropy(x, labels, label_smoothing=smoothing, reduction="none")
        each.mean().backward()
        out[f"{name}.logits"], out[f"{name}.labels"] = logits, labels.to(torch.float32)
        out[f"{name}.smoothing"] = torch.tensor([smoothing])
        out[f"{name}.loss"], out[f"{name}.dlogits"] = each.detach(), x.grad


@layer
def gelu(out, draw, dtype):
    """The exact form, for inputs up to ± 3.5."""
    backward(out, "gelu", nn.GELU(), draw(2, 3, 5, 7, scale=2.0), draw, dtype)


@layer
def global_max_pool(out, draw, dtype):
    """A coarse grid of values makes tied maxima, where PyTorch's choice of gradient is a convention."""
    backward(out, "global_max_pool", nn.AdaptiveMaxPool2d(1), draw(3, 6, 5, 7, grid=0.5), draw, dtype)


class Scale(nn.Module):
    def forward(self, x):
        return x / 9


@layer
def scale(out, draw, dtype):
    backward(out, "scale", Scale(), draw(3, 10, 1, 1), draw, dtype)


@layer
def unfold(out, draw, dtype):
    """Convolutions with a 2×2 kernel and without padding."""
    for name, shape, outputs, bias in [("conv2x2_bias", (2, 3, 5, 7), 6, True), ("conv2x2", (3, 5, 6, 4), 9, False)]:
        module = fill(nn.Conv2d(shape[1], outputs, 2, bias=bias), draw)
        pairs = [("w", "weight")] + ([("b", "bias")] if bias else [])
        backward(out, name, module, draw(*shape), draw, dtype, pairs)


@functools.cache
def layers(dtype):
    """Tensors and settings of every layer."""
    draw, recorded = Draw(seed=1), {}
    for name, record in LAYERS.items():
        out = {}
        recorded[name] = out, record(out, draw, dtype) or {}
    return recorded


# ---------------------------------------------------------------------------------------------------------------------
# optim.safetensors
# ---------------------------------------------------------------------------------------------------------------------

OPTIMIZERS = {
    "adam": dict(optimizer="adam", lr=1e-2, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0),
    "adam_decay": dict(optimizer="adam", lr=1e-2, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.05),
    "adam_other": dict(optimizer="adam", lr=3e-3, beta1=0.8, beta2=0.95, eps=1e-4, weight_decay=0.01),
    "adamw": dict(optimizer="adamw", lr=1e-2, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.0),
    "adamw_decay": dict(optimizer="adamw", lr=1e-2, beta1=0.9, beta2=0.999, eps=1e-8, weight_decay=0.05),
    "sgd": dict(optimizer="sgd", lr=1e-2, momentum=0.9, nesterov=False, weight_decay=0.0),
    "sgd_nesterov": dict(optimizer="sgd", lr=1e-2, momentum=0.85, nesterov=True, weight_decay=0.05),
}
SCHEDULES = {
    "constant": dict(schedule="constant", warmup_steps=0),
    "constant_warmup": dict(schedule="constant", warmup_steps=7),
    "cosine": dict(schedule="cosine", warmup_steps=0),
    "cosine_warmup": dict(schedule="cosine", warmup_steps=7),
    "one_cycle": dict(schedule="one-cycle", warmup_steps=0),
    "triangle": dict(schedule="triangle", warmup_steps=0),
    "triangle_warmup": dict(schedule="triangle", warmup_steps=7),
}
TRIANGLE = dict(start=0.2, peak=0.23, end=0.07)
SCHEDULE_LR, SCHEDULE_STEPS = 2e-3, 50
EMA_BETAS = [0.0, 0.5, 0.9, 0.98, 0.999]


def make_optimizer(parameters, settings):
    if settings["optimizer"] == "sgd":
        return torch.optim.SGD(parameters, **{key: value for key, value in settings.items() if key != "optimizer"})
    kind = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}[settings["optimizer"]]
    betas = (settings["beta1"], settings["beta2"])
    return kind(parameters, lr=settings["lr"], betas=betas, eps=settings["eps"], weight_decay=settings["weight_decay"])


def closed_form(schedule, warmup_steps, lr, total, t):
    """The learning rate of step t = 0, 1, …, as the engine computes it; README.md states the same formulas."""
    if schedule == "one-cycle":
        start, end, knee = lr / 25, lr / 25 / 1e4, 0.3 * total - 1
        if t <= knee:
            return start + (lr - start) * t / knee
        return lr + (end - lr) * (t - knee) / (total - 1 - knee)
    if t < warmup_steps:
        return lr * (t + 1) / warmup_steps
    if schedule == "cosine":
        return lr * (1 + math.cos(math.pi * (t - warmup_steps) / (total - warmup_steps))) / 2
    if schedule == "triangle":
        t, total, start, end = t - warmup_steps, total - warmup_steps, lr * TRIANGLE["start"], lr * TRIANGLE["end"]
        knee = math.floor(TRIANGLE["peak"] * total)
        return start + (lr - start) * t / knee if t < knee else lr + (end - lr) * (t - knee) / (total - knee)
    return lr


def scheduled(schedule, warmup_steps):
    """The learning rates of PyTorch's own schedulers."""
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=SCHEDULE_LR)
    if schedule == "one-cycle":
        scheduler = lr_scheduler.OneCycleLR(
            optimizer, max_lr=SCHEDULE_LR, total_steps=SCHEDULE_STEPS, anneal_strategy="linear", cycle_momentum=False
        )
    else:
        if schedule == "cosine":
            scheduler = lr_scheduler.CosineAnnealingLR(optimizer, T_max=SCHEDULE_STEPS - warmup_steps)
        elif schedule == "triangle":
            total, (start, peak, end) = SCHEDULE_STEPS - warmup_steps, TRIANGLE.values()
            corners = [0, math.floor(peak * total), total]
            scheduler = lr_scheduler.LambdaLR(optimizer, lambda t: np.interp(t, corners, [start, 1.0, end]))
        else:
            scheduler = lr_scheduler.ConstantLR(optimizer, factor=1.0)
        if warmup_steps:
            rise = lr_scheduler.LinearLR(optimizer, start_factor=1 / warmup_steps, total_iters=warmup_steps - 1)
            scheduler = lr_scheduler.SequentialLR(optimizer, [rise, scheduler], milestones=[warmup_steps])
    rates = []
    for _ in range(SCHEDULE_STEPS):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return rates


def optim(dtype):
    """The optimizers over given gradients, the schedules' tables, and EMAs over a given sequence of weights."""
    draw, out = Draw(seed=2), {}
    steps, n = 10, 37
    weights = draw(n)
    # Each element has a gradient scale of its own, 10 down to 1e-10; the last element's gradient is always zero.
    scales = torch.logspace(1, -10, n)
    scales[-1] = 0
    grads = draw(steps, n) * scales
    out["weights"], out["grads"] = weights, grads
    for name, settings in OPTIMIZERS.items():
        w = nn.Parameter(weights.to(dtype).clone())
        optimizer = make_optimizer([w], settings)
        each = []
        for grad in grads:
            w.grad = grad.to(dtype)
            optimizer.step()
            each.append(w.detach().clone())
        out[f"{name}.weights"] = torch.stack(each)
        state = optimizer.state[w]
        moments = {"momentum": "momentum_buffer"} if settings["optimizer"] == "sgd" else {m: m for m in ["exp_avg", "exp_avg_sq"]}
        out |= {f"{name}.{moment}": state[key] for moment, key in moments.items()}

    for name, settings in SCHEDULES.items():
        rates = scheduled(**settings)
        formula = [closed_form(**settings, lr=SCHEDULE_LR, total=SCHEDULE_STEPS, t=t) for t in range(SCHEDULE_STEPS)]
        np.testing.assert_allclose(rates, formula, rtol=1e-12, atol=1e-18, err_msg=name)
        out[f"schedule.{name}"] = torch.tensor(rates, dtype=torch.float64)

    sequence = draw(13, 5).cumsum(0)
    out["ema.sequence"] = sequence
    for beta in EMA_BETAS:
        model = nn.Linear(5, 1, bias=False).to(dtype)
        average = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(beta))
        each = []
        for weights in sequence:
            with torch.no_grad():
                model.weight.copy_(weights)
            average.update_parameters(model)  # the first call copies: v0 = w0
            each.append(average.module.weight.detach()[0].clone())
        out[f"ema.{beta}"] = torch.stack(each)
    return out, {
        "optimizers": OPTIMIZERS,
        "schedules": SCHEDULES,
        "schedule_lr": SCHEDULE_LR,
        "schedule_steps": SCHEDULE_STEPS,
        "ema_betas": EMA_BETAS,
    }


# ---------------------------------------------------------------------------------------------------------------------
# trajectory_*.safetensors
# ---------------------------------------------------------------------------------------------------------------------

SEED = 1
STEPS, BATCH = 20, 64
EMAS = [0.9, 0.98]
ADAM = dict(optimizer="adam", lr=2e-3, beta1=0.9, beta2=0.999, weight_decay=0.0)
# Far above PyTorch's 1e-8, and beta above 0, so that float32 can follow float64: README.md, "Well-posed".
EPS = {"batch": 1e-2, "group": 1e-2, "none": 1e-3}
BETA = 1.0
PATTERN_STREAM, NOISE_STREAM, INITIALISE_STREAM = 100, 101, 2


def records(count, seed=SEED):
    """`count` images as bytes [count, 3, 32, 32] and their labels; README.md states the recurrence."""
    n, i = np.arange(count)[:, None], np.arange(3 * 32 * 32)[None]
    labels = np.arange(count) % 10
    channel, y, x = i // 1024, i // 32 % 32, i % 32
    block = channel * 4 + y // 16 * 2 + x // 16
    pattern = pcg4d(seed, labels[:, None], block, PATTERN_STREAM) >> np.uint32(25)
    noise = pcg4d(seed, n, i, NOISE_STREAM) >> np.uint32(27)
    return (pattern + noise).astype(np.uint8).reshape(count, 3, 32, 32), labels


def normalised(images, mean, std, dtype):
    """(byte/255 − mean) / std, per channel."""
    mean, std = (torch.tensor(v, dtype=torch.float64).reshape(1, 3, 1, 1) for v in (mean, std))
    return ((torch.tensor(images).to(torch.float64) / 255 - mean) / std).to(dtype)


def statistics(images):
    """Mean and population deviation of byte/255 per channel."""
    values = images.astype(np.float64) / 255
    return values.mean(axis=(0, 2, 3)), values.std(axis=(0, 2, 3))


def network(norm, widths=(16, 32, 64)):
    """Blocks of two convolutions with a pool between them; `tiny` is 16, 32, 64 and `small` is 32, 64, 128."""
    modules, inputs = [], 3
    for block, width in enumerate(widths):
        if block > 0:
            modules.append(nn.MaxPool2d(2))
        for _ in range(2):
            modules.append(nn.Conv2d(inputs, width, 3, padding=1, bias=norm == "none"))
            if norm == "batch":
                modules.append(nn.BatchNorm2d(width))
            elif norm == "group":
                modules.append(nn.GroupNorm(4, width))
            modules.append(nn.ReLU())
            inputs = width
    return nn.Sequential(*modules, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, 10))


def initialise(model, seed=SEED):
    """Uniform in ± 1/√fan_in for weights and biases, keyed by parameter number and element; 1 and BETA for norms."""
    number = 0
    with torch.no_grad():
        for module in model:
            for parameter in module.parameters():
                if isinstance(module, (nn.BatchNorm2d, nn.GroupNorm)):
                    parameter.fill_(1.0 if parameter is module.weight else BETA)
                else:
                    bound = 1 / math.sqrt(module.weight[0].numel())
                    u = unit(pcg4d(seed, number, np.arange(parameter.numel()), INITIALISE_STREAM))
                    values = ((2 * u - 1) * bound).astype(np.float32)
                    parameter.copy_(torch.tensor(values).reshape(parameter.shape))
                number += 1
    return model


def floats(state):
    """A state dict without its integer counters."""
    return {name: value for name, value in state.items() if value.is_floating_point()}


def trajectory(norm, dtype, shuffle=None):
    """20 steps of `tiny` with Adam. `shuffle` seeds the order of the samples within a batch: the same sums, rounded
    in another order, which measures what float32 can promise."""
    settings = {**ADAM, "eps": EPS[norm]}
    generator = torch.Generator().manual_seed(shuffle or 0)
    images, labels = records(STEPS * BATCH)
    mean, std = statistics(images)
    inputs, labels = normalised(images, mean, std, dtype), torch.tensor(labels)
    model = initialise(network(norm)).to(dtype)
    averages = [AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(b), use_buffers=True) for b in EMAS]
    for average in averages:
        average.update_parameters(model)
    optimizer = make_optimizer(model.parameters(), settings)
    losses, moments = [], {}
    for step in range(STEPS):
        order = torch.arange(BATCH) if shuffle is None else torch.randperm(BATCH, generator=generator)
        batch = step * BATCH + order
        loss = F.cross_entropy(model(inputs[batch]), labels[batch])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        for average in averages:
            average.update_parameters(model)
        losses.append(loss.detach())
        for name, parameter in model.named_parameters():
            for moment in ["exp_avg", "exp_avg_sq"]:
                norms = moments.setdefault(f"{moment}_norm.{name}", [])
                norms.append(optimizer.state[parameter][moment].norm())
    out = {"loss": torch.stack(losses)}
    out |= {f"raw.{name}": value for name, value in floats(model.state_dict()).items()}
    if norm != "none":  # without a norm: losses and raw weights only, to keep the repository small
        for beta, average in zip(EMAS, averages):
            out |= {f"ema.{beta}.{name}": value for name, value in floats(average.module.state_dict()).items()}
    out |= {name: torch.stack(norms) for name, norms in moments.items()}
    return out, {
        "preset": "tiny",
        "norm": norm,
        "seed": SEED,
        "steps": STEPS,
        "batch": BATCH,
        "ema_betas": EMAS if norm != "none" else [],
        "channel_mean": mean.tolist(),
        "channel_std": std.tolist(),
        "initial_norm_bias": BETA,
        **settings,
    }


# ---------------------------------------------------------------------------------------------------------------------
# airbench.safetensors
# ---------------------------------------------------------------------------------------------------------------------

AIRBENCH = dict(
    optimizer="sgd",
    lr=0.1,
    momentum=0.85,
    nesterov=True,
    norm_bias_lr=64.0,
    weight_decay=0.02,
    schedule="triangle",
    label_smoothing=0.2,
    lookahead=5,
)


def airbench_network():
    """The network of airbench94, without its first filters."""
    modules, inputs = [nn.Conv2d(3, 24, 2), nn.GELU()], 24
    for width in (64, 256, 256):
        for pool in (True, False):
            modules.append(nn.Conv2d(inputs, width, 3, padding=1, bias=False))
            if pool:
                modules.append(nn.MaxPool2d(2))
            modules += [nn.BatchNorm2d(width, eps=1e-12, momentum=0.4), nn.GELU()]
            inputs = width
    return nn.Sequential(*modules, nn.AdaptiveMaxPool2d(1), nn.Flatten(), nn.Linear(inputs, 10, bias=False), Scale())


def whitening(inputs):
    """The eigenvectors of the 2×2 patches' second moments over the roots of their eigenvalues, and the negatives; the largest
    component of each is positive."""
    patches = F.unfold(inputs.double(), 2).movedim(1, 2).reshape(-1, 12)
    values, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))
    vectors = vectors * vectors.gather(0, vectors.abs().argmax(0, keepdim=True)).sign()
    filters = (vectors / (values + 5e-4).sqrt()).T.flip(0)
    return torch.cat([filters, -filters]).reshape(24, 3, 2, 2).float()


def airbench_initialised(inputs):
    """The network with its first weights: filters that whiten, identities, and uniform numbers keyed as in `initialise`, where the scales
    of the norms, which stay 1, have no number."""
    model, number = airbench_network(), 0
    with torch.no_grad():
        for module in model:
            norm = isinstance(module, nn.BatchNorm2d)
            for parameter in module.parameters():
                if norm:
                    parameter.fill_(1.0 if parameter is module.weight else 0.0)
                    number += parameter is module.bias
                    continue
                bound = 1 / math.sqrt(module.weight[0].numel())
                u = unit(pcg4d(SEED, number, np.arange(parameter.numel()), INITIALISE_STREAM))
                parameter.copy_(torch.tensor(((2 * u - 1) * bound).astype(np.float32)).reshape(parameter.shape))
                number += 1
            if norm:
                module.weight.requires_grad_(False)
            elif isinstance(module, nn.Conv2d) and module.kernel_size == (3, 3):
                nn.init.dirac_(module.weight[: module.in_channels])
        model[0].weight.copy_(whitening(inputs))
    model[0].weight.requires_grad_(False)
    return model


def airbench(dtype, shuffle=None):
    """20 steps of airbench94's recipe, without augmentation. `shuffle` as in `trajectory`."""
    generator = torch.Generator().manual_seed(shuffle or 0)
    images, labels = records(STEPS * BATCH)
    mean, std = statistics(images)
    inputs, labels = normalised(images, mean, std, dtype), torch.tensor(labels)
    model = airbench_initialised(normalised(images, mean, std, torch.float64)).to(dtype)
    settings = AIRBENCH
    biases = [module.bias for module in model if isinstance(module, nn.BatchNorm2d)]
    others = [p for p in model.parameters() if p.requires_grad and not any(p is bias for bias in biases)]
    lr, decay, factor = settings["lr"], settings["weight_decay"], settings["norm_bias_lr"]
    groups = [
        dict(params=others, lr=lr, weight_decay=decay),
        dict(params=biases, lr=lr * factor, weight_decay=decay / factor),
    ]
    optimizer = torch.optim.SGD(groups, momentum=settings["momentum"], nesterov=settings["nesterov"])
    corners = [0, math.floor(0.23 * STEPS), STEPS], [0.2, 1.0, 0.07]
    schedule = lr_scheduler.LambdaLR(optimizer, lambda step: np.interp(step, *corners))
    slow = {name: value.clone() for name, value in floats(model.state_dict()).items()}
    losses = []
    for step in range(1, STEPS + 1):
        order = torch.arange(BATCH) if shuffle is None else torch.randperm(BATCH, generator=generator)
        batch = (step - 1) * BATCH + order
        loss = F.cross_entropy(model(inputs[batch]), labels[batch], label_smoothing=settings["label_smoothing"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.detach())
        every = settings["lookahead"]
        if step % every == 0:
            rate = 1 - 0.95**every * (step / STEPS) ** 3
            for name, value in floats(model.state_dict()).items():
                value.copy_(slow[name].lerp_(value, rate))
    state = floats(model.state_dict())
    # Of the large tensors the norms alone, to keep the file small.
    kept = {name: value for name, value in state.items() if value.numel() <= 2560}
    norms = {name: value.norm() for name, value in state.items() if name not in kept}
    out = {"loss": torch.stack(losses)}
    out |= {f"raw.{name}": value.clone() for name, value in kept.items()}
    out |= {f"norm.{name}": value.reshape(1) for name, value in norms.items()}
    return out, {"preset": "airbench", "seed": SEED, "steps": STEPS, "batch": BATCH, **settings}


# ---------------------------------------------------------------------------------------------------------------------
# Files
# ---------------------------------------------------------------------------------------------------------------------

FILES = {
    **{f"layers/{name}": lambda dtype, name=name: layers(dtype)[name] for name in LAYERS},
    "optim": optim,
    "trajectory_batch": lambda dtype, **how: trajectory("batch", dtype, **how),
    "trajectory_group": lambda dtype, **how: trajectory("group", dtype, **how),
    "trajectory_none": lambda dtype, **how: trajectory("none", dtype, **how),
    "trajectory_airbench": airbench,
}


def stored(tensors):
    """What goes into a file: float32, except the schedules' tables, which the engine computes in float64."""
    return {
        name: value.detach().numpy().astype(np.float64 if name.startswith("schedule.") else np.float32)
        for name, value in tensors.items()
    }


def group_of(file, name):
    """The line of the yardstick table that a tensor belongs to."""
    if file.startswith("trajectory"):
        head = name.split(".")[0]
        kind = "running " if name.endswith(("running_mean", "running_var")) else ""
        if head == "raw":
            return f"{kind}buffers" if kind else "weights"
        if head == "ema":
            return f"{'.'.join(name.split('.')[:3])} {'buffers' if kind else 'weights'}"
        return head
    if file.startswith("layers/"):
        head, _, tail = name.partition(".")
        return f"{head}: {'gradients' if tail.split('.')[-1].startswith('d') else 'forward'}"
    return name.split(".")[0] if name.startswith(("schedule", "ema")) else name


def deviations(file, exact, other):
    """Per line of the table: the largest |exact|, and of other − exact the largest and the largest root mean square of
    a tensor. Norms of moments are compared relative to their size."""
    rows = {}
    for name, value in exact.items():
        value, difference = value.double(), other[name].double() - value.double()
        if name.startswith("exp_avg"):
            difference = difference / value.clamp_min(1e-300)
        found = [value.abs().max(), difference.abs().max(), difference.square().mean().sqrt()]
        row = rows.setdefault(group_of(file, name), [0.0] * 3)
        rows[group_of(file, name)] = [max(a, b.item()) for a, b in zip(row, found)]
    return rows


def yardstick():
    """Prints the tables of README.md."""
    for file, make in FILES.items():
        exact, _ = make(torch.float64)
        runs = [{}]
        if file.startswith("trajectory"):
            runs = [{"shuffle": seed} for seed in [None, *range(7)]]
        tables = []
        for number, how in enumerate(runs):
            torch.backends.mkldnn.enabled = number % 2 == 0  # another library of kernels, another order of sums
            tables.append(deviations(file, exact, make(torch.float32, **how)[0]))
        torch.backends.mkldnn.enabled = True
        print(f"\n{file} ({len(runs)} float32 runs)\n\n| | largest value | worst | worst root mean square |\n|---|---|---|---|")
        for group, (largest, *_) in tables[0].items():
            worst, rms = (max(table[group][column] for table in tables) for column in (1, 2))
            if worst > 0:
                print(f"| {group} | {largest:.3g} | {worst:.1e} | {rms:.1e} |")


def main():
    parser = argparse.ArgumentParser(description="Makes the golden files from PyTorch.")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--compare", action="store_true", help="compare the files here with what would be written")
    what.add_argument("--yardstick", action="store_true", help="print how far float32 strays from float64")
    parser.add_argument("--only", nargs="+", choices=["layers", *FILES], help="the files to make; `layers` is all of theirs")
    parser.add_argument("--out", type=Path, default=HERE, help="the folder of the files (default: next to this script)")
    arguments = parser.parse_args()

    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    wanted = arguments.only or FILES
    for file in [name for name in FILES if name not in wanted and name.split("/")[0] not in wanted]:
        del FILES[file]
    if arguments.yardstick:
        return yardstick()
    for file, make in FILES.items():
        tensors, settings = make(torch.float64)
        tensors = stored(tensors)
        path = arguments.out / f"{file}.safetensors"
        if arguments.compare:
            here = load_file(path)
            if here.keys() != tensors.keys():
                sys.exit(f"{path}: holds other tensors: {sorted(here.keys() ^ tensors.keys())}")
            worst = max(float(np.max(np.abs(here[name].astype(np.float64) - tensors[name]))) for name in tensors)
            with safe_open(path, framework="numpy") as opened:
                same = json.loads(opened.metadata()["settings"]) == settings
            print(f"{file}: largest deviation {worst:.1e}, settings {'equal' if same else 'DIFFER'}")
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            save_file(tensors, path, metadata={"settings": json.dumps(settings)})
            print(f"{file}: {len(tensors)} tensors, {path.stat().st_size:,} bytes")


if __name__ == "__main__":
    main()
