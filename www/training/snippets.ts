/**
 * The same average in four libraries. Each was run against the recursion v ← β_n v + (1 − β_n) w_n: PyTorch 2.15,
 * timm 1.0.31, Keras 3.15, optax 0.2.8.
 */

import { type Decay, type Warmup, decayRate, grows, printValue, pythonRate } from "../averages/decay";
import { warmupOf } from "../averages/spec";
import { uniformFrom } from "./answers";
import { formatBeta } from "./formulas";

export const libraries = ["pytorch", "timm", "keras", "optax"] as const;
export type Library = (typeof libraries)[number];

export interface Snippet {
  code: string;
  /** The name of what this code has, where the library cannot have the average or the warm-up requested. */
  instead?: "instead.last-beta" | "instead.none" | "instead.timm";
  /** What one has to know of it. */
  note: `note.${"pytorch" | "pytorch.uniform" | "timm" | "timm.warmup" | "keras" | "optax" | "optax.debias"}`;
}

/** @param steps the length of the run */
export function snippet(library: Library, decay: Decay, steps: number): Snippet {
  switch (library) {
    case "pytorch":
      return decay.kind === "uniform" ? uniform(steps) : { code: pytorch(decay), note: "note.pytorch" };
    case "timm":
      return timm(...only(decay, steps));
    case "keras":
      return keras(...only(decay, steps));
    case "optax":
      return optax(decay, steps);
  }
}

/** The constant β that comes nearest, and whether it is another average. */
function only(decay: Decay, steps: number): [b: string, warmup: Warmup, instead: boolean] {
  return grows(decay)
    ? [formatBeta(1 - decayRate(decay, steps)), "none", true]
    : [printValue(decay), warmupOf(decay), false];
}

function keras(b: string, warmup: Warmup, other: boolean): Snippet {
  return {
    code: `import keras

optimizer = keras.optimizers.Adam(
    learning_rate=lr, use_ema=True, ema_momentum=${b}
)
model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])

# validation sees the average
swap = keras.callbacks.SwapEMAWeights()
model.fit(data, validation_data=test, callbacks=[swap])`,
    ...(other ? { instead: "instead.last-beta" } : warmup === "none" ? {} : { instead: "instead.none" }),
    note: "note.keras",
  };
}

function pytorch(decay: Decay): string {
  const after = `
# after each optimizer.step()
ema.update_parameters(model)`;
  if (!grows(decay) && warmupOf(decay) === "none")
    return `from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

ema = AveragedModel(
    model, multi_avg_fn=get_ema_multi_avg_fn(${printValue(decay)}), use_buffers=True
)
${after}`;
  return `from torch.optim.swa_utils import AveragedModel

def average(v, w, updates):  # made so far
    n = updates + 1
    return v + (${pythonRate(decay)}) * (w - v)

ema = AveragedModel(model, avg_fn=average, use_buffers=True)
${after}`;
}

/** Equal weights are what PyTorch's class computes by itself. */
function uniform(steps: number): Snippet {
  return {
    code: `from torch.optim.swa_utils import AveragedModel, update_bn

average = AveragedModel(model)

# after each optimizer.step(), from step ${uniformFrom(steps)} on
average.update_parameters(model)

# before each test
update_bn(loader, average)`,
    note: "note.pytorch.uniform",
  };
}

function timm(b: string, warmup: Warmup, other: boolean): Snippet {
  if (warmup === "none") {
    const code = `from timm.utils import ModelEmaV3

ema = ModelEmaV3(model, decay=${b})

# after each optimizer.step()
ema.update(model)`;
    return { code, ...(other ? { instead: "instead.last-beta" } : {}), note: "note.timm" };
  }
  return {
    code: `from timm.utils import ModelEmaV3

ema = ModelEmaV3(model, decay=${b}, use_warmup=True)

# after each optimizer.step(), with step = 1, 2, …
ema.update(model, step=step)`,
    instead: "instead.timm",
    note: "note.timm.warmup",
  };
}

function optax(decay: Decay, steps: number): Snippet {
  const warmup = warmupOf(decay);
  if (warmup === "bias-corrected")
    return {
      code: `import optax

ema = optax.ema(${printValue(decay)}, debias=True)
state = ema.init(params)

# after each params = optax.apply_updates(params, updates)
averaged, state = ema.update(params, state)`,
      note: "note.optax.debias",
    };
  const from = decay.kind === "uniform" ? `, from step ${uniformFrom(steps)} on` : "";
  const counted = grows(decay) || warmup !== "none" ? `${from}, with n = 1, 2, …` : "";
  return {
    code: `import optax

averaged = params  # before the first step

# after each params = optax.apply_updates(params, updates)${counted}
averaged = optax.incremental_update(params, averaged, step_size=${pythonRate(decay)})`,
    note: "note.optax",
  };
}
