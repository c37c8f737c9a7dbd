import type {
  DataFiles,
  Description,
  EngineModule,
  EvaluationPoint,
  Experiment,
  Limits,
  Log,
  Nearest,
  Setting,
  Standing,
  StepMetric,
  Survey,
  Wanted,
} from "../engine";
import { type FakeMachine, type FakeWorld, fakeEngines, fakeWorld } from "./fake-engine";

/** The description of a run of the fake engine, unless its experiment differs. */
export const fakeExperiment: Experiment = {
  data: "subset",
  preset: "tiny",
  batch: 10,
  lr: 0.002,
  steps: 25,
  eval_every: null,
  eval_early: false,
  seed: 0,
  ema: ["0.9", "0.98"],
};

/** A short settings table of every kind of row. */
export const fakeSettings: Setting[] = [
  row("data", "text", { default: "subset" }),
  row("preset", "choice", { default: "tiny", choices: ["tiny", "small", "resnet9"] }),
  row("batch", "integer", { default: 10, min: 1, max: 16384 }),
  row("lr", "float", { default: 0.002, min: 0, max: 10, step: 1e-4, live: true }),
  row("steps", "integer", { default: 25, min: 1, max: 1e9, live: true }),
  row("eval_every", "integer", { default: null, min: 1, max: 1e9, live: true }),
  row("eval_early", "boolean", { default: false, live: true }),
  row("seed", "integer", { default: 0, min: 0, max: 4294967295 }),
  row("augment", "list", { default: ["flip", "crop"], choices: ["flip", "crop"] }),
  row("shuffle", "boolean", { default: true }),
  row("ema", "list", { default: ["0.9", "0.98"], live: true }),
];

export const fakeLimits: Limits = { averages: 8, probes: 32, recompute_images: 2048 };

function row(key: string, kind: Setting["kind"], rest: Partial<Setting> & { default: unknown }): Setting {
  return { key, flag: key.replaceAll("_", "-"), kind, help: `help of ${key}`, ...rest };
}

const fakeMachine: FakeMachine = {
  adapter: { name: "fake", backend: "none", software: true },
  settings: () => fakeSettings,
  default_experiment: () => fakeExperiment,
  train: 100,
  images: 10,
  classes: ["cat", "dog"],
  parameters: 27,
  tensors: [{ name: "0.weight", shape: [1, 3, 3, 3] }],
  millisecondsPerStep: 0,
};

/** Notes what it is told, a line each: the event and its step. */
export class FakeLog implements Log {
  readonly lines: string[] = [];
  freed = false;
  #empty = true;

  is_empty(): boolean {
    return this.#empty;
  }
  begin(_experiment: Experiment, _description: Description, step: number): void {
    this.#note(`start ${step}`, true);
  }
  change(): void {
    this.#note("change", true);
  }
  steps(metrics: StepMetric[]): void {
    for (const { step } of metrics) this.#note(`step ${step}`, false);
  }
  tested({ step }: EvaluationPoint): void {
    this.#note(`epoch ${step}`, false);
  }
  text({ step }: Standing): string {
    return [...this.lines, `summary ${step}`].map((line) => `${line}\n`).join("");
  }
  free(): void {
    this.freed = true;
  }
  #note(line: string, empty: boolean): void {
    this.lines.push(line);
    this.#empty = empty;
  }
}

/** Reads what it can; numbers are brought into their range. */
export function fakeNearest(wanted: Wanted): Nearest {
  const experiment = { ...fakeExperiment };
  const adjustments: Nearest["adjustments"] = [];
  for (const [key, texts] of wanted) {
    const setting = fakeSettings.find((setting) => setting.key === key);
    const value = texts.at(-1) ?? "";
    if (setting === undefined) {
      adjustments.push({ key, value, to: null, because: "unknown-key", known: ["seed"] });
    } else if (setting.kind === "integer" || setting.kind === "float") {
      const number = Math.min(setting.max ?? Infinity, Math.max(setting.min ?? -Infinity, Number(value)));
      if (number !== Number(value)) {
        adjustments.push({ key, value, to: String(number), because: "range", known: [] });
      }
      experiment[key] = number;
    } else experiment[key] = setting.kind === "list" ? texts : value;
  }
  return { experiment, adjustments };
}

/** Layers of a weight each, which all fit but those of the name "misfit"; a preset has two. */
export function fakeSurvey({ model, preset }: Experiment): Survey {
  const own = model as Survey["model"] | null | undefined;
  const network = own ?? { name: String(preset), layers: ["relu", { dense: { out: 10 } }] };
  const misfit = network.layers.indexOf("misfit");
  const fitting = misfit < 0 ? network.layers : network.layers.slice(0, misfit);
  return {
    model: network,
    layers: fitting.map(() => ({ output: [1, 1, 10], parameters: 1, multiply_adds: 2 })),
    parameters: fitting.length,
    multiply_adds: 2 * fitting.length,
    error: misfit < 0 ? null : { layer: misfit, reason: "it does not fit" },
  };
}

/** Takes whatever it is given, in pieces of as many bytes. */
const PIECE = 4;

/** Files that take everything; those that were freed or taken over take nothing more. */
export class FakeFiles implements DataFiles {
  readonly taken: { name: string; bytes: Uint8Array }[] = [];
  freed = false;

  push(name: string, size: number, read: (offset: number, length: number) => Uint8Array): void {
    const bytes: number[] = [];
    while (bytes.length < size) bytes.push(...read(bytes.length, Math.min(PIECE, size - bytes.length)));
    this.taken.push({ name, bytes: Uint8Array.from(bytes) });
  }
  free(): void {
    this.freed = true;
  }
}

/** A module whose engines are fake, and what happens among them. */
export function fakeModule(): { module: EngineModule; world: FakeWorld } {
  const world = fakeWorld({ ...fakeMachine });
  const module: EngineModule = {
    settings: () => fakeSettings,
    limits: () => fakeLimits,
    default_experiment: () => fakeExperiment,
    compute_on: (compute) => {
      world.computes.push(compute);
    },
    adapter: () => Promise.resolve(fakeMachine.adapter),
    processor_speed: () => Promise.resolve(400),
    training_speed: ({ preset }) => Promise.resolve(preset === "tiny" ? 400 : 100),
    nearest: fakeNearest,
    survey: fakeSurvey,
    pytorch_script: ({ preset }) => `# ${String(preset)}\n`,
    Files: FakeFiles,
    Log: FakeLog,
    Engine: fakeEngines(world, (files) => (files instanceof FakeFiles ? files.taken : undefined)),
  };
  return { module, world };
}
