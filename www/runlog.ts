import { constantBeta, parseSpec } from "./averages/spec";
import type { Description, EvaluationPoint, Experiment, StepMetric } from "./engine";
import { type Rows, addRows, noRows, roomier } from "./history/rows";
import type { FromWorker } from "./protocol";
import type { State } from "./state";

/** Losses of a run that are logged one by one; in a longer run, every second, fourth … of them. */
const MOST_LOSSES = 1 << 20;
const FEW_LOSSES = 1 << 12;

/** What happened from a start or a resumption on. */
interface Stretch {
  experiment: Experiment;
  description: Description;
  step: number;
  losses: Rows;
  epochs: { point: EvaluationPoint; trainLoss: number }[];
  /** Of the losses since the last evaluation. */
  sum: number;
  count: number;
}

/** The log of the page's run, in the command line's format (`src/run_log.rs`): one JSON object a line. */
export class RunLog {
  #stretches: Stretch[] = [];
  /** The log of the run that a reset ended. */
  #before: Stretch[] = [];

  observe(message: FromWorker): void {
    switch (message.type) {
      case "opened": {
        const { because, description, experiment, snapshot } = message;
        if (because === "undone") this.#stretches = this.#before;
        else if (because !== "restored" && because !== "gone-back") {
          if ((this.#stretches.at(-1)?.losses.length ?? 0) > 0) this.#before = this.#stretches;
          this.#stretches = [];
        }
        this.#begin(experiment, description, snapshot.step);
        break;
      }
      case "changed":
        // A change in mid-run is written as a resumption with the changed settings.
        this.#begin(message.experiment, message.description, undefined);
        break;
      case "snapshot":
        this.#add(message.snapshot.metrics, message.snapshot.points);
        break;
      case "ready":
      case "read":
      case "test-images":
      case "checkpoint":
      case "exported":
      case "kept":
      case "not-stored":
      case "diverged":
      case "recovering":
      case "reading":
      case "files-kept":
      case "files-not-kept":
      case "failed":
        break;
    }
  }

  text(state: State): string {
    const lines = this.#stretches.flatMap(linesOf);
    const last = this.#stretches.at(-1);
    if (last !== undefined) lines.push(summaryOf(last, state));
    return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
  }

  #begin(experiment: Experiment, description: Description, step: number | undefined): void {
    const last = this.#stretches.at(-1);
    const reached = last === undefined ? 0 : lastStep(last);
    const stretch: Stretch = {
      experiment,
      description,
      step: step ?? reached,
      losses: noRows(1, FEW_LOSSES),
      epochs: [],
      sum: step === undefined ? (last?.sum ?? 0) : 0,
      count: step === undefined ? (last?.count ?? 0) : 0,
    };
    // A stretch in which nothing happened leaves no line.
    if (last?.losses.length === 0 && last.epochs.length === 0) this.#stretches.pop();
    this.#stretches = [...this.#stretches, stretch];
  }

  #add(metrics: readonly StepMetric[], points: readonly EvaluationPoint[]): void {
    const stretch = this.#stretches.at(-1);
    if (stretch === undefined) return;
    const waiting = [...points];
    const evaluate = (until: number): void => {
      for (let point = waiting[0]; point !== undefined && point.step <= until; point = waiting[0]) {
        stretch.epochs.push({ point, trainLoss: stretch.sum / stretch.count });
        stretch.sum = stretch.count = 0;
        waiting.shift();
      }
    };
    for (const { step, loss } of metrics) {
      evaluate(step - 1);
      const { losses } = stretch;
      const full = losses.length === losses.capacity && losses.capacity < MOST_LOSSES;
      stretch.losses = addRows(
        full ? roomier(losses, 2 * losses.capacity) : losses,
        step,
        Float32Array.of(loss),
      );
      stretch.sum += loss;
      stretch.count += 1;
    }
    evaluate(Infinity);
  }
}

function lastStep({ step, losses, epochs }: Stretch): number {
  return Math.max(step, losses.steps[losses.length - 1] ?? 0, epochs.at(-1)?.point.step ?? 0);
}

function linesOf({ experiment, description, step, losses, epochs }: Stretch): object[] {
  const lines: object[] = [
    {
      event: "start",
      config: experiment,
      step,
      parameters: description.parameters,
      dataset: description.dataset.name,
      adapter: description.adapter.name,
    },
  ];
  const waiting = epochs.map(({ point, trainLoss }) => ({
    step: point.step,
    line: epochLine(point, trainLoss, description),
  }));
  for (let row = 0; row < losses.length; row++) {
    const step = losses.steps[row] ?? 0;
    while ((waiting[0]?.step ?? Infinity) < step) lines.push(waiting.shift()?.line ?? {});
    lines.push({ event: "step", step, loss: finite(losses.values[row]) });
  }
  lines.push(...waiting.map(({ line }) => line));
  return lines;
}

function epochLine(
  { epoch, step, methods }: EvaluationPoint,
  trainLoss: number,
  description: Description,
): object {
  const [raw, ...averages] = methods.map(({ name, accuracy, loss }, k) => ({
    name,
    average: description.methods[k]?.average ?? null,
    beta: constantBeta(parseSpec(description.methods[k]?.average)) ?? null,
    accuracy,
    loss: finite(loss),
  }));
  return {
    event: "epoch",
    epoch,
    step,
    train_loss: finite(trainLoss),
    raw: { accuracy: raw?.accuracy ?? null, loss: raw?.loss ?? null },
    ema: averages,
  };
}

function summaryOf({ experiment, description }: Stretch, state: State): object {
  const { dataset, network, parameters, adapter } = description;
  return {
    event: "summary",
    rows: state.summary,
    averages: state.averages,
    images_per_second: state.imagesPerSecond ?? 0,
    interrupted: state.step < description.total_steps,
    dataset: dataset.name,
    synthetic: dataset.synthetic,
    train_images: dataset.train,
    test_images: dataset.test,
    network,
    parameters,
    steps: state.step,
    batch: experiment.batch,
    seed: experiment.seed,
    adapter: adapter.name,
  };
}

function finite(value: number | undefined): number | null {
  return value !== undefined && Number.isFinite(value) ? value : null;
}
