import { FORMAT, type Recording, VERSION } from "./format";

/** Throws at a value that is not as expected, naming its place and what was expected there. */
type Check = (value: unknown, at: string) => void;

function wants(what: string, is: (value: unknown) => boolean): Check {
  return (value, at) => {
    if (!is(value)) throw new Error(`the recorded run is damaged: ${at} is not ${what}`);
  };
}

const text = wants("a text", (value) => typeof value === "string");
const flag = wants("true or false", (value) => typeof value === "boolean");
const number = wants("a number", (value) => typeof value === "number");
const count = wants("a whole number", (value) => Number.isSafeInteger(value) && Number(value) >= 0);
const anything: Check = () => undefined;

/** Numbers that are not finite are null. */
const figure = wants("a number or null", (value) => value === null || typeof value === "number");

function below(bound: number): Check {
  return wants(
    `a whole number below ${bound}`,
    (value) => Number.isInteger(value) && Number(value) >= 0 && Number(value) < bound,
  );
}

function exactly(expected: unknown): Check {
  return wants(JSON.stringify(expected), (value) => value === expected);
}

function orNothing(check: Check): Check {
  return (value, at) => {
    if (value !== null && value !== undefined) check(value, at);
  };
}

function list(item: Check, length?: number): Check {
  return (value, at) => {
    if (!Array.isArray(value) || (length !== undefined && value.length !== length)) {
      throw new Error(`the recorded run is damaged: ${at} is not a list of ${length ?? "values"}`);
    }
    value.forEach((one, k) => {
      item(one, `${at}[${k}]`);
    });
  };
}

function object(fields: Record<string, Check>): Check {
  return (value, at) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw new Error(`the recorded run is damaged: ${at} is not an object`);
    }
    const there = value as Record<string, unknown>;
    for (const [key, check] of Object.entries(fields)) check(there[key], at === "" ? key : `${at}.${key}`);
  };
}

/** The fields that determine the length of everything else. */
const frame = object({
  format: exactly(FORMAT),
  version: exactly(VERSION),
  program: text,
  experiment: object({}),
  images_per_second: number,
  description: object({
    adapter: object({ name: text, backend: text, software: flag }),
    dataset: object({ name: text, synthetic: flag, train: count, test: count, classes: list(text) }),
    network: text,
    parameters: count,
    gpu_bytes: count,
    steps_per_epoch: count,
    total_steps: count,
    methods: list(object({ name: text, beta: orNothing(number) })),
    tensors: list(object({ name: text, shape: list(count) })),
  }),
  points: list(anything),
  probes: object({ probes: list(anything) }),
  filters: object({ shape: list(count, 4) }),
  test_images: object({ labels: list(anything), pixels: text }),
});

/** Checks that a parsed file is a recorded run that plays to its end. */
export function check(value: unknown): asserts value is Recording {
  frame(value, "");
  const { description, points, probes, filters, test_images } = value as Recording;
  const steps = description.total_steps;
  const methods = description.methods.length;
  const images = test_images.labels.length;
  const step = below(steps + 1);
  const row = object({
    method: text,
    accuracy: figure,
    best_accuracy: figure,
    best_epoch: figure,
    fluctuation: orNothing(number),
    loss: figure,
  });
  object({
    steps: object({ loss: list(figure, steps), accuracy: list(figure, steps) }),
    points: list(
      object({
        step,
        epoch: number,
        methods: list(object({ name: text, accuracy: figure, loss: figure }), methods),
      }),
    ),
    summaries: list(list(row), points.length),
    averages: list(
      object({
        name: text,
        beta: number,
        effective_beta: list(figure, steps + 1),
        half_life: list(figure, steps + 1),
        initial_share: list(figure, steps + 1),
      }),
    ),
    probes: object({
      probes: list(object({ tensor: below(description.tensors.length), index: count })),
      values: list(figure, steps * probes.probes.length * methods),
    }),
    predictions: list(
      object({
        step,
        classes: list(below(description.dataset.classes.length), images * methods),
        confidences: list(figure, images * methods),
      }),
      points.length,
    ),
    filters: object({
      frames: list(
        object({
          step,
          methods: list(
            list(
              figure,
              filters.shape.reduce((a, b) => a * b, 1),
            ),
            methods,
          ),
        }),
      ),
    }),
    test_images: object({ labels: list(below(description.dataset.classes.length)) }),
  })(value, "");
  inOrder(points.map((point) => point.step));
  if (points.at(-1)?.step !== steps) {
    throw new Error("the recorded run is damaged: its last point is not that of its last step");
  }
  if (filters.frames[0]?.step !== 0) {
    throw new Error("the recorded run is damaged: it has no filters at step 0");
  }
  if (!isBase64(test_images.pixels, images * 3 * 32 * 32)) {
    throw new Error("the recorded run is damaged: test_images.pixels are not those of its images");
  }
}

function inOrder(steps: readonly number[]): void {
  steps.forEach((step, k) => {
    if (k > 0 && step <= (steps[k - 1] ?? 0)) {
      throw new Error(`the recorded run is damaged: points[${k}].step is not after the one before`);
    }
  });
}

function isBase64(text: string, length: number): boolean {
  try {
    return atob(text).length === length;
  } catch {
    return false;
  }
}
