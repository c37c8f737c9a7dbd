import type { Conductor } from "../conductor";
import { type Experiment, regular } from "../engine";
import type { Mark } from "../history/mark";
import { flips } from "../panels/predictions/churn";
import { type State, isActive } from "../state";
import type { ChapterRun, RunResult } from "./run";

/** The driver's actions on the page's run; the reader could do the same by hand. */
export type RunControls = Pick<Conductor, "open" | "change" | "hold" | "send">;

/** Progress of a chapter: the current run, counted from 0, and the share of all its runs that is done. */
interface Place {
  run: number;
  runs: number;
  part: number;
}

export type Progress =
  | { kind: "idle" }
  | ({ kind: "running"; paused: boolean } & Place)
  /** It waits for the reader: to start the next run, or to have a bad batch trained on. */
  | ({ kind: "waiting" } & Place)
  | { kind: "done"; results: readonly RunResult[] }
  /** The reader changed or restarted the run, or the engine failed. */
  | { kind: "stopped"; why: "changed" | "failed" };

/** Carries out the runs of a chapter one after the other, and collects their measurements. */
export class Driver {
  readonly #controls: RunControls;
  #defaults: Experiment = {};
  #runs: readonly ChapterRun[] = [];
  #results: RunResult[] = [];
  #progress: Progress = { kind: "idle" };
  /** The page's last known run, and whether it belongs to the chapter. */
  #runId = 0;
  #opened = false;
  /** Whether the reader has had a run go on that waited. */
  #released = false;
  /** How many of the run's changes of the learning rate have been made. */
  #changes = 0;
  #predictions: State["predictions"];
  #flips: RunResult["flips"] = [];

  constructor(controls: RunControls) {
    this.#controls = controls;
  }

  get progress(): Progress {
    return this.#progress;
  }

  get active(): boolean {
    return this.#progress.kind === "running" || this.#progress.kind === "waiting";
  }

  /** The measurements so far: of the runs that have ended, and of the one that goes on. */
  results(state: State): readonly RunResult[] {
    const run = this.#run;
    const goesOn = this.active && this.#opened && state.runId === this.#runId;
    return run === undefined || !goesOn ? this.#results : [...this.#results, this.#measured(run, state)];
  }

  /** @param defaults the settings that a chapter's runs change */
  begin(defaults: Experiment, runs: readonly ChapterRun[]): void {
    this.#defaults = defaults;
    this.#runs = runs;
    this.#results = [];
    this.#open();
  }

  /**
   * Goes on where it waited for the reader; where a bad batch is to come, on wrong labels at `factor` times the learning rate.
   */
  proceed(factor: number): void {
    const run = this.#run;
    if (this.#progress.kind !== "waiting" || run === undefined) return;
    if (!this.#opened) {
      this.#openNow();
      return;
    }
    this.#released = true;
    this.#progress = { ...this.#progress, kind: "running", paused: false };
    if (run.disturb !== undefined) {
      this.#controls.change("eval_every", run.disturb.evalEvery);
      this.#controls.send({ type: "disturb", factor });
    }
    this.#start(run);
  }

  /** Ends the chapter's runs; the page's run stays as it is. */
  leave(): void {
    this.#letGo({ kind: "idle" });
  }

  update(state: State): void {
    if (!this.active) this.#runId = state.runId;
    else if (this.#opened) this.#follow(state);
    else if (this.#progress.kind === "waiting") this.#watch(state);
    else this.#awaitEngine(state);
  }

  get #run(): ChapterRun | undefined {
    return this.#runs[this.#results.length];
  }

  #open(): void {
    const run = this.#run;
    this.#opened = false;
    if (run === undefined) this.#progress = { kind: "done", results: this.#results };
    else if (run.waits === "before") this.#progress = { kind: "waiting", ...this.#place(0) };
    else this.#openNow();
  }

  #openNow(): void {
    const run = this.#run;
    if (run === undefined) return;
    this.#released = false;
    this.#changes = 0;
    this.#predictions = undefined;
    this.#flips = [];
    this.#progress = { kind: "running", ...this.#place(0), paused: false };
    this.#controls.open({ ...this.#defaults, ...run.settings });
  }

  /** While it waits between two runs, the reader may open another one. */
  #watch(state: State): void {
    if (state.runId === this.#runId) return;
    this.#runId = state.runId;
    this.#letGo({ kind: "stopped", why: "changed" });
  }

  #awaitEngine(state: State): void {
    if (state.runId === this.#runId) {
      const refused = state.phase === "failed" || state.error !== undefined;
      if (refused) this.#letGo({ kind: "stopped", why: "failed" });
      return;
    }
    this.#runId = state.runId;
    this.#opened = true;
    if (this.#run !== undefined) this.#start(this.#run);
  }

  /** Starts the run, up to its next stop; where it has none, that of an earlier run is lifted. */
  #start(run: ChapterRun): void {
    this.#controls.hold(this.#stopOf(run) ?? null);
    this.#controls.send({ type: "start" });
  }

  /** The next step after which the run is stopped, for the reader or for a change of its rate. */
  #stopOf({ disturb, waits, rates }: ChapterRun): number | undefined {
    const stop = disturb?.after ?? (typeof waits === "number" ? waits : undefined);
    if (stop !== undefined) return this.#released ? undefined : stop;
    return rates?.[this.#changes]?.after;
  }

  #follow(state: State): void {
    const { phase, step } = state;
    const run = this.#run;
    // The engine is being rebuilt or another run is opening; wait for the result.
    if (run === undefined || phase === "opening" || phase === "loading") return;
    this.#countFlips(state);
    const stop = this.#stopOf(run) ?? Infinity;
    const place = this.#place(step / (state.description?.total_steps ?? Infinity));
    if (phase === "failed" || phase === "diverged") {
      this.#letGo({ kind: "stopped", why: "failed" });
    } else if (state.runId !== this.#runId || step > stop || state.marks.some(byTheReader(run))) {
      this.#runId = state.runId;
      this.#letGo({ kind: "stopped", why: "changed" });
    } else if (isActive(phase) || phase === "pausing") {
      this.#progress = { kind: "running", ...place, paused: false };
    } else if (step === stop) {
      if (run.rates !== undefined) this.#changeRate(run);
      else this.#progress = { kind: "waiting", ...place };
    } else if (phase === "finished") {
      this.#results.push(this.#measured(run, state));
      this.#open();
    } else {
      this.#progress = { kind: "running", ...place, paused: step > 0 };
    }
  }

  #changeRate(run: ChapterRun): void {
    const change = run.rates?.[this.#changes];
    if (change === undefined) return;
    this.#changes += 1;
    this.#controls.change("lr", change.lr);
    this.#start(run);
  }

  /** Counts predictions that differ from those of the evaluation before. */
  #countFlips({ predictions, points }: State): void {
    const before = this.#predictions;
    if (predictions === undefined || predictions === before) return;
    this.#predictions = predictions;
    const place = points.findIndex(({ step }) => step === predictions.step);
    if (before === undefined || points[place - 1]?.step !== before.step) return;
    const methods = flips(before, predictions).map((count) => (100 * (count ?? NaN)) / predictions.images);
    this.#flips = [...this.#flips, { step: predictions.step, methods }];
  }

  #measured(run: ChapterRun, state: State): RunResult {
    return {
      name: run.name,
      experiment: state.experiment ?? {},
      methods: state.description?.methods ?? [],
      points: regular(state.points),
      marks: state.marks,
      averages: state.averages,
      dataset: state.description?.dataset,
      testImages: state.description?.dataset.test ?? 0,
      classes: state.description?.dataset.classes.length ?? 0,
      predictions: state.predictions,
      labels: state.labels,
      flips: this.#flips,
    };
  }

  #letGo(progress: Progress): void {
    const held = this.active && this.#opened;
    this.#progress = progress;
    if (held) this.#controls.hold(null);
  }

  #place(part: number): Place {
    const run = this.#results.length;
    const runs = this.#runs.length;
    return { run, runs, part: (run + Math.min(part, 1)) / runs };
  }
}

/** Whether a mark is of a change that the chapter did not make. */
function byTheReader({ disturb, rates = [] }: ChapterRun): (mark: Mark) => boolean {
  return (mark) => {
    if (mark.kind === "restored") return false;
    if (mark.kind === "change" && rates.length > 0) {
      return (
        !mark.changes.every(({ key }) => key === "lr") || !rates.some(({ after }) => after === mark.step)
      );
    }
    const ours = mark.kind === "outlier" || mark.changes.every((change) => change.key === "eval_every");
    return !ours || mark.step !== disturb?.after;
  };
}
