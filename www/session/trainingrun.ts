import { type Description, type Engine, type Experiment, evaluationInterval } from "../engine";
import { type RunHistory, noHistory } from "../history/runhistory";
import { SubmitSizer } from "./submitsizer";
import type { FromWorker, Phase, Snapshot } from "../protocol";
import { SpeedMeter } from "./speedmeter";
import type { RateLimit } from "./ratelimit";
import { EngineReader } from "./enginereader";

/** Submits in the GPU's queue: one that runs and one that waits. */
const IN_FLIGHT = 2;
/** The least time between two snapshots of a running run, in milliseconds. */
const SNAPSHOT_INTERVAL = 150;
/** The time that one submit should take, in milliseconds. */
const SUBMIT_ON_SOFTWARE = 75;
const SUBMIT_ON_GPU = 12;
/** The most steps between two reads: the engine's ring buffers hold 1,024. */
const MAX_UNREAD = 768;

/** The session that a run reports to. */
export interface RunListener {
  now(): number;
  post(message: FromWorker): void;
  /** The engine failed and cannot be used any more. */
  failed(run: TrainingRun, thrown: unknown): void;
  /** Steps were submitted; the loop continues. */
  submitted(run: TrainingRun): void;
  /** The loop has stopped. */
  stopped(run: TrainingRun): void;
}

interface Task {
  run(): Promise<void>;
  fail(thrown: unknown): void;
}

/** A run of an engine: the training loop, its counters, and the data read from it. */
export class TrainingRun {
  readonly engine: Engine;
  /** The files of the engine's images. */
  readonly files: File[] | undefined;
  readonly #listener: RunListener;
  readonly #submitSizer: SubmitSizer;
  readonly #rateLimit: RateLimit;
  readonly #speedMeter = new SpeedMeter();
  /** The time that the last evaluation took, in milliseconds. */
  #evaluated: number | undefined;
  #reader: EngineReader;
  #description: Description;
  #experiment: Experiment;

  /** Steps submitted to the GPU, steps it has finished, and steps whose metrics have been read. */
  #submitted: number;
  #finished: number;
  #readSteps: number;

  /** The loop runs until this many steps have been submitted. */
  #goal = 0;
  #stopAt: number | null = null;
  #startedAt = 0;
  #loop: Promise<void> | undefined;
  #tasks: Task[] = [];
  #collecting: Promise<void> | undefined;
  #wake: (() => void) | undefined;
  #lastReport = -Infinity;
  /** The last time at which the GPU was known to be idle. */
  #idleSince = 0;

  constructor(
    engine: Engine,
    files: File[] | undefined,
    history: RunHistory,
    rateLimit: RateLimit,
    listener: RunListener,
  ) {
    this.engine = engine;
    this.files = files;
    this.#listener = listener;
    this.#rateLimit = rateLimit;
    this.#description = engine.describe();
    this.#experiment = engine.experiment();
    this.#submitSizer = new SubmitSizer(
      this.#description.adapter.software ? SUBMIT_ON_SOFTWARE : SUBMIT_ON_GPU,
    );
    this.#reader = new EngineReader(engine, history, () => listener.now());
    this.#submitted = this.#finished = this.#readSteps = engine.step();
  }

  get description(): Description {
    return this.#description;
  }

  get experiment(): Experiment {
    return this.#experiment;
  }

  get reader(): EngineReader {
    return this.#reader;
  }

  /** Steps the GPU has finished. */
  get step(): number {
    return this.#finished;
  }

  /** Training speed without evaluations; null until it has been measured, and for a recorded run. */
  get imagesPerSecond(): number | null {
    const speed = this.#speedMeter.stepsPerSecond;
    // The playback speed of a recorded run is not a training speed.
    if (speed === null || this.#description.recorded !== undefined) return null;
    return speed * (positive(this.#experiment.batch) ?? 1);
  }

  /** Seconds until the end of the run at the speed so far, its evaluations included; null until that is known. */
  get secondsLeft(): number | null {
    const speed = this.#speedMeter.stepsPerSecond;
    if (this.imagesPerSecond === null || speed === null || this.#evaluated === undefined) return null;
    const { total_steps } = this.#description;
    const every = evaluationInterval({ experiment: this.#experiment, description: this.#description });
    const steps = total_steps - this.#finished;
    const evaluations = Math.ceil(total_steps / every) - Math.floor(this.#finished / every);
    return steps === 0 ? 0 : steps / speed + (evaluations * this.#evaluated) / 1000;
  }

  get goal(): number {
    return this.#goal;
  }

  /** Whether steps are running, or about to. */
  get running(): boolean {
    return this.#loop !== undefined && this.#unfinished();
  }

  /** Runs until step `goal`. */
  runTo(goal: number): void {
    if (this.#reader.diverged !== undefined) return;
    this.#goal = goal;
    this.#startedAt = this.#submitted;
    this.#startLoop();
  }

  /** Submits no more steps. */
  halt(): void {
    this.#goal = 0;
    this.#wake?.();
  }

  /** Submits no more steps, and resolves when none is running. */
  async stop(): Promise<void> {
    this.halt();
    await this.#loop;
  }

  /** Resolves when no step is running. */
  async idle(): Promise<void> {
    await this.#loop;
  }

  stopAt(step: number | null): void {
    this.#stopAt = step;
  }

  /** The speed limit has changed. */
  rateLimitChanged(): void {
    this.#speedMeter.clear();
    this.#wake?.();
  }

  /** Runs a task between two submits, when the engine is idle and all its data has been read. */
  betweenSubmits<T>(task: () => T | Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (thrown: unknown): void => {
        reject(thrown instanceof Error ? thrown : new Error(String(thrown)));
      };
      const run = async (): Promise<void> => {
        try {
          resolve(await task());
        } catch (thrown) {
          fail(thrown);
        }
      };
      this.#tasks.push({ run, fail });
      this.#wake?.();
      this.#startLoop();
    });
  }

  /** Posts the values of the followed weights that were read and not posted yet, before others are followed. */
  reportSamples(): void {
    if (this.#reader.hasSamples) this.#post(this.#unfinished() ? "running" : this.#phaseAtRest());
  }

  /** The engine's settings have changed. */
  settingsChanged(description: Description): void {
    this.#description = description;
    this.#experiment = this.engine.experiment();
    this.#reader.settingsChanged();
  }

  /** Returns to step 0; the run must be idle. */
  reset(): void {
    this.engine.reset();
    // Nothing is left of what another device computed.
    this.#description = this.engine.describe();
    this.#submitted = this.#finished = this.#readSteps = 0;
    const { probes } = this.#reader;
    this.#reader = new EngineReader(this.engine, noHistory, () => this.#listener.now());
    this.#reader.setProbes(probes, this.#description.tensors);
  }

  /** A snapshot of the idle run. */
  snapshot(): Snapshot {
    return this.#snapshot(this.#phaseAtRest());
  }

  #startLoop(): void {
    this.#loop ??= this.#runLoop()
      .catch((thrown: unknown) => {
        for (const task of this.#tasks.splice(0)) task.fail(thrown);
        this.#listener.failed(this, thrown);
        this.halt();
      })
      .finally(() => {
        this.#loop = undefined;
        // Steps or tasks may have been requested after the last check in the loop.
        if (this.#unfinished() || this.#tasks.length > 0) this.#startLoop();
      });
  }

  async #runLoop(): Promise<void> {
    const queue: Promise<void>[] = [];
    const settle = async (): Promise<void> => {
      await Promise.all(queue.splice(0));
    };
    let stepped = false;
    this.#idleSince = this.#listener.now();
    for (;;) {
      if (this.#tasks.length > 0) {
        await settle();
        await this.#collect();
        for (const task of this.#tasks.splice(0)) await task.run();
        this.#idleSince = this.#listener.now();
        continue;
      }
      if (!this.#unfinished()) {
        await settle();
        await this.#collect();
        // More may have been requested in the meantime.
        if (!this.#unfinished() && this.#tasks.length === 0) break;
        continue;
      }
      if (!stepped) this.#post("running");
      stepped = true;
      const now = this.#listener.now();
      const wait = this.#rateLimit.wait(now);
      if (wait > 0) {
        await settle();
        this.#reportSoon();
        await this.#sleep(wait);
        continue;
      }
      const evaluation = this.engine.next_evaluation();
      const room = Math.min(this.#limit(), evaluation) - this.#submitted;
      const steps = Math.min(this.#submitSizer.steps, this.#rateLimit.maxSteps, room);
      if (this.#submitted + steps - this.#readSteps > MAX_UNREAD) await this.#collect();
      this.#rateLimit.submitted(steps, now);
      queue.push(this.#submit(steps));
      if (this.#submitted === evaluation) {
        await settle();
        await this.#evaluate();
      } else if (queue.length >= IN_FLIGHT) {
        await queue.shift();
        this.#reportSoon();
      }
      this.#listener.submitted(this);
    }
    this.#post(this.#phaseAtRest());
    this.#listener.stopped(this);
  }

  #submit(steps: number): Promise<void> {
    this.#submitted += steps;
    const submitted = this.#listener.now();
    const finishing = this.engine.train(steps).then(() => {
      const finished = this.#listener.now();
      this.#submitSizer.record(steps, finished - Math.max(submitted, this.#idleSince));
      this.#speedMeter.record(steps, finished - this.#idleSince);
      this.#idleSince = finished;
      this.#finished += steps;
    });
    // A lost device fails every submit in flight; the first one that is awaited reports it.
    finishing.catch(() => undefined);
    return finishing;
  }

  async #evaluate(): Promise<void> {
    await this.#collect();
    if (this.#reader.diverged !== undefined) return;
    this.#post("evaluating");
    const began = this.#listener.now();
    this.#reader.addPoint(await this.engine.evaluate());
    await this.#collect();
    this.#idleSince = this.#listener.now();
    this.#evaluated = this.#idleSince - began;
    this.#post("running");
  }

  /** Posts a snapshot as soon as the new data has been read; the loop keeps submitting. */
  #reportSoon(): void {
    if (this.#collecting !== undefined || this.#listener.now() - this.#lastReport < SNAPSHOT_INTERVAL) return;
    this.#startCollecting().then(
      () => {
        if (this.running) this.#post("running");
      },
      // The next submit fails for the same reason, and that is reported.
      () => undefined,
    );
  }

  /** Waits for the read in progress, then reads everything new. */
  async #collect(): Promise<void> {
    await this.#collecting;
    await this.#startCollecting();
  }

  #startCollecting(): Promise<void> {
    this.#readSteps = this.#submitted;
    const collecting = this.#reader.collect().finally(() => {
      this.#collecting = undefined;
      // A run cannot recover from a NaN loss.
      if (this.#reader.diverged !== undefined) this.halt();
    });
    this.#collecting = collecting;
    return collecting;
  }

  #unfinished(): boolean {
    return this.#submitted < this.#limit();
  }

  #limit(): number {
    const stop = this.#stopAt !== null && this.#stopAt > this.#startedAt ? this.#stopAt : Infinity;
    return Math.min(this.#goal, stop, this.#description.total_steps);
  }

  #sleep(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.#wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  #phaseAtRest(): Phase {
    if (this.#reader.diverged !== undefined) return "diverged";
    return this.#finished >= this.#description.total_steps ? "finished" : "paused";
  }

  #post(phase: Phase): void {
    this.#lastReport = this.#listener.now();
    this.#listener.post({ type: "snapshot", snapshot: this.#snapshot(phase) });
  }

  #snapshot(phase: Phase): Snapshot {
    return {
      phase,
      step: this.#finished,
      epoch: this.#finished / this.#description.steps_per_epoch,
      images_per_second: this.imagesPerSecond,
      seconds_left: this.secondsLeft,
      ...this.#reader.takeNew(),
    };
  }
}

function positive(value: unknown): number | null {
  return typeof value === "number" && value > 0 ? value : null;
}
