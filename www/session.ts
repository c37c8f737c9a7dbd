import {
  type Compute,
  type Engine,
  type EngineError,
  type EngineModule,
  type Experiment,
  type Probe,
  type Survey,
  toEngineError,
} from "./engine";
import type { FileStoreWriter } from "./filestore";
import { addPoints, noPoints } from "./history/points";
import { type RunHistory, noHistory } from "./history/runhistory";
import type { SavedState } from "./history/savedstate";
import type { FailureSubject, FromWorker, StartReason, ToWorker } from "./protocol";
import { EngineBuilder, Superseded } from "./session/enginebuilder";
import { FileSaver } from "./session/filesaver";
import { SessionLog } from "./session/log";
import { changes } from "./session/marks";
import { ProcessorMeter } from "./session/processormeter";
import { RateLimit } from "./session/ratelimit";
import type { ReadBlobSync } from "./session/readfiles";
import { StateSaver } from "./session/statesaver";
import { TrainingRun } from "./session/trainingrun";
import type { Vault } from "./vault";

/** Milliseconds before each attempt to rebuild a run whose device was lost. */
const REBUILD_DELAYS = [0, 500, 2000, 5000];
/** The run is given up after this many lost devices without a newly saved state in between. */
const MAX_DEVICE_LOSSES = 3;
/** Milliseconds over which a speed is measured. */
const MEASURED_MILLISECONDS = 1500;
/** Milliseconds after the last step at which the state of a paused run is saved. */
const SAVE_DELAY = 1000;

/** Commands that stop the training loop at once, before their turn in the queue. */
const haltingCommands = new Set<ToWorker["type"]>(["pause", "open", "reset", "resume", "undo", "go-back"]);

/** Commands for the current run. The others apply to every run, or open a new one. */
type RunCommand = Exclude<
  ToWorker,
  {
    type:
      | "compute"
      | "read"
      | "script"
      | "log"
      | "open"
      | "resume"
      | "store"
      | "probe"
      | "watch"
      | "classify"
      | "survey"
      | "measure"
      | "pace"
      | "stop-at";
  }
>;

type To<T extends ToWorker["type"]> = Extract<ToWorker, { type: T }>;

/** Storage for runs and files, and access to the files' bytes. */
export interface Storage {
  vault: Vault;
  files: FileStoreWriter;
  readBlobSync: ReadBlobSync;
}

/**
 * The worker's side of the protocol: owns the engine, executes the page's commands and reports the results.
 *
 * It depends on neither the WebAssembly module nor the worker's global scope, so that tests can pass in their own
 * engine, clock and vault.
 */
export class Session {
  readonly #module: EngineModule;
  readonly #post: (message: FromWorker) => void;
  readonly #log: SessionLog;
  readonly #now: () => number;
  readonly #stateSaver: StateSaver;
  readonly #fileSaver: FileSaver;
  readonly #builder: EngineBuilder;
  readonly #rateLimit = new RateLimit();

  #run: TrainingRun | undefined;
  #commands: Promise<void> = Promise.resolve();
  /** The state of the previous run, for an undo. */
  #undoState: SavedState | undefined;
  #probes: Probe[] = [];
  #watchesFilters = false;
  #picture: Uint8Array | null = null;
  #stopAt: number | null = null;
  #compute: Compute | undefined;
  readonly #processor: ProcessorMeter;
  /** The step that a run continues to once it has been rebuilt. */
  #goalAfterRebuild = 0;
  #deviceLosses = 0;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    module: EngineModule,
    post: (message: FromWorker) => void,
    { vault, files, readBlobSync }: Storage,
    now: () => number = () => performance.now(),
  ) {
    this.#module = module;
    this.#log = new SessionLog(() => new module.Log());
    this.#post = (message) => {
      this.#log.observe(message);
      post(message);
    };
    this.#now = now;
    this.#stateSaver = new StateSaver(now, vault, (failure) => {
      post({ type: "not-stored", failure });
    });
    this.#fileSaver = new FileSaver(files, post);
    this.#processor = new ProcessorMeter(module, post);
    this.#builder = new EngineBuilder(module, readBlobSync, now, (reading) => {
      this.#post({ type: "reading", reading });
    });
  }

  /** Executes a command. Resolves when that is done; a training loop that it started keeps running. */
  handle(message: ToWorker): Promise<void> {
    // These must not wait for the commands before them: the loop stops now.
    if (haltingCommands.has(message.type)) {
      this.#goalAfterRebuild = 0;
      this.#run?.halt();
    }
    if (message.type === "open" || message.type === "resume") this.#builder.supersede();
    const { generation } = this.#builder;
    return this.#enqueue(() => this.#execute(message, generation));
  }

  /** Resolves when no step is running and nothing is being saved. */
  async idle(): Promise<void> {
    let commands: Promise<void>;
    do {
      commands = this.#commands;
      await commands;
      await this.#run?.idle();
      await this.#stateSaver.idle();
      await this.#fileSaver.idle();
    } while (commands !== this.#commands || this.#run?.running === true);
  }

  #enqueue(command: () => Promise<void>): Promise<void> {
    this.#commands = this.#commands.then(command);
    return this.#commands;
  }

  async #execute(message: ToWorker, generation: number): Promise<void> {
    try {
      await this.#dispatch(message, generation);
    } catch (thrown) {
      if (thrown instanceof Superseded) return;
      const run = this.#run;
      const request = "request" in message ? message.request : undefined;
      if (run !== undefined && toEngineError(thrown).name === "DeviceLost")
        this.#failed(run, thrown, request);
      else this.#reportFailure(thrown, failureSubjects[message.type] ?? "run", request);
    }
  }

  async #dispatch(message: ToWorker, generation: number): Promise<void> {
    const run = this.#run;
    switch (message.type) {
      case "compute":
        await this.#computeOn(message.compute);
        return;
      case "read":
        this.#post({ type: "read", ...this.#module.nearest(message.wanted) });
        return;
      case "script":
        this.#post({ type: "script", text: this.#module.pytorch_script(message.experiment) });
        return;
      case "log":
        this.#post({ type: "log", ...this.#log.written() });
        return;
      case "open":
        await run?.stop();
        await this.#open(message, generation);
        return;
      case "resume":
        await run?.stop();
        await this.#resume(message, generation);
        return;
      case "store":
        this.#stateSaver.persist = message.on;
        this.#fileSaver.setEnabled(message.on, run);
        return;
      case "probe":
        this.#probes = message.probes;
        await run?.betweenSubmits(() => {
          run.reportSamples();
          run.reader.setProbes(message.probes, run.description.tensors);
        });
        return;
      case "watch":
        this.#watchesFilters = message.filters;
        await run?.betweenSubmits(() => {
          run.reader.watchFilters(message.filters);
        });
        return;
      case "classify":
        this.#picture = message.picture;
        await run?.betweenSubmits(() => {
          run.reader.setPicture(this.#pictureFor(run));
        });
        return;
      case "survey":
        this.#post({
          type: "surveyed",
          survey: this.#surveyOf(message.experiment),
          tag: message.tag,
        });
        return;
      case "measure":
        await (run?.betweenSubmits(() => this.#measure(message)) ?? this.#measure(message));
        return;
      case "pace":
        this.#rateLimit.set(message.steps_per_second);
        run?.rateLimitChanged();
        return;
      case "stop-at":
        this.#stopAt = message.step;
        run?.stopAt(message.step);
        return;
      case "start":
      case "advance":
      case "pause":
      case "reset":
      case "undo":
      case "go-back":
      case "change":
      case "disturb":
      case "test-images":
      case "test-labels":
      case "save":
      case "export":
      case "save-state":
        if (run !== undefined) await this.#command(run, message);
    }
  }

  async #command(run: TrainingRun, message: RunCommand): Promise<void> {
    const { engine, reader } = run;
    switch (message.type) {
      case "start":
        this.#stateSaver.trainingStarted();
        run.runTo(Infinity);
        break;
      case "advance":
        this.#stateSaver.trainingStarted();
        run.runTo(run.step + message.steps);
        break;
      case "pause":
        await run.stop();
        break;
      case "reset":
        await run.stop();
        await this.#captureForUndo();
        if (this.#run === run) this.#reset(run, "reset");
        break;
      case "undo":
        await run.stop();
        await this.#undo();
        break;
      case "go-back":
        await run.stop();
        if (this.#run === run) await this.#goBack(run);
        break;
      case "change":
        await run.betweenSubmits(() => this.#change(run, message.experiment));
        break;
      case "disturb":
        await run.betweenSubmits(() => {
          engine.disturb(message.factor);
          reader.addMark({ step: run.step, kind: "outlier", factor: message.factor });
        });
        break;
      case "test-images": {
        const indices = message.indices.filter((index) => index >= 0 && index < run.description.dataset.test);
        this.#post({ type: "test-images", images: engine.test_images(Uint32Array.from(indices)) });
        break;
      }
      case "test-labels":
        this.#post({ type: "test-labels", labels: labelsOf(run) });
        break;
      case "save":
        await run.betweenSubmits(async () => {
          this.#post({ type: "checkpoint", step: run.step, bytes: await engine.checkpoint() });
        });
        break;
      case "export":
        await run.betweenSubmits(async () => {
          const { method } = message;
          const name = run.description.methods[method]?.name ?? String(method);
          this.#post({ type: "exported", method, name, bytes: await engine.state_dict(method) });
        });
        break;
      case "save-state":
        await run.betweenSubmits(() => this.#save(run));
        break;
    }
  }

  async #open(message: To<"open">, generation: number): Promise<void> {
    const { experiment, files, nearest = false, request } = message;
    const engine = await this.#builder.create(generation, experiment, files, nearest);
    await this.#captureForUndo();
    this.#stateSaver.startFrom(undefined);
    this.#announce(this.#install(engine, files, noHistory), "new", request);
  }

  async #resume(message: To<"resume">, generation: number): Promise<void> {
    const { checkpoint, files, history, request } = message;
    const engine = await this.#builder.resume(generation, checkpoint, files);
    await this.#captureForUndo();
    const known = history ?? { ...noHistory, points: addPoints(noPoints, engine.history()) };
    const run = this.#install(engine, files, known);
    const { step, experiment, description, reader } = run;
    this.#stateSaver.startFrom({ step, checkpoint, history: reader.history, experiment, description, files });
    run.reader.addMark({ step, kind: "restored" });
    this.#announce(run, "resumed", request);
  }

  #reset(run: TrainingRun, reason: StartReason): void {
    run.reset();
    this.#applyPageRequests(run);
    this.#stateSaver.startFrom(undefined);
    this.#announce(run, reason);
  }

  async #undo(): Promise<void> {
    const before = this.#undoState;
    if (before === undefined) return;
    const run = this.#install(await this.#builder.restore(before), before.files, before.history);
    this.#undoState = undefined;
    this.#stateSaver.startFrom(before);
    this.#announce(run, "undone");
  }

  /** Returns a run that diverged to its last good state. */
  async #goBack(run: TrainingRun): Promise<void> {
    const good = this.#stateSaver.latestBefore(run.reader.diverged ?? run.step);
    if (good === undefined) {
      this.#reset(run, "gone-back");
      return;
    }
    const again = this.#install(await this.#builder.restore(good), good.files, good.history);
    this.#stateSaver.startFrom(good);
    again.reader.addMark({ step: good.step, kind: "restored" });
    this.#announce(again, "gone-back");
  }

  /** Continues the run on something else that computes; if that fails, it goes on where it was. */
  async #computeOn(compute: Compute): Promise<void> {
    const [run, before] = [this.#run, this.#compute];
    this.#module.compute_on(compute);
    this.#compute = compute;
    if (run === undefined || before === undefined) return;
    const { running, goal } = run;
    await run.stop();
    try {
      const state = await this.#stateOf(run);
      const engine =
        state === undefined
          ? await this.#builder.recreate(run.experiment, run.files)
          : await this.#builder.restore(state);
      const moved = this.#install(engine, run.files, state?.history ?? noHistory);
      this.#stateSaver.startFrom(state);
      this.#announce(moved, "moved");
      if (running) moved.runTo(goal);
    } catch (thrown) {
      this.#module.compute_on(before);
      this.#compute = before;
      if (this.#run === run && running) run.runTo(goal);
      throw thrown;
    }
  }

  async #change(run: TrainingRun, experiment: Experiment): Promise<void> {
    const before = run.experiment;
    run.reportSamples();
    const description = await run.engine.change(experiment);
    run.settingsChanged(description);
    // The change may have replaced the network that the probes belonged to.
    run.reader.setProbes(this.#probes, description.tensors);
    const made = changes(before, run.experiment);
    if (made.length > 0 && run.step > 0)
      run.reader.addMark({ step: run.step, kind: "change", changes: made });
    this.#post({ type: "changed", description, experiment: run.experiment });
  }

  /** Replaces the current run by one on this engine. */
  #install(engine: Engine, files: File[] | undefined, history: RunHistory): TrainingRun {
    this.#run?.engine.free();
    const run = new TrainingRun(engine, files, history, this.#rateLimit, {
      now: this.#now,
      post: this.#post,
      failed: (run, thrown) => {
        this.#failed(run, thrown);
      },
      submitted: (run) => {
        if (this.#stateSaver.isDue()) void this.#saveBetweenSubmits(run);
        this.#processor.observe(run);
      },
      stopped: (run) => {
        this.#stopped(run);
      },
    });
    this.#applyPageRequests(run);
    this.#run = run;
    return run;
  }

  /** Applies the settings that the page sends once and that hold for every run. */
  #applyPageRequests(run: TrainingRun): void {
    run.stopAt(this.#stopAt);
    run.reader.watchFilters(this.#watchesFilters);
    run.reader.setPicture(this.#pictureFor(run));
    run.reader.setProbes(this.#probes, run.description.tensors);
  }

  /** The reader's picture, which a recorded run cannot classify. */
  #pictureFor(run: TrainingRun): Uint8Array | null {
    return run.description.recorded === undefined ? this.#picture : null;
  }

  async #measure({ experiment, tag }: To<"measure">): Promise<void> {
    const speed = await this.#module
      .training_speed(experiment, MEASURED_MILLISECONDS)
      .catch((thrown: unknown) => toEngineError(thrown));
    this.#post({ type: "measured", speed, tag });
  }

  #surveyOf(experiment: Experiment): Survey | EngineError {
    try {
      return this.#module.survey(experiment);
    } catch (thrown) {
      return toEngineError(thrown);
    }
  }

  #announce(run: TrainingRun, reason: StartReason, request?: number): void {
    const { description, experiment } = run;
    const { history } = run.reader;
    // The history already holds the points and marks.
    const snapshot = { ...run.snapshot(), points: [], marks: [] };
    const undo = this.#undoState?.step ?? null;
    const adjustments = reason === "new" ? run.engine.adjustments() : [];
    this.#post({
      type: "opened",
      reason,
      description,
      experiment,
      adjustments,
      snapshot,
      history,
      undo,
      request,
    });
    this.#fileSaver.runStarted(run);
    // The filters are shown before the first step too.
    if (this.#watchesFilters) void this.handle({ type: "watch", filters: true });
    if (this.#picture !== null) void this.handle({ type: "classify", picture: this.#picture });
  }

  /** Captures the state of a run that another one replaces, so that this can be undone. */
  async #captureForUndo(): Promise<void> {
    const run = this.#run;
    if (run === undefined || run.step === 0 || run.description.recorded !== undefined) return;
    try {
      this.#undoState = await this.#stateOf(run);
    } catch {
      this.#undoState = this.#stateSaver.latest;
    }
  }

  /** The state from which a run can continue: its own, or if it diverged, its last good one; none at its start. */
  async #stateOf(run: TrainingRun): Promise<SavedState | undefined> {
    if (run.step === 0 || run.description.recorded !== undefined) return undefined;
    const { diverged } = run.reader;
    return diverged === undefined ? this.#stateSaver.capture(run) : this.#stateSaver.latestBefore(diverged);
  }

  #stopped(run: TrainingRun): void {
    clearTimeout(this.#saveTimer);
    const { diverged } = run.reader;
    if (diverged !== undefined) {
      this.#post({
        type: "diverged",
        step: diverged,
        good: this.#stateSaver.latestBefore(diverged)?.step ?? 0,
      });
    } else if (run.step !== (this.#stateSaver.latest?.step ?? 0)) {
      this.#saveTimer = setTimeout(() => {
        if (!run.running && this.#run === run) void this.#saveBetweenSubmits(run);
      }, SAVE_DELAY);
    }
  }

  async #saveBetweenSubmits(run: TrainingRun): Promise<void> {
    try {
      await run.betweenSubmits(() => this.#save(run));
    } catch {
      // The loop reports a lost device, and a state that could not be saved now is saved later.
    }
  }

  async #save(run: TrainingRun): Promise<void> {
    if (this.#run !== run) return;
    const saved = await this.#stateSaver.save(run);
    if (saved === undefined) return;
    this.#deviceLosses = 0;
    this.#post({ type: "state-saved", step: saved.step });
  }

  /** The engine failed while it was training. */
  #failed(run: TrainingRun, thrown: unknown, request?: number): void {
    if (this.#run !== run) return;
    const { goal, step } = run;
    this.#run = undefined;
    run.halt();
    if (toEngineError(thrown).name !== "DeviceLost" || this.#deviceLosses >= MAX_DEVICE_LOSSES) {
      this.#reportFailure(thrown, "run", request);
      // Nothing uses this engine any more. Its GPU memory is freed once its loop has ended.
      void this.#enqueue(async () => {
        await run.idle();
        run.engine.free();
      });
      return;
    }
    this.#deviceLosses += 1;
    this.#goalAfterRebuild = goal;
    this.#post({ type: "recovering", step, request });
    void this.#enqueue(() => this.#recover(run));
  }

  /** Rebuilds a run whose device was lost from its last saved state, and continues it. */
  async #recover(lost: TrainingRun): Promise<void> {
    const saved = this.#stateSaver.latest;
    let thrown: unknown;
    lost.engine.free();
    // A new run was opened in the meantime.
    if (this.#run !== undefined) return;
    for (const wait of REBUILD_DELAYS) {
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      try {
        const engine =
          saved === undefined
            ? await this.#builder.recreate(lost.experiment, lost.files)
            : await this.#builder.restore(saved);
        const run = this.#install(engine, lost.files, saved?.history ?? noHistory);
        run.reader.addMark({ step: run.step, kind: "restored" });
        this.#stateSaver.startFrom(saved);
        this.#announce(run, "restored");
        if (this.#goalAfterRebuild > run.step) run.runTo(this.#goalAfterRebuild);
        return;
      } catch (error) {
        thrown = error;
      }
    }
    this.#reportFailure(thrown, "run");
  }

  #reportFailure(thrown: unknown, subject: FailureSubject, request?: number): void {
    const lost = this.#run === undefined;
    this.#post({ type: "failed", error: toEngineError(thrown), lost, subject, request });
  }
}

/** Test images that are read at a time for their labels, so that not all their pixels are in memory at once. */
const LABELLED = 500;

/** The classes of all test images; of a recorded run, those that were recorded. */
function labelsOf({ engine, description }: TrainingRun): Uint8Array {
  const labels: number[] = [];
  for (let from = 0; from < description.dataset.test; from += LABELLED) {
    const length = Math.min(LABELLED, description.dataset.test - from);
    labels.push(...engine.test_images(Uint32Array.from({ length }, (_, k) => from + k)).labels);
  }
  return Uint8Array.from(labels);
}

const failureSubjects: Partial<Record<ToWorker["type"], FailureSubject>> = {
  compute: "change",
  resume: "checkpoint",
  change: "change",
  script: "change",
};
