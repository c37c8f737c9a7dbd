import {
  type Average,
  type Description,
  type Engine,
  type EngineModule,
  type EvaluationPoint,
  type Experiment,
  type NamedBytes,
  type StepMetric,
  type SummaryRow,
  toEngineError,
} from "./engine";
import { Pacer } from "./pacer";
import type { FromWorker, Phase, ToWorker } from "./protocol";

/** Submits the GPU has in its queue: one it works on, one that waits. */
const IN_FLIGHT = 2;
/** Milliseconds between two snapshots of a running engine, at least. */
const SNAPSHOT_INTERVAL = 150;
/** Milliseconds a submit should take. */
const SUBMIT_ON_SOFTWARE = 75;
const SUBMIT_ON_GPU = 12;

/** An engine with the counters of its current run. */
interface Run {
  engine: Engine;
  experiment: Experiment;
  description: Description;
  pacer: Pacer;
  batch: number;
  /** Steps given to the GPU. */
  submitted: number;
  /** Steps the GPU has finished. */
  finished: number;
}

/**
 * The worker's side of the protocol: owns the engine, runs its loop and tells the page what happened.
 *
 * Knows neither wasm nor the worker's global scope, so that tests can give it an engine and a clock of their own.
 */
export class Session {
  readonly #module: EngineModule;
  readonly #post: (message: FromWorker) => void;
  readonly #now: () => number;

  #run: Run | undefined;
  /** The loop goes on while fewer steps than this were submitted. */
  #goal = 0;
  #evaluateEvery: number | null = null;
  #loop: Promise<void> | undefined;
  #collecting: Promise<void> | undefined;
  #commands: Promise<void> = Promise.resolve();
  #metrics: StepMetric[] = [];
  #points: EvaluationPoint[] = [];
  #summary: SummaryRow[] = [];
  #averages: Average[] = [];
  #reported = -Infinity;

  constructor(
    module: EngineModule,
    post: (message: FromWorker) => void,
    now: () => number = () => performance.now(),
  ) {
    this.#module = module;
    this.#post = post;
    this.#now = now;
  }

  /** Obeys a message. Resolves when it has been carried out; a started loop goes on after that. */
  handle(message: ToWorker): Promise<void> {
    // Pause must not wait behind anything. What opens an engine or resets it stops the loop first.
    if (message.type === "pause" || message.type === "open" || message.type === "reset") this.#goal = 0;
    this.#commands = this.#commands.then(() => this.#obey(message));
    return this.#commands;
  }

  /** Resolves when no step is running. */
  async idle(): Promise<void> {
    await this.#commands;
    await this.#loop;
  }

  async #obey(message: ToWorker): Promise<void> {
    switch (message.type) {
      case "open":
        await this.#stop();
        await this.#open(message.experiment, message.files);
        break;
      case "reset":
        await this.#stop();
        this.#reset();
        break;
      case "start":
        this.#goOn(Infinity);
        break;
      case "advance":
        this.#goOn((this.#run?.submitted ?? 0) + message.steps);
        break;
      case "evaluate-every":
        this.#evaluateEvery = message.steps;
        break;
      case "pause":
        await this.#stop();
        break;
      case "disturb":
        this.#run?.engine.disturb(message.factor);
        break;
      case "probe":
        this.#run?.engine.probe(message.probes);
        break;
      case "change":
      case "watch":
      case "pace":
      case "stop-at":
      case "test-images":
      case "save":
      case "export":
      case "resume":
        break;
    }
  }

  async #stop(): Promise<void> {
    // Again, because a start that waited in the queue may have come between.
    this.#goal = 0;
    await this.#loop;
  }

  async #open(experiment: Experiment, files: File[] | undefined): Promise<void> {
    try {
      const bytes = files === undefined ? undefined : await Promise.all(files.map(read));
      const engine = await this.#module.Engine.create(experiment, bytes);
      this.#run?.engine.free();
      const description = engine.describe();
      this.#evaluateEvery = positive(experiment.eval_every);
      this.#run = {
        engine,
        experiment,
        description,
        pacer: new Pacer(description.adapter.software ? SUBMIT_ON_SOFTWARE : SUBMIT_ON_GPU),
        batch: positive(experiment.batch) ?? 1,
        submitted: 0,
        finished: 0,
      };
      this.#begin(this.#run);
    } catch (thrown) {
      this.#post({ type: "failed", error: toEngineError(thrown), lost: this.#run === undefined });
    }
  }

  #reset(): void {
    const run = this.#run;
    if (run === undefined) return;
    try {
      run.engine.reset();
      run.submitted = 0;
      run.finished = 0;
      this.#begin(run);
    } catch (thrown) {
      this.#lose(thrown);
    }
  }

  #begin(run: Run): void {
    this.#metrics = [];
    this.#points = [];
    this.#summary = run.engine.summary();
    this.#averages = run.engine.averages();
    const { description, experiment } = run;
    this.#post({ type: "opened", description, experiment, snapshot: this.#snapshot(run, "paused") });
  }

  #goOn(goal: number): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#goal = Math.min(goal, run.description.total_steps);
    this.#loop ??= this.#drive(run);
  }

  async #drive(run: Run): Promise<void> {
    try {
      // The goal may have moved on while the last submits were finishing.
      do await this.#train(run);
      while (run.submitted < this.#goal);
    } catch (thrown) {
      this.#lose(thrown);
    } finally {
      this.#loop = undefined;
    }
  }

  async #train(run: Run): Promise<void> {
    const { engine, pacer } = run;
    const queue: Promise<void>[] = [];
    let freeSince = this.#now();

    const submit = async (steps: number): Promise<void> => {
      const submitted = this.#now();
      await engine.train(steps);
      const finished = this.#now();
      pacer.record(steps, finished - Math.max(submitted, freeSince));
      freeSince = finished;
      run.finished += steps;
    };

    this.#report(run, "running");
    while (run.submitted < this.#goal) {
      const evaluation = this.#nextEvaluation(run);
      const steps = Math.min(pacer.steps, this.#goal - run.submitted, evaluation - run.submitted);
      run.submitted += steps;
      const submitted = submit(steps);
      // A lost device fails everything in flight; the first to be awaited reports it.
      submitted.catch(() => undefined);
      queue.push(submitted);
      if (run.submitted === evaluation) {
        await Promise.all(queue.splice(0));
        await this.#evaluate(run);
      } else if (queue.length >= IN_FLIGHT) {
        await queue.shift();
        if (this.#now() - this.#reported >= SNAPSHOT_INTERVAL) this.#reportSoon(run);
      }
    }
    await Promise.all(queue);
    await this.#collectRest(run);
    this.#report(run, run.finished >= run.description.total_steps ? "finished" : "paused");
  }

  #nextEvaluation(run: Run): number {
    const every = this.#evaluateEvery ?? run.description.steps_per_epoch;
    const next = (Math.floor(run.submitted / every) + 1) * every;
    return Math.min(next, run.description.total_steps);
  }

  async #evaluate(run: Run): Promise<void> {
    await this.#collectRest(run);
    this.#report(run, "evaluating");
    this.#points.push(await run.engine.evaluate());
    this.#summary = run.engine.summary();
    this.#report(run, "running");
  }

  /** A snapshot as soon as the metrics are there; the loop goes on submitting meanwhile. */
  #reportSoon(run: Run): void {
    this.#collecting ??= this.#collect(run)
      .then(() => {
        if (this.#run === run) this.#report(run, "running");
      })
      // What made this fail makes the next submit fail too, and that one is reported.
      .catch(() => undefined)
      .finally(() => {
        this.#collecting = undefined;
      });
  }

  async #collect(run: Run): Promise<void> {
    this.#metrics.push(...(await run.engine.metrics()));
    this.#averages = run.engine.averages();
  }

  /** With what is on its way first, so that metrics stay in order. */
  async #collectRest(run: Run): Promise<void> {
    await this.#collecting;
    await this.#collect(run);
  }

  #report(run: Run, phase: Phase): void {
    this.#reported = this.#now();
    this.#post({ type: "snapshot", snapshot: this.#snapshot(run, phase) });
  }

  #snapshot(run: Run, phase: Phase) {
    const time = run.pacer.millisecondsPerStep;
    return {
      phase,
      step: run.finished,
      epoch: run.finished / run.description.steps_per_epoch,
      images_per_second: time === null ? null : (1000 * run.batch) / time,
      metrics: this.#metrics.splice(0),
      points: this.#points.splice(0),
      summary: this.#summary,
      averages: this.#averages,
      marks: [],
      probed: [],
      probes: null,
      predictions: null,
      filters: null,
    };
  }

  /** The engine failed in the middle of its work: it is of no use any more. */
  #lose(thrown: unknown): void {
    this.#run = undefined;
    this.#goal = 0;
    this.#post({ type: "failed", error: toEngineError(thrown), lost: true });
  }
}

async function read(file: File): Promise<NamedBytes> {
  try {
    return { name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch (thrown) {
    const error = new Error(`${file.name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
    error.name = "BadFile";
    throw error;
  }
}

function positive(value: unknown): number | null {
  return typeof value === "number" && value > 0 ? value : null;
}
