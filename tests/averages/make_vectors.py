"""Writes vectors.json: what averages are and what they remember, computed from the formulas in 50 digits.

Both test suites read it, so that the engine and the page agree on every average, and the runs of tests/ema.rs. Run: python3 make_vectors.py
"""

import json
from decimal import Decimal, getcontext
from math import prod
from pathlib import Path

getcontext().prec = 50
ONE = Decimal(1)

# Text, and the same as the engine and the page write it.
AVERAGES = [
    ("0", None),
    ("0.5", None),
    ("0.9", None),
    ("0.999", None),
    ("0.98,every=4", None),
    ("0.98,warmup=ramp", None),
    ("0.999,warmup=ramp", None),
    ("0.05,warmup=ramp", None),
    ("0.98,warmup=bias-corrected", None),
    ("0.9,every=3,warmup=bias-corrected,from=10", None),
    ("0.9,every=2,warmup=ramp,from=7", None),
    ("0.99,buffers=copy", None),
    ("0.99,buffers=recompute,from=500", None),
    ("-0,every=4.0,from=1e3", "0,every=4,from=1000"),
    (" 0.90 , from=5 , every=1 ", "0.9,from=5"),
    ("power=0.1", None),
    ("power=0.05,every=3,from=10", None),
    ("power=2.5e-1,buffers=recompute", "power=0.25,buffers=recompute"),
    ("half-life=5%", None),
    ("half-life=100%,every=2,from=7", None),
    ("uniform", None),
    ("uniform,every=3,buffers=recompute,from=10", None),
    ("half-life=0.50%,buffers=copy", "half-life=0.5%,buffers=copy"),
]
REFUSED = [
    "", "1", "-0.1", "NaN", "nan", "inf", "1e999", "0.9,every=2.5", "0.9,from=inf", "0.9,0.98", "0.9,every=0",
    "0.9,every=x", "0.9,warmup=slow", "0.9,buffers=none", "0.9,from=-1", "0.9,colour=red", "b=1",
    "power", "power=", "power=x", "power=0", "power=-0.1", "power=0.29", "power=0.1,warmup=ramp", "0.9,power=0.1",
    "half-life=5", "half-life=0%", "half-life=101%", "half-life=%", "half-life=0.05", "half-life=5%,warmup=none",
    "uniform=3", "uniform,warmup=ramp",
]
STEPS = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 16, 40, 79, 80, 81, 200, 431, 1000, 1001, 1012]
# The step of a run after which an average is the sum of its shares: of the weights it began with, then of each update's.
RUN = 13


def gamma(sigma):
    """The exponent of the power average of relative width sigma, by bisection."""
    low, high = Decimal(0), ONE / sigma
    for _ in range(160):
        middle = (low + high) / 2
        wide = (middle + 1) / ((middle + 2) ** 2 * (middle + 3)) > sigma**2
        low, high = (middle, high) if wide else (low, middle)
    return low


def constant(beta, warmup):
    beta = abs(beta)

    def left(i, n):
        if i == n:
            return ONE
        if warmup == "ramp":
            return prod(min(beta, Decimal(1 + m) / Decimal(10 + m)) for m in range(i + 1, n + 1))
        if warmup == "bias-corrected":
            return beta ** (n - i) * (ONE - beta**i) / (ONE - beta**n)
        return beta ** (n - i)

    half_life = Decimal("0.5").ln() / beta.ln() if beta > 0 else Decimal(0)
    return {"kind": "constant", "beta": float(beta), "warmup": warmup}, left, lambda n: half_life


def power(sigma):
    exponent = gamma(sigma) + 1

    def left(i, n):
        return (Decimal(i) / n) ** exponent if i < n else ONE

    def half_life(n):
        return Decimal("0.5").ln() / left(n - 1, n).ln() if n > 1 else Decimal(0)

    return {"kind": "power", "sigma": float(sigma)}, left, half_life


def half_life_share(percent):
    share = percent / 100
    return (
        {"kind": "half-life", "percent": float(percent)},
        lambda i, n: Decimal(2) ** (-sum(ONE / m for m in range(i + 1, n + 1)) / share),
        lambda n: share * n,
    )


def uniform():
    return (
        {"kind": "uniform"},
        lambda i, n: Decimal(i + 1) / (n + 1),
        lambda n: Decimal(2).ln() / (1 + ONE / n).ln(),
    )


def decay_of(first, warmup):
    """What an average's first part means: its fields; the share that everything up to update i still has after update n,
    in closed form; its half-life after update n."""
    name, _, number = first.rpartition("=")
    if first == "uniform":
        return uniform()
    if name == "power":
        return power(Decimal(number))
    if name == "half-life":
        return half_life_share(Decimal(number.rstrip("%")))
    return constant(Decimal(first), warmup)


def vector(text, written):
    options = {"every": "1", "warmup": "none", "buffers": "average", "from": "0"}
    first, *rest = [part.strip() for part in text.split(",")]
    options.update(part.split("=") for part in rest)
    decay, left, half_life = decay_of(first, options["warmup"])
    every, start = int(float(options["every"])), int(float(options["from"]))
    steps, updates, squares = [], 0, ONE
    for step in range(max(STEPS) + 1):
        if step == 0 or step <= start:
            rate = ONE
        elif (step - start) % every == 0:
            updates += 1
            kept = left(updates - 1, updates)
            rate = ONE - kept
            squares = kept * kept * squares + rate * rate
        else:
            rate = Decimal(0)
        latest, begun = max(updates, 1), step >= start
        if step in STEPS:
            steps.append({
                "step": step,
                "updates": updates,
                "rate": float(rate),
                "effective_beta": float(left(latest - 1, latest)) if begun else 0.0,
                "initial_share": float(left(0, updates)),
                "half_life": float(every * half_life(latest)) if begun or decay["kind"] == "constant" else 0.0,
                "variance_left": float(squares),
            })
    n = max(0, RUN - start) // every
    sums = [Decimal(0)] + [left(i, n) for i in range(n + 1)]
    return {
        "text": text,
        "written": written or text,
        "decay": decay,
        "every": every,
        "buffers": options["buffers"],
        "from": start,
        "shares": [float(after - before) for before, after in zip(sums, sums[1:])],
        "steps": steps,
    }


vectors = {"averages": [vector(*one) for one in AVERAGES], "refused": REFUSED}
lines = [json.dumps(one) for one in vectors["averages"]]
text = '{\n"averages": [\n' + ",\n".join(lines) + '\n],\n"refused": ' + json.dumps(REFUSED) + "\n}\n"
Path(__file__).with_name("vectors.json").write_text(text)
