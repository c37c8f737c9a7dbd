"""Writes vectors.json: what averages are and what they remember, computed from the formulas in 50 digits.

Both test suites read it, so that the engine and the page agree on every average. Run: python3 make_vectors.py
"""

import json
from decimal import Decimal, getcontext
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
]
REFUSED = [
    "", "1", "-0.1", "NaN", "nan", "inf", "1e999", "0.9,every=2.5", "0.9,from=inf", "0.9,0.98", "0.9,every=0",
    "0.9,every=x", "0.9,warmup=slow", "0.9,buffers=none", "0.9,from=-1", "0.9,colour=red", "b=1",
]
STEPS = [0, 1, 2, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 16, 40, 79, 80, 81, 200, 431, 1000, 1001, 1012]


def beta_of(n, beta, warmup):
    """The share of the old average that update n = 1, 2, ... keeps."""
    if warmup == "ramp":
        return min(beta, Decimal(1 + n) / Decimal(10 + n))
    if warmup == "bias-corrected":
        return ONE - (ONE - beta) / (ONE - beta**n)
    return beta


def vector(text, written):
    options = {"every": "1", "warmup": "none", "buffers": "average", "from": "0"}
    first, *rest = [part.strip() for part in text.split(",")]
    options.update(part.split("=") for part in rest)
    beta = abs(Decimal(first))
    every, start = int(float(options["every"])), int(float(options["from"]))
    steps, updates, share = [], 0, ONE
    for step in range(max(STEPS) + 1):
        if step == 0 or step <= start:
            rate = ONE
        elif (step - start) % every == 0:
            updates += 1
            kept = beta_of(updates, beta, options["warmup"])
            rate, share = ONE - kept, share * kept
        else:
            rate = Decimal(0)
        effective = Decimal(0) if step < start else beta_of(max(updates, 1), beta, options["warmup"])
        if step in STEPS:
            steps.append({
                "step": step,
                "updates": updates,
                "rate": float(rate),
                "effective_beta": float(effective),
                "initial_share": float(share),
            })
    return {
        "text": text,
        "written": written or text,
        "beta": float(beta),
        "every": every,
        "warmup": options["warmup"],
        "buffers": options["buffers"],
        "from": start,
        "half_life": float(every * Decimal("0.5").ln() / beta.ln()) if beta > 0 else 0.0,
        "steps": steps,
    }


vectors = {"averages": [vector(*one) for one in AVERAGES], "refused": REFUSED}
lines = [json.dumps(one) for one in vectors["averages"]]
text = '{\n"averages": [\n' + ",\n".join(lines) + '\n],\n"refused": ' + json.dumps(REFUSED) + "\n}\n"
Path(__file__).with_name("vectors.json").write_text(text)
