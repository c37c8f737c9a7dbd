import {
  type DataFiles,
  type Engine,
  type EngineModule,
  type Experiment,
  type Probe,
  toEngineError,
} from "./engine";
import type { FileStoreWriter } from "./filestore";
import { addPoints, noPoints } from "./history/points";
import { type RunHistory, noHistory } from "./history/runhistory";
import type { FromWorker, FailureSubject, StartReason, ToWorker } from "./protocol";
import { type ReadBlobSync, readFiles } from "./session/readfiles";
import { FileSaver } from "./session/filesaver";
import { StateSaver, type SavedState } from "./session/statesaver";
import { SessionLog } from "./session/log";
import { changes } from "./session/marks";
import { RateLimit } from "./session/ratelimit";
import { TrainingRun } from "./session/trainingrun";
import type { Vault } from "./vault";

/** Milliseconds before each attempt to build a lost run again. */
const REBUILD_DELAYS = [0, 500, 2000, 5000];
/** Devices lost in succession, without a new state kept between, before the run is given up. */
const MAX_DEVICE_LOSSES = 3;
/** Milliseconds a run rests before its state is kept. */
const SAVE_DELAY = 1000;

/** What has to stop before a command of its kind can be obeyed, or is obeyed by stopping. */
const haltingCommands = new Set<ToWorker["type"]>(["pause", "open", "reset", "resume", "undo", "go-back"]);

/** What is meant for the run there is; the others are for every run to come, or make one. */
type RunCommand = Exclude<
  ToWorker,
  { type: "read" | "script" | "log" | "open" | "resume" | "store" | "probe" | "watch" | "pace" | "stop-at" }
>;

type To<T extends ToWorker["type"]> = Extract<ToWorker, { type: T }>;

/** Where a session keeps what it has, and how it reads files. */
export interface Storage {
  vault: Vault;
  files: FileStoreWriter;
  readBlobSync: ReadBlobSync;
}

/** An answer to nobody: something else was asked for meanwhile. */
class Superseded extends Error {}

/**
 * The worker's side of the protocol: owns the engine and tells the page what happens to it.
 *
 * Knows neither wasm nor the worker's global scope, so that tests can give it an engine, a clock and a vault of their own.
 */
export class Session {
  readonly #module: EngineModule;
  readonly #post: (message: FromWorker) => void;
  readonly #log: SessionLog;
  readonly #now: () => number;
  readonly #stateSaver: StateSaver;
  readonly #fileSaver: FileSaver;
  readonly #readBlobSync: ReadBlobSync;
  readonly #rateLimit = new RateLimit();

  #run: TrainingRun | undefined;
  #commands: Promise<void> = Promise.resolve();
  /** The run that a reset ended. */
  #undoState: SavedState | undefined;
  #probes: Probe[] = [];
  #watchesFilters = false;
  #stopAt: number | null = null;
  /** Counts what asks for another run: only the last is obeyed. */
  #generation = 0;
  /** What the reader wants of a run that is being rebuilt. */
  #goalAfterRebuild = 0;
  #deviceLosses = 0;
  #saveTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    module: EngineModule,
    post: (message: FromWorker) => void,
    { vault, files, readBlobSync: readNow }: Storage,
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
    this.#readBlobSync = readNow;
  }

  /** Obeys a message. Resolves when it has been carried out; a started loop goes on after that. */
  handle(message: ToWorker): Promise<void> {
    // Pause must not wait behind anything. What opens an engine or resets it stops the loop first.
    if (haltingCommands.has(message.type)) {
      this.#goalAfterRebuild = 0;
      this.#run?.halt();
    }
    if (message.type === "open" || message.type === "resume") this.#generation += 1;
    const asked = this.#generation;
    return this.#enqueue(() => this.#execute(message, asked));
  }

  /** Resolves when no step is running and nothing is being stored. */
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

  async #execute(message: ToWorker, asked: number): Promise<void> {
    try {
      await this.#dispatch(message, asked);
    } catch (thrown) {
      if (thrown instanceof Superseded) return;
      const run = this.#run;
      const request = "request" in message ? message.request : undefined;
      if (run !== undefined && toEngineError(thrown).name === "DeviceLost")
        this.#failed(run, thrown, request);
      else this.#reportFailure(thrown, failureSubjects[message.type] ?? "run", request);
    }
  }

  async #dispatch(message: ToWorker, asked: number): Promise<void> {
    const run = this.#run;
    switch (message.type) {
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
        await this.#open(message, asked);
        return;
      case "resume":
        await run?.stop();
        await this.#resume(message, asked);
        return;
      case "store":
        this.#stateSaver.store = message.on;
        this.#fileSaver.setEnabled(message.on, run);
        return;
      case "probe":
        this.#probes = message.probes;
        await run?.betweenSubmits(() => {
          run.reader.setProbes(message.probes, run.description.tensors);
        });
        return;
      case "watch":
        this.#watchesFilters = message.filters;
        await run?.betweenSubmits(() => {
          run.reader.watchFilters(message.filters);
        });
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

  async #open({ experiment, files, nearest, request }: To<"open">, asked: number): Promise<void> {
    const create = (data: DataFiles | undefined): Promise<Engine> =>
      this.#module.Engine.create(experiment, data, nearest === true);
    const engine = await this.#build(asked, files, create);
    await this.#captureForUndo();
    this.#stateSaver.startFrom(undefined);
    this.#announce(this.#install(engine, files, noHistory), "new", request);
  }

  async #resume({ checkpoint, files, history, request }: To<"resume">, asked: number): Promise<void> {
    const bytes = new Uint8Array(await checkpoint.arrayBuffer());
    const engine = await this.#build(asked, files, (data) => this.#module.Engine.resume(bytes, data));
    await this.#captureForUndo();
    const told = history ?? { ...noHistory, points: addPoints(noPoints, engine.history()) };
    const run = this.#install(engine, files, told);
    this.#stateSaver.startFrom(this.#stateOf(run, checkpoint));
    run.reader.addMark({ step: run.step, kind: "restored" });
    this.#announce(run, "resumed", request);
  }

  /** An engine on these files, unless something else is asked for before it is there. */
  async #build(
    asked: number,
    files: File[] | undefined,
    make: (data: DataFiles | undefined) => Promise<Engine>,
  ): Promise<Engine> {
    const wanted = (): boolean => asked === this.#generation;
    if (!wanted()) throw new Superseded();
    const data = files === undefined ? undefined : await this.#read(files, wanted);
    if (!wanted()) {
      data?.free();
      throw new Superseded();
    }
    let engine: Engine;
    try {
      engine = await make(data);
    } catch (thrown) {
      throw wanted() ? thrown : new Superseded();
    }
    if (wanted()) return engine;
    engine.free();
    throw new Superseded();
  }

  #read(files: File[], wanted: () => boolean): Promise<DataFiles | undefined> {
    return readFiles(this.#module, files, this.#readBlobSync, {
      now: this.#now,
      report: (reading) => {
        this.#post({ type: "reading", reading });
      },
      isWanted: wanted,
    });
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
    const run = this.#install(await this.#rebuild(before), before.files, before.history);
    this.#undoState = undefined;
    this.#stateSaver.startFrom(before);
    this.#announce(run, "undone");
  }

  /** From a run that diverged to its last good state. */
  async #goBack(run: TrainingRun): Promise<void> {
    const good = this.#stateSaver.latestBefore(run.reader.diverged ?? run.step);
    if (good === undefined) {
      this.#reset(run, "gone-back");
      return;
    }
    const again = this.#install(await this.#rebuild(good), good.files, good.history);
    this.#stateSaver.startFrom(good);
    again.reader.addMark({ step: good.step, kind: "restored" });
    this.#announce(again, "gone-back");
  }

  async #change(run: TrainingRun, experiment: Experiment): Promise<void> {
    const before = run.experiment;
    const description = await run.engine.change(experiment);
    run.settingsChanged(description);
    // What was followed may have gone with the engine's old network.
    run.reader.setProbes(this.#probes, description.tensors);
    const made = changes(before, run.experiment);
    if (made.length > 0 && run.step > 0)
      run.reader.addMark({ step: run.step, kind: "change", changes: made });
    this.#post({ type: "changed", description, experiment: run.experiment });
  }

  /** An engine that goes on from what was kept. */
  async #rebuild(kept: SavedState): Promise<Engine> {
    const bytes = new Uint8Array(await kept.checkpoint.arrayBuffer());
    return this.#module.Engine.resume(bytes, await this.#readAgain(kept.files));
  }

  async #readAgain(files: File[] | undefined): Promise<DataFiles | undefined> {
    return files === undefined ? undefined : this.#read(files, () => true);
  }

  #stateOf({ step, experiment, description, files, reader }: TrainingRun, checkpoint: Blob): SavedState {
    return { step, checkpoint, history: reader.history, experiment, description, files };
  }

  /** Puts an engine in the place of the one before. */
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
      },
      stopped: (run) => {
        this.#stopped(run);
      },
    });
    this.#applyPageRequests(run);
    this.#run = run;
    return run;
  }

  /** What the page asked for once and goes for every run. */
  #applyPageRequests(run: TrainingRun): void {
    run.stopAt(this.#stopAt);
    run.reader.watchFilters(this.#watchesFilters);
    run.reader.setProbes(this.#probes, run.description.tensors);
  }

  #announce(run: TrainingRun, reason: StartReason, request?: number): void {
    const { description, experiment } = run;
    const { history } = run.reader;
    // The history has the marks and points already.
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
    // Filters are there from the first step on.
    if (this.#watchesFilters) void this.handle({ type: "watch", filters: true });
  }

  /** A run that another takes the place of can be had back, if it has come anywhere. */
  async #captureForUndo(): Promise<void> {
    const run = this.#run;
    if (run === undefined || run.step === 0 || run.description.recorded !== undefined) return;
    const { diverged } = run.reader;
    try {
      this.#undoState =
        diverged === undefined
          ? await this.#stateSaver.capture(run)
          : this.#stateSaver.latestBefore(diverged);
    } catch {
      this.#undoState = this.#stateSaver.latest;
    }
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
      // What lost the device is reported by the loop; a state that cannot be kept is kept later.
    }
  }

  async #save(run: TrainingRun): Promise<void> {
    if (this.#run !== run) return;
    const kept = await this.#stateSaver.save(run);
    if (kept === undefined) return;
    this.#deviceLosses = 0;
    this.#post({ type: "state-saved", step: kept.step });
  }

  /** The engine failed in the middle of its work. */
  #failed(run: TrainingRun, thrown: unknown, request?: number): void {
    if (this.#run !== run) return;
    const { goal, step } = run;
    this.#run = undefined;
    run.halt();
    if (toEngineError(thrown).name !== "DeviceLost" || this.#deviceLosses >= MAX_DEVICE_LOSSES) {
      this.#reportFailure(thrown, "run", request);
      // Nothing goes on with it; what it takes on the adapter goes when its loop has ended.
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

  /** Builds a run again whose device was lost, from its last good state, and goes on. */
  async #recover(lost: TrainingRun): Promise<void> {
    const kept = this.#stateSaver.latest;
    let thrown: unknown;
    lost.engine.free();
    // A new run was opened in the meantime.
    if (this.#run !== undefined) return;
    for (const wait of REBUILD_DELAYS) {
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      try {
        const engine =
          kept === undefined
            ? await this.#module.Engine.create(lost.experiment, await this.#readAgain(lost.files))
            : await this.#rebuild(kept);
        const run = this.#install(engine, lost.files, kept?.history ?? noHistory);
        run.reader.addMark({ step: run.step, kind: "restored" });
        this.#stateSaver.startFrom(kept);
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

const failureSubjects: Partial<Record<ToWorker["type"], FailureSubject>> = {
  resume: "checkpoint",
  change: "change",
};
