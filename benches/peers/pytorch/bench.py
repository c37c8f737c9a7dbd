"""PyTorch's part of `cargo xtask bench`: the training step that a work's file describes, timed on each runtime here.

    python bench.py --work FILE [--samples N] [--only TEXT]…

FILE, from `emascope bench --export`, holds initial weights, one batch and the settings. A runtime has several ways that a
user might choose: all are tried, and the fastest is sampled and named in the note. Each runtime prints one JSON line.
"""

import argparse
import itertools
import json
import platform
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from torch import Tensor, nn

LOSSES = 5  # steps whose losses are reported
SAMPLE = 1.0  # seconds of a sample, about
TRIAL = 0.5  # seconds of steps by which ways are compared


class Residual(nn.Sequential):
    """x + layers(x)."""

    def forward(self, x: Tensor) -> Tensor:
        return x + super().forward(x)


def network(name: str) -> nn.Sequential:
    """A preset of src/model/spec.rs, under the same module indices."""

    def conv(inputs: int, outputs: int) -> list[nn.Module]:
        return [nn.Conv2d(inputs, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]

    def stage(inputs: int, outputs: int) -> list[nn.Module]:
        return conv(inputs, outputs) + conv(outputs, outputs)

    pool = nn.MaxPool2d(2)
    if name == "resnet9":
        width = 512
        layers = [*conv(3, 64), *conv(64, 128), pool, Residual(*stage(128, 128))]
        layers += [*conv(128, 256), pool, *conv(256, 512), pool, Residual(*stage(512, 512))]
    else:
        width = {"tiny": 64, "small": 128}[name]
        layers = [*stage(3, width // 4), pool, *stage(width // 4, width // 2), pool, *stage(width // 2, width)]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(width, 10))


class Work:
    """What a file asks for."""

    def __init__(self, path: Path) -> None:
        with safe_open(path, framework="pt") as file:
            self.settings = json.loads(file.metadata()["work"])
            self.weights = {name: file.get_tensor(name) for name in file.keys()}
        self.x, self.labels = self.weights.pop("x"), self.weights.pop("labels")


@dataclass(frozen=True)
class Way:
    """Choices that change how fast a step is. What it computes stays the same, but for TF32's rounding."""

    device: str
    layout: torch.memory_format
    fused: bool = False  # Adam; else `foreach`
    compiled: bool = False  # the network with its gradients, and Adam with the averages
    graph: bool = False  # the whole step is captured as a CUDA graph
    tf32: bool = False  # matrix products and convolutions on CUDA may round their inputs

    def __str__(self) -> str:
        parts = [str(self.layout).removeprefix("torch."), "fused Adam" if self.fused else "foreach Adam"]
        return ", ".join(parts + ["torch.compile"] * self.compiled + ["CUDA graph"] * self.graph)


class Trainer:
    """A network in training; the losses of its first steps are taken as it is made."""

    def __init__(self, work: Work, way: Way) -> None:
        torch.compiler.reset()
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = way.tf32
        settings = work.settings
        model = network(settings["network"])
        model.load_state_dict(work.weights)
        model.train().to(way.device).to(memory_format=way.layout)
        x, labels = work.x.to(way.device, memory_format=way.layout), work.labels.to(way.device)
        optimizer = torch.optim.Adam(
            model.parameters(),
            lr=settings["learning_rate"],
            betas=(settings["beta1"], settings["beta2"]),
            eps=settings["eps"],
            fused=way.fused,
            foreach=not way.fused,
            capturable=way.graph,
        )
        tensors = [t.detach() for t in itertools.chain(model.parameters(), model.buffers()) if t.is_floating_point()]
        averages = [(beta, [t.clone() for t in tensors]) for beta in settings["averages"]]

        def forward() -> Tensor:
            return F.cross_entropy(model(x), labels)

        @torch.no_grad()
        def update() -> None:
            optimizer.step()
            for beta, average in averages:  # what AveragedModel does with get_ema_multi_avg_fn(beta)
                torch._foreach_lerp_(average, tensors, 1 - beta)

        if way.compiled:
            mode = "max-autotune-no-cudagraphs" if way.device == "cuda" else "default"
            forward, update = torch.compile(forward, mode=mode), torch.compile(update, mode=mode)

        def step() -> Tensor:
            optimizer.zero_grad()
            loss = forward()
            loss.backward()
            update()
            return loss.detach()

        self.step: Callable[[], Tensor] = step
        self.device, self.batch = way.device, len(labels)
        self.losses: list[float] = []
        if way.graph:
            self.capture()
        self.losses += [self.step().item() for _ in range(LOSSES - len(self.losses))]

    def capture(self) -> None:
        """Makes `step` replay a CUDA graph. Capturing wants a few steps on its stream first; their losses count."""
        stream, step = torch.cuda.Stream(), self.step
        stream.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(stream):
            self.losses += [step().item() for _ in range(3)]
        torch.cuda.current_stream().wait_stream(stream)
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=stream):
            loss = step()

        def replay() -> Tensor:
            graph.replay()
            return loss

        self.step = replay

    def seconds(self, steps: int) -> float:
        """Time of these steps, with one synchronisation at the end."""
        return seconds(self.step, steps, self.device)

    def steps_in(self, target: float) -> int:
        """Number of steps that last about this many seconds; warms up on the way."""
        steps = 2
        while (elapsed := self.seconds(steps)) < target / 4:
            steps *= 2
        return max(1, round(steps * target / elapsed))

    def images_per_second(self, steps: int) -> float:
        return steps * self.batch / self.seconds(steps)


def seconds(call: Callable[[], object], times: int, device: str) -> float:
    start = time.perf_counter()
    for _ in range(times):
        call()
    if device == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter() - start


def one_line(error: Exception) -> str:
    return " ".join([f"{type(error).__name__}:", *str(error).split()])[:300]


def fastest(work: Work, ways: list[Way]) -> Way:
    """Tries all variants. A failure is reported; if all fail, the last one is raised."""
    speeds: dict[Way, float] = {}
    failure: Exception = RuntimeError("no way to try")
    for way in ways:
        try:
            trainer = Trainer(work, way)
            speeds[way] = trainer.images_per_second(trainer.steps_in(TRIAL))
            print(f"  {way}: about {speeds[way]:.0f} images/s", file=sys.stderr)
        except Exception as error:
            failure = error
            print(f"  {way}: {one_line(error)}", file=sys.stderr)
    if not speeds:
        raise failure
    return max(speeds, key=speeds.__getitem__)


def measure(work: Work, ways: list[Way], samples: int) -> dict[str, object]:
    """Samples the fastest way, from the initial weights on."""
    way = fastest(work, ways)
    trainer = Trainer(work, way)
    steps = trainer.steps_in(SAMPLE)
    return {
        "averages": len(work.settings["averages"]),
        "losses": trainer.losses,
        "steps_a_sample": steps,
        "images_per_second": [trainer.images_per_second(steps) for _ in range(samples)],
        "note": f"PyTorch {torch.__version__.partition('+')[0]}, {way}, the fastest of {len(ways)} ways",
    }


def runtimes() -> Iterator[tuple[str, list[Way]]]:
    """Names of the runtimes here, each with the ways to try."""

    def ways(device: str, tf32: bool = False) -> list[Way]:
        layouts = [torch.contiguous_format, torch.channels_last]
        return [Way(device, layout, fused=fused, tf32=tf32) for layout in layouts for fused in (False, True)]

    def compiled(ways: list[Way]) -> list[Way]:
        return [replace(way, compiled=True) for way in ways if not way.fused]  # the compiler fuses `foreach` itself

    yield "cpu eager", ways("cpu")
    yield "cpu compiled", compiled(ways("cpu"))
    if torch.cuda.is_available():
        for precision in ("fp32", "tf32"):
            eager = ways("cuda", tf32=precision == "tf32")
            graph = [replace(way, graph=True) for way in eager]
            yield f"cuda {precision} eager", eager
            yield f"cuda {precision} graph", graph
            yield f"cuda {precision} compiled", compiled(eager) + compiled(graph)


def adapter(device: str) -> str:
    """Name of the GPU, or of the processor with the threads that PyTorch uses."""
    if device == "cuda":
        return torch.cuda.get_device_name()
    name, info = platform.processor() or platform.machine(), Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{(models or [name])[0]}, {torch.get_num_threads()} threads"


def tell_ceilings() -> None:
    """What the GPU can do at most: the rate of a large float32 matrix product, the bandwidth of a large copy."""
    side, times = 8192, 10
    a, b, c = (torch.randn(side, side, device="cuda") for _ in range(3))
    torch.backends.cuda.matmul.allow_tf32 = False
    calls: list[Callable[[], object]] = [lambda: torch.mm(a, b, out=c), lambda: c.copy_(a)]
    for call in calls:
        seconds(call, 2, "cuda")
    product, copy = (seconds(call, times, "cuda") / times for call in calls)
    rates = f"{2 * side**3 / product / 1e12:.1f} TFLOP/s in float32, {2 * a.nbytes / copy / 1e9:.0f} GB/s"
    print(f"{adapter('cuda')}: at most {rates}", file=sys.stderr)


def main() -> None:
    parser = argparse.ArgumentParser(description="Times PyTorch on a work of `emascope bench --export`.")
    parser.add_argument("--work", type=Path, required=True, help="the file to read")
    parser.add_argument("--samples", type=int, default=5, help="samples a runtime, each of about a second")
    parser.add_argument("--only", action="append", help="only runtimes whose names hold this, such as `cuda fp32`")
    arguments = parser.parse_args()
    work = Work(arguments.work)
    if torch.cuda.is_available():
        torch.backends.cudnn.benchmark = True
        tell_ceilings()
    for runtime, ways in runtimes():
        if not any(text in runtime for text in arguments.only or [""]):
            continue
        row: dict[str, object] = {"peer": "PyTorch", "runtime": runtime, "adapter": adapter(ways[0].device)}
        row |= {"network": work.settings["network"], "batch": len(work.labels)}
        print(f"{row['network']}, {runtime}:", file=sys.stderr)
        try:
            row |= measure(work, ways, arguments.samples)
        except Exception as error:
            row["failed"] = one_line(error)
        print(json.dumps(row), flush=True)


if __name__ == "__main__":
    main()
