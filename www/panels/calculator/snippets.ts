/**
 * The same average in four libraries. Each was run against the recursion v ← β_n v + (1 − β_n) w_n: PyTorch 2.15,
 * timm 1.0.31, Keras 3.15, optax 0.2.8.
 */

import type { MessageKey } from "../../i18n";
import type { Warmup } from "../../averages/decay";
import { formatBeta } from "./formulas";

export const libraries = ["pytorch", "timm", "keras", "optax"] as const;
export type Library = (typeof libraries)[number];

export interface Snippet {
  code: string;
  /** The name of the warm-up that this code has, where the library cannot have the one requested. */
  instead?: MessageKey;
  /** What one has to know of it. */
  note: MessageKey;
}

export function snippet(library: Library, beta: number, warmup: Warmup): Snippet {
  const b = formatBeta(beta);
  switch (library) {
    case "pytorch":
      return { code: pytorch(b, warmup), note: "calc.note.pytorch" };
    case "timm":
      return timm(b, warmup);
    case "keras":
      return {
        code: `import keras

optimizer = keras.optimizers.Adam(
    learning_rate=lr, use_ema=True, ema_momentum=${b}
)
model.compile(optimizer=optimizer, loss=loss, metrics=["accuracy"])

# validation sees the average
swap = keras.callbacks.SwapEMAWeights()
model.fit(data, validation_data=test, callbacks=[swap])`,
        ...(warmup === "none" ? {} : { instead: "calc.warmup.none" }),
        note: "calc.note.keras",
      };
    case "optax":
      return optax(b, warmup);
  }
}

function pytorch(b: string, warmup: Warmup): string {
  const after = `
# after each optimizer.step()
ema.update_parameters(model)`;
  if (warmup === "none")
    return `from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

ema = AveragedModel(
    model, multi_avg_fn=get_ema_multi_avg_fn(${b}), use_buffers=True
)
${after}`;
  const rate = {
    ramp: `1 - min(${b}, (2 + n) / (11 + n))`,
    "bias-corrected": `(1 - ${b}) / (1 - ${b} ** (n + 1))`,
  }[warmup];
  return `from torch.optim.swa_utils import AveragedModel

def average(v, w, n):  # n: updates made so far
    return v + (${rate}) * (w - v)

ema = AveragedModel(model, avg_fn=average, use_buffers=True)
${after}`;
}

function timm(b: string, warmup: Warmup): Snippet {
  if (warmup === "none") {
    const code = `from timm.utils import ModelEmaV3

ema = ModelEmaV3(model, decay=${b})

# after each optimizer.step()
ema.update(model)`;
    return { code, note: "calc.note.timm" };
  }
  return {
    code: `from timm.utils import ModelEmaV3

ema = ModelEmaV3(model, decay=${b}, use_warmup=True)

# after each optimizer.step(), with step = 1, 2, …
ema.update(model, step=step)`,
    instead: "calc.warmup.timm",
    note: "calc.note.timm.warmup",
  };
}

function optax(b: string, warmup: Warmup): Snippet {
  if (warmup === "none")
    return {
      code: `import optax

averaged = params  # before the first step

# after each params = optax.apply_updates(params, updates)
averaged = optax.incremental_update(params, averaged, step_size=1 - ${b})`,
      note: "calc.note.optax",
    };
  return {
    code: `import optax

ema = optax.ema(${b}, debias=True)
state = ema.init(params)

# after each params = optax.apply_updates(params, updates)
averaged, state = ema.update(params, state)`,
    ...(warmup === "bias-corrected" ? {} : { instead: "calc.warmup.bias-corrected" }),
    note: "calc.note.optax.debias",
  };
}
