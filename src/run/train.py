"""Repeats a training run of Emascope in PyTorch: @NAME@, @DATA@.

    pip install torch
    python emascope_run.py [--data FOLDER] [--seed N] [--log FILE]
    torchrun --nproc-per-node 4 emascope_run.py        # the same batches, divided among four graphics cards
    python emascope_run.py --weights FILE.safetensors  # tests weights that Emascope exported; pip install safetensors

FOLDER has CIFAR-10's binary files; without it they are downloaded. The log is one that Emascope's page can draw. The random numbers
are PyTorch's, so that its results agree with Emascope's as those of two seeds do, not digit by digit.
"""

import argparse
import copy
import json
import math
import os
import statistics
import tarfile
import urllib.request
from pathlib import Path

import torch
import torch.distributed as dist
import torch.nn.functional as F
from torch import Tensor, nn

SETTINGS = json.loads(r"""
@SETTINGS@
""")
# The first records of each of the five training files and of the test file; None takes all.
RECORDS = @RECORDS@
CIFAR10 = "https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz"
# Images in a pass that measures batch norm's statistics for an average with buffers=recompute.
RECOMPUTE = @RECOMPUTE@


@CLASSES@def network() -> nn.Sequential:
    return nn.Sequential(
@MODULES@    )


class Average:
    """An average of the weights, v ← v + a (w − v) after each optimizer step, from a text such as 0.99,warmup=bias-corrected."""

    def __init__(self, text: str, model: nn.Module) -> None:
        kind, *options = text.split(",")
        chosen = dict(option.split("=", 1) for option in options)
        self.text, self.kind = text, kind
        self.every, self.begin = int(chosen.get("every", 1)), int(chosen.get("from", 0))
        self.warmup, self.buffers = chosen.get("warmup", "none"), chosen.get("buffers", "average")
        self.state = {name: tensor.clone() for name, tensor in model.state_dict().items()}
        self.model = copy.deepcopy(model)  # before its norms wait for those of other processes

    def rate(self, n: int) -> float:
        """The rate a of update n = 1, 2, …; 1 − a is the effective β."""
        name, _, value = self.kind.partition("=")
        if name == "uniform":
            return 1 / (n + 1)
        if name == "half-life":
            return 1 - 2 ** (-1 / (float(value.rstrip("%")) / 100 * n))
        if name == "power":
            return 1 - (1 - 1 / n) ** (exponent(float(value)) + 1)
        beta = float(name)
        if self.warmup == "ramp":
            return 1 - min(beta, (1 + n) / (10 + n))
        return (1 - beta) / (1 - beta**n) if self.warmup == "bias-corrected" else 1 - beta

    @torch.no_grad()
    def update(self, step: int, model: nn.Module) -> None:
        since = step - self.begin
        if since > 0 and since % self.every != 0:
            return
        rate = self.rate(since // self.every) if since > 0 else 1.0
        parameters = {name for name, _ in model.named_parameters()}
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                averaged = name in parameters or self.buffers == "average"
                self.state[name].lerp_(value, rate if averaged else 1.0)

    def apply(self, images: Tensor) -> nn.Module:
        """A network with the average in place of the raw weights."""
        averaged = copy.deepcopy(self.model)
        averaged.load_state_dict(self.state)
        if self.buffers == "recompute":
            norms = [module for module in averaged.modules() if isinstance(module, nn.modules.batchnorm._BatchNorm)]
            for norm in norms:
                norm.reset_running_stats()
                norm.momentum = None  # the mean over batches
            averaged.train()
            batch = SETTINGS["batch"]
            with torch.no_grad():
                for at in range(0, max(batch, min(RECOMPUTE, len(images)) // batch * batch), batch):
                    averaged(images[at : at + batch])
        return averaged


class Lookahead:
    """Slow weights that follow the weights every few steps, and after the last; the weights go on from them."""

    def __init__(self, model: nn.Module) -> None:
        self.every = SETTINGS["lookahead"]
        self.slow = {name: tensor.clone() for name, tensor in model.state_dict().items()}

    @torch.no_grad()
    def update(self, step: int, total: int, model: nn.Module) -> None:
        if self.every == 0 or (step % self.every != 0 and step != total):
            return
        rate = 1 - 0.95**self.every * (step / total) ** 3 if step % self.every == 0 else 0.0
        for name, value in model.state_dict().items():
            if value.is_floating_point():
                value.copy_(self.slow[name].lerp_(value, rate))


def exponent(sigma: float) -> float:
    """γ of the power average whose kernel has the relative width σ: the largest root of σ² (γ + 2)² (γ + 3) = γ + 1."""
    low, high = 0.0, 1 / sigma
    for _ in range(100):
        middle = (low + high) / 2
        wide = (middle + 1) / ((middle + 2) ** 2 * (middle + 3)) > sigma**2
        low, high = (middle, high) if wide else (low, middle)
    return low


def learning_rate(step: int, total: int) -> float:
    lr, kind, t, warmup = SETTINGS["lr"], SETTINGS["schedule"], step - 1, SETTINGS["warmup_steps"]
    if kind == "one-cycle":
        start, end, knee = lr / 25, lr / 25 / 1e4, 0.3 * total - 1
        return start + (lr - start) * t / knee if t < knee else lr + (end - lr) * (t - knee) / (total - 1 - knee)
    if t < warmup:
        return lr * (t + 1) / warmup
    t, total = t - warmup, total - warmup
    if kind == "cosine":
        return lr * 0.5 * (1 + math.cos(math.pi * t / total))
    if kind == "triangle":
        knee = math.floor(SETTINGS["triangle_peak"] * total)
        start, end = lr * SETTINGS["triangle_start"], lr * SETTINGS["triangle_end"]
        return start + (lr - start) * t / knee if t < knee else lr + (end - lr) * (t - knee) / (total - knee)
    return lr


def optimizer_of(model: nn.Module) -> torch.optim.Optimizer:
    kinds = (nn.modules.batchnorm._BatchNorm, nn.GroupNorm)
    biases = [module.bias for module in model.modules() if isinstance(module, kinds)]
    others = [p for p in model.parameters() if p.requires_grad and not any(p is bias for bias in biases)]
    factor, decay = SETTINGS["norm_bias_lr"], SETTINGS["weight_decay"]
    groups = [
        {"params": others, "factor": 1.0, "weight_decay": decay},
        # The same decay a step as the other weights.
        {"params": biases, "factor": factor, "weight_decay": decay / factor if factor else 0.0},
    ]
    if SETTINGS["optimizer"] == "sgd":
        momentum = SETTINGS["momentum"]
        nesterov = SETTINGS["nesterov"] and momentum > 0
        return torch.optim.SGD(groups, lr=SETTINGS["lr"], momentum=momentum, nesterov=nesterov)
    kind = torch.optim.AdamW if SETTINGS["optimizer"] == "adamw" else torch.optim.Adam
    return kind(groups, lr=SETTINGS["lr"], betas=(SETTINGS["beta1"], SETTINGS["beta2"]), eps=SETTINGS["eps"])


def read(folder: Path | None) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Training images and labels, test images and labels; images as bytes of shape [n, 3, 32, 32]."""
    if folder is None:
        folder, archive = Path("cifar-10-batches-bin"), Path("cifar-10-binary.tar.gz")
        if not folder.exists():
            if not archive.exists():
                print(f"downloading {CIFAR10}")
                part = archive.with_suffix(".part")
                urllib.request.urlretrieve(CIFAR10, part)
                part.rename(archive)
            with tarfile.open(archive) as files:
                files.extractall(filter="data")

    def records(name: str) -> tuple[Tensor, Tensor]:
        table = torch.frombuffer(bytearray((folder / name).read_bytes()), dtype=torch.uint8).view(-1, 3073)[:RECORDS]
        return table[:, 1:].reshape(-1, 3, 32, 32), table[:, 0].long()

    images, labels = zip(*(records(f"data_batch_{k}.bin") for k in range(1, 6)))
    train, test = SETTINGS["limit_train"], SETTINGS["limit_test"]
    test_images, test_labels = records("test_batch.bin")
    return torch.cat(images)[:train], torch.cat(labels)[:train], test_images[:test], test_labels[:test]


def augment(x: Tensor, black: Tensor, alternates: Tensor | None, random: torch.Generator) -> Tensor:
    """Mirrors half of the images, shifts each and blanks a square, as the run does. `black` is what may come in from outside;
    `alternates` tells which images are mirrored in this epoch, if they are in every other."""
    n, words = len(x), SETTINGS["augment"]
    if "flip" in words:
        mirrored = alternates if SETTINGS["flip_alternately"] else torch.rand(n, generator=random).lt(0.5)
        x = torch.where(mirrored.to(x.device).view(-1, 1, 1, 1), x.flip(-1), x)
    for word in words:
        if word.startswith("crop"):
            pad = int(word.partition("=")[2] or 2)
            if SETTINGS["crop_border"] == "reflected":
                wide = F.pad(x, (pad,) * 4, "reflect")
            else:
                wide = black.view(1, 3, 1, 1).repeat(n, 1, 32 + 2 * pad, 32 + 2 * pad)
                wide[:, :, pad : pad + 32, pad : pad + 32] = x
            shift = torch.randint(0, 2 * pad + 1, (2, n, 1), generator=random) + torch.arange(32)
            rows, columns = shift.to(x.device)
            image, channel = torch.arange(n, device=x.device), torch.arange(3, device=x.device)
            x = wide[image.view(-1, 1, 1, 1), channel.view(1, -1, 1, 1), rows[:, None, :, None], columns[:, None, None, :]]
    side = SETTINGS["cutout"]
    if side > 0:
        corner, place = torch.randint(0, 33 - side, (2, n, 1), generator=random), torch.arange(32)
        rows, columns = ((place >= corner) & (place < corner + side)).to(x.device)
        x = x.masked_fill((rows[:, :, None] & columns[:, None, :]).unsqueeze(1), 0.0)
    return x


def views(x: Tensor) -> list[tuple[float, Tensor]]:
    """The views of test images whose logits are averaged, with their shares."""
    if SETTINGS["tta"] == "none":
        return [(1.0, x)]
    if SETTINGS["tta"] == "mirror":
        return [(0.5, x), (0.5, x.flip(-1))]
    wide = F.pad(x, (1,) * 4, "reflect")
    shifted = [wide[:, :, :32, :32], wide[:, :, 2:, 2:]]
    return [(0.25, x), (0.25, x.flip(-1))] + [(0.125, view) for one in shifted for view in (one, one.flip(-1))]


@torch.no_grad()
def evaluate(model: nn.Module, images: Tensor, labels: Tensor) -> dict[str, float]:
    training = model.training
    model.eval()
    logits = torch.cat([sum(share * model(view) for share, view in views(part)) for part in images.split(1000)])
    model.train(training)
    right = logits.argmax(1).eq(labels).float().mean().item()
    return {"accuracy": 100 * right, "loss": F.cross_entropy(logits, labels).item()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="folder of data_batch_1.bin to data_batch_5.bin and test_batch.bin")
    parser.add_argument("--seed", type=int, default=SETTINGS["seed"])
    parser.add_argument("--log", type=Path, help="file for a line of JSON per evaluation")
    parser.add_argument("--weights", type=Path, help="weights to test instead of training")
    arguments = parser.parse_args()

    ranks, rank, local = (int(os.environ.get(name, k)) for name, k in (("WORLD_SIZE", 1), ("RANK", 0), ("LOCAL_RANK", 0)))
    device = torch.device("cuda", local) if torch.cuda.is_available() else torch.device("cpu")
    if ranks > 1:
        if device.type == "cuda":
            torch.cuda.set_device(device)
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
        if local > 0:
            dist.barrier()  # until the first process of each machine has the images
    lead = rank == 0

    images, labels, test_images, test_labels = (tensor.to(device) for tensor in read(arguments.data))
    if ranks > 1 and local == 0:
        dist.barrier()
    batch = SETTINGS["batch"]
    if batch % ranks:
        parser.error(f"a batch of {batch} images cannot be divided among {ranks} processes")
    images = images.float() / 255
    mean, deviation = images.mean((0, 2, 3)).view(3, 1, 1), images.std((0, 2, 3), correction=0).view(3, 1, 1)
    images, test_images = (images - mean) / deviation, (test_images.float() / 255 - mean) / deviation
    black = -mean / deviation

    torch.manual_seed(arguments.seed)
    model = network().to(device)
    if arguments.weights is not None:
        from safetensors.torch import load_file

        model.load_state_dict(load_file(arguments.weights))
        score = evaluate(model, test_images, test_labels)
        print(f"{score['accuracy']:.2f}% of {len(test_labels):,} test images, loss {score['loss']:.4f}")
        return

    random = torch.Generator().manual_seed(arguments.seed)
    if SETTINGS["label_noise"] > 0:
        redrawn = torch.rand(len(labels), generator=random) < SETTINGS["label_noise"]
        labels = torch.where(redrawn.to(device), torch.randint(0, 10, (len(labels),), generator=random).to(device), labels)
    for module in model.modules():
        if hasattr(module, "fit"):
            module.fit(images)
    averages = [Average(text, model) for text in SETTINGS["ema"]]
    lookahead = Lookahead(model)
    optimizer = optimizer_of(model)
    if ranks > 1 and device.type == "cuda":
        model = nn.SyncBatchNorm.convert_sync_batchnorm(model)
    trained = nn.parallel.DistributedDataParallel(model) if ranks > 1 else model
    per_epoch = len(labels) // batch
    total = SETTINGS["steps"] or SETTINGS["epochs"] * per_epoch
    every = SETTINGS["eval_every"] or per_epoch
    share = slice(rank * (batch // ranks), (rank + 1) * (batch // ranks))
    first_mirrored = torch.rand(len(labels), generator=random).lt(0.5) if SETTINGS["flip_alternately"] else None
    names = ["raw", *SETTINGS["ema"]]
    history: list[list[float]] = []
    losses: list[Tensor] = []
    log = arguments.log.open("w") if arguments.log and lead else None
    if log:
        print(json.dumps({"event": "start", "config": SETTINGS | {"seed": arguments.seed}, "program": "PyTorch"}), file=log)

    for step in range(1, total + 1):
        place = (step - 1) % per_epoch
        if place == 0:
            order = torch.randperm(len(labels), generator=random) if SETTINGS["shuffle"] else torch.arange(len(labels))
        chosen = order[place * batch : (place + 1) * batch].to(device)
        alternates = None if first_mirrored is None else first_mirrored[chosen.cpu()] ^ ((step - 1) // per_epoch % 2 == 1)
        x = augment(images[chosen], black, alternates, random)[share]
        for group in optimizer.param_groups:
            group["lr"] = group["factor"] * learning_rate(step, total)
        loss = F.cross_entropy(trained(x), labels[chosen][share], label_smoothing=SETTINGS["label_smoothing"])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        lookahead.update(step, total, model)
        if lead:
            losses.append(loss.detach())
        for average in averages:
            average.update(step, model)

        early = SETTINGS["eval_early"] and step < every and step & (step - 1) == 0
        if lead and (early or step % every == 0 or step == total):
            models = [model, *(average.apply(images) for average in averages)]
            scores = [evaluate(one, test_images, test_labels) for one in models]
            if not early or step == total:
                history.append([score["accuracy"] for score in scores])
            print(f"step {step:>6} of {total}  " + "  ".join(f"{n} {s['accuracy']:.2f}%" for n, s in zip(names, scores)), flush=True)
            if log:
                line = {"event": "epoch", "epoch": step / per_epoch, "step": step}
                # Of this process's share of the batches.
                line["train_loss"] = torch.stack(losses).mean().item()
                line |= {"raw": scores[0], "ema": [{"name": n, "average": n, **s} for n, s in zip(names[1:], scores[1:])]}
                print(json.dumps(line), file=log, flush=True)
            losses.clear()

    if lead:
        half = history[len(history) // 2 :]
        print(f"\n{'method':<32}{'accuracy, %':>12}{'mean of the second half':>26}{'fluctuation, points':>22}")
        for k, name in enumerate(names):
            column = [scores[k] for scores in half]
            changes = [b - a for a, b in zip(column, column[1:])]
            fluctuation = f"{statistics.stdev(changes):.2f}" if len(changes) > 1 else "–"
            print(f"{name:<32}{column[-1]:>12.2f}{statistics.mean(column):>26.2f}{fluctuation:>22}")
    if dist.is_initialized():
        dist.destroy_process_group()


if __name__ == "__main__":
    main()
