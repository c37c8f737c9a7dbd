import type { Browser, Page } from "playwright-core";

import type {
  Description,
  EvaluationPoint,
  Experiment,
  Filters,
  Predictions,
  Setting,
} from "../../www/engine";
import { type Story, noStory } from "../../www/history/story";
import type { FromWorker, ToWorker } from "../../www/protocol";

/** What a staged run is made of; tests overwrite what they are about. */
export interface Script {
  settings: Setting[];
  experiment: Experiment;
  description: Description;
  story: Story;
}

declare global {
  interface Window {
    stage: { sent: ToWorker[]; say(message: FromWorker): void };
  }
}

const names = ["raw", "ema-0.9", "ema-0.98", "ema-0.99"];
const betas = [null, 0.9, 0.98, 0.99];

const setting = (key: string, kind: Setting["kind"], value: unknown): Setting => ({
  key,
  flag: key,
  kind,
  default: value,
  help: key,
});

export const script: Script = {
  settings: [
    setting("ema", "list", ["0.9", "0.98", "0.99"]),
    setting("batch", "integer", 64),
    setting("epochs", "integer", 14),
    setting("seed", "integer", 0),
  ],
  experiment: {
    preset: "tiny",
    norm: "batch",
    batch: 64,
    epochs: 14,
    seed: 0,
    ema: ["0.9", "0.98", "0.99"],
    eval_every: null,
  },
  description: {
    adapter: { name: "a stage", backend: "none", software: true },
    dataset: {
      name: "synthetic",
      synthetic: true,
      train: 5000,
      test: 200,
      classes: ["ball", "ring", "box", "triangle", "star", "cross", "moon", "heart", "flower", "fish"],
    },
    network: "tiny",
    parameters: 72_954,
    gpu_bytes: 50_000_000,
    steps_per_epoch: 78,
    total_steps: 1092,
    methods: names.map((name, k) => ({ name, beta: betas[k] ?? null })),
    tensors: [{ name: "0.weight", shape: [16, 3, 3, 3] }],
  },
  story: noStory,
};

/** A number from 0 to 1 that depends on nothing but its arguments. */
function noise(a: number, b: number): number {
  const x = Math.sin(a * 127.1 + b * 311.7) * 43_758.5453;
  return x - Math.floor(x);
}

/** Test accuracies that rise, the averages' with less noise. */
export function evaluation(step: number): EvaluationPoint {
  const epoch = step / 78;
  const methods = names.map((name, k) => {
    const accuracy = 65 * (1 - Math.exp(-epoch / 3)) + (k === 0 ? 6 : 1) * (noise(step, k) - 0.5) + 2 * k;
    return { name, accuracy, loss: 2.3 - accuracy / 50 };
  });
  return { step, epoch, methods };
}

/** The raw weights change their mind about a fifth of the images from one step to another, the averages less. */
export function predictions(step: number, images = 200): Predictions {
  const methods = names.length;
  const classes = new Uint8Array(methods * images);
  const confidences = new Float32Array(methods * images);
  for (let m = 0; m < methods; m++) {
    for (let i = 0; i < images; i++) {
      const settled = noise(i, 1) > 0.3 ? i % 10 : Math.floor(noise(i, 2) * 10);
      const jumps = noise(i + step, m) < 0.2 / (1 + 3 * m);
      classes[m * images + i] = jumps ? Math.floor(noise(i, step + m) * 10) : settled;
      confidences[m * images + i] = 0.3 + 0.69 * noise(i + m, step);
    }
  }
  return { step, images, methods, classes, confidences };
}

export function filters(step: number): Filters {
  const kernel = (m: number): Float32Array =>
    Float32Array.from(
      { length: 16 * 27 },
      (_, i) =>
        0.5 * (noise(i, 3) - 0.5) + (m === 0 ? 0.1 * (noise(i, step) - 0.5) : 0.02 * (noise(i, m) - 0.5)),
    );
  return { step, shape: [16, 3, 3, 3], methods: names.map((_, m) => kernel(m)) };
}

/**
 * The page with an actor in the worker's place, which plays a prepared run at once and without a GPU. What the page sends
 * is kept in `window.stage.sent`; a test answers by `say`.
 */
export async function stage(
  browser: Browser,
  address: string,
  changes: Partial<Script> = {},
  options = {},
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
  await page.addInitScript(play, { ...script, ...changes });
  await page.goto(address);
  await page.waitForFunction(() => window.emascope.snapshot().description !== undefined);
  return page;
}

/** Brings a snapshot, as the worker would after an evaluation. */
export function snapshotOf(
  step: number,
  changes: Partial<Extract<FromWorker, { type: "snapshot" }>["snapshot"]>,
) {
  return {
    type: "snapshot" as const,
    snapshot: {
      phase: "running" as const,
      step,
      epoch: step / 78,
      images_per_second: 1000,
      metrics: [],
      points: [],
      summary: [],
      averages: [],
      marks: [],
      probed: [],
      probes: null,
      predictions: null,
      filters: null,
      ...changes,
    },
  };
}

/** Lets the worker say something. Typed arrays cross into the page as they are. */
export async function say(page: Page, message: FromWorker): Promise<void> {
  const text = JSON.stringify(message, (_, value: unknown) =>
    value instanceof Float32Array || value instanceof Uint8Array
      ? { typed: value.constructor.name, values: [...value] }
      : value,
  );
  await page.evaluate((text) => {
    const message = JSON.parse(text, (_, value: unknown) => {
      const typed = value as { typed?: string; values: number[] } | null;
      if (typed?.typed === "Float32Array") return new Float32Array(typed.values);
      return typed?.typed === "Uint8Array" ? new Uint8Array(typed.values) : value;
    }) as FromWorker;
    window.stage.say(message);
  }, text);
}

/** Runs in the page, before its scripts; so it can use nothing from outside. */
function play(script: Script): void {
  class Actor {
    onmessage: ((event: { data: FromWorker }) => void) | null = null;
    onerror: unknown = null;
    readonly sent: ToWorker[] = [];

    constructor() {
      window.stage = this;
      setTimeout(() => {
        this.say({ type: "ready", settings: script.settings, experiment: script.experiment });
      });
    }

    say(message: FromWorker): void {
      this.onmessage?.({ data: message });
    }

    postMessage(message: ToWorker): void {
      this.sent.push(structuredClone(message));
      if (message.type === "open" || message.type === "reset")
        setTimeout(() => {
          this.open();
        });
      if (message.type === "test-images") {
        const { indices } = message;
        setTimeout(() => {
          this.say({ type: "test-images", images: this.images(indices) });
        });
      }
    }

    open(): void {
      this.say({
        type: "opened",
        because: "new",
        description: structuredClone(script.description),
        experiment: structuredClone(script.experiment),
        snapshot: {
          phase: "paused",
          step: 0,
          epoch: 0,
          images_per_second: null,
          metrics: [],
          points: [],
          summary: [],
          averages: [],
          marks: [],
          probed: [],
          probes: null,
          predictions: null,
          filters: null,
        },
        story: script.story,
        undo: null,
      });
    }

    /** A disc on a ground, in colours of the image's own. */
    images(indices: number[]) {
      const pixels = new Uint8ClampedArray(indices.length * 4096);
      indices.forEach((index, n) => {
        for (let p = 0; p < 1024; p++) {
          const x = (p % 32) - 16;
          const disc = x ** 2 + ((p >> 5) - 16) ** 2 < 80 + (index % 7) * 15;
          const hue = (index * 47) % 256;
          pixels.set(disc ? [hue, 255 - hue, 90, 255] : [40, 60 + (p >> 4), hue, 255], n * 4096 + 4 * p);
        }
      });
      return { indices, pixels, labels: Uint8Array.from(indices, (index) => index % 10) };
    }

    terminate(): void {
      this.onmessage = null;
    }
  }
  window.Worker = Actor as unknown as typeof Worker;
}
