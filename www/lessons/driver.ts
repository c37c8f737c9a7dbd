import { type Experiment, regular } from "../engine";
import type { Mark } from "../history/mark";
import type { Send } from "../part";
import { type State, isActive } from "../state";
import type { RunResult, LessonRun } from "./lesson";

/** The driver's actions on the page's run; the reader could do the same by hand. */
export interface RunControls {
  /** Opens a run of this experiment on the current images. */
  open(experiment: Experiment): void;
  send: Send;
}

/** Progress of a lesson: the current run, counted from 0, and the share of all its runs that is done. */
interface Place {
  run: number;
  runs: number;
  part: number;
}

export type LessonProgress =
  | { kind: "idle" }
  | ({ kind: "running"; paused: boolean } & Place)
  /** The run waits for the reader to start the bad batch. */
  | ({ kind: "waiting" } & Place)
  | { kind: "done"; results: readonly RunResult[] }
  /** The reader changed or restarted the run, or the engine failed. */
  | { kind: "stopped"; why: "changed" | "failed" };

/** Carries out the runs of a lesson one after the other, and collects their measurements. */
export class Driver {
  readonly #controls: RunControls;
  #defaults: Experiment = {};
  #runs: readonly LessonRun[] = [];
  #results: RunResult[] = [];
  #progress: LessonProgress = { kind: "idle" };
  /** The page's last known run, and whether it belongs to the lesson. */
  #runId = 0;
  #opened = false;
  #disturbed = false;

  constructor(controls: RunControls) {
    this.#controls = controls;
  }

  get progress(): LessonProgress {
    return this.#progress;
  }

  get active(): boolean {
    return this.#progress.kind === "running" || this.#progress.kind === "waiting";
  }

  /** @param defaults the settings that a lesson's runs change */
  begin(defaults: Experiment, runs: readonly LessonRun[]): void {
    this.#defaults = defaults;
    this.#runs = runs;
    this.#results = [];
    this.#open();
  }

  /** Trains on a batch with wrong labels at `factor` times the learning rate, and continues. */
  disturb(factor: number): void {
    const run = this.#run;
    if (this.#progress.kind !== "waiting" || run?.disturb === undefined) return;
    this.#disturbed = true;
    this.#progress = { ...this.#progress, kind: "running", paused: false };
    const experiment = { ...this.#experiment(run), eval_every: run.disturb.evalEvery };
    this.#controls.send({ type: "change", experiment });
    this.#controls.send({ type: "disturb", factor });
    this.#controls.send({ type: "stop-at", step: null });
    this.#controls.send({ type: "start" });
  }

  /** Ends the lesson; the run stays as it is. */
  leave(): void {
    this.#letGo({ kind: "idle" });
  }

  update(state: State): void {
    if (this.active) {
      if (this.#opened) this.#follow(state);
      else this.#awaitEngine(state);
    } else {
      this.#runId = state.runId;
    }
  }

  get #run(): LessonRun | undefined {
    return this.#runs[this.#results.length];
  }

  #experiment(run: LessonRun): Experiment {
    return { ...this.#defaults, ...run.settings };
  }

  #open(): void {
    const run = this.#run;
    if (run === undefined) {
      this.#progress = { kind: "done", results: this.#results };
      return;
    }
    this.#opened = false;
    this.#disturbed = false;
    this.#progress = { kind: "running", ...this.#place(0), paused: false };
    this.#controls.open(this.#experiment(run));
  }

  #awaitEngine(state: State): void {
    if (state.runId === this.#runId) {
      const refused = state.phase === "failed" || state.error !== undefined;
      if (refused) this.#letGo({ kind: "stopped", why: "failed" });
      return;
    }
    this.#runId = state.runId;
    this.#opened = true;
    const stop = this.#run?.disturb?.after;
    if (stop !== undefined) this.#controls.send({ type: "stop-at", step: stop });
    this.#controls.send({ type: "start" });
  }

  #follow(state: State): void {
    const { phase, step } = state;
    const run = this.#run;
    // The engine is being rebuilt or another run is opening; wait for the result.
    if (run === undefined || phase === "opening" || phase === "loading") return;
    const stop = this.#disturbed ? Infinity : (run.disturb?.after ?? Infinity);
    const place = this.#place(step / (state.description?.total_steps ?? Infinity));
    if (phase === "failed" || phase === "diverged") {
      this.#letGo({ kind: "stopped", why: "failed" });
    } else if (state.runId !== this.#runId || step > stop || state.marks.some(byTheReader(run))) {
      this.#runId = state.runId;
      this.#letGo({ kind: "stopped", why: "changed" });
    } else if (isActive(phase) || phase === "pausing") {
      this.#progress = { kind: "running", ...place, paused: false };
    } else if (step === stop) {
      this.#progress = { kind: "waiting", ...place };
    } else if (phase === "finished") {
      this.#finish(run, state);
    } else {
      this.#progress = { kind: "running", ...place, paused: step > 0 };
    }
  }

  #finish(run: LessonRun, state: State): void {
    this.#results.push({
      name: run.name,
      experiment: state.experiment ?? {},
      methods: state.description?.methods ?? [],
      points: regular(state.points),
      marks: state.marks,
      averages: state.averages,
      testImages: state.description?.dataset.test ?? 0,
    });
    this.#open();
  }

  #letGo(progress: LessonProgress): void {
    const stops = this.active && this.#run?.disturb !== undefined && !this.#disturbed;
    this.#progress = progress;
    if (stops) this.#controls.send({ type: "stop-at", step: null });
  }

  #place(part: number): Place {
    const run = this.#results.length;
    const runs = this.#runs.length;
    return { run, runs, part: (run + Math.min(part, 1)) / runs };
  }
}

/** Whether a mark is of a change that the lesson did not make. */
function byTheReader({ disturb }: LessonRun): (mark: Mark) => boolean {
  return (mark) => {
    if (mark.kind === "restored") return false;
    const ours = mark.kind === "outlier" || mark.changes.every((change) => change.key === "eval_every");
    return !ours || mark.step !== disturb?.after;
  };
}
