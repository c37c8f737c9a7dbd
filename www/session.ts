import {
  type DataFiles,
  type Engine,
  type EngineModule,
  type Experiment,
  type Probe,
  toEngineError,
} from "./engine";
import type { KeptWriter } from "./filestore";
import { addPoints, noPoints } from "./history/points";
import { type Story, noStory } from "./history/story";
import type { FromWorker, Matter, Opening, ToWorker } from "./protocol";
import { type ReadNow, readFiles } from "./session/data";
import { FileKeeper } from "./session/filekeeper";
import { Keeper, type Kept } from "./session/keeper";
import { SessionLog } from "./session/log";
import { changes } from "./session/marks";
import { Pace } from "./session/pace";
import { Run } from "./session/run";
import type { Vault } from "./vault";

/** Milliseconds before each attempt to build a lost run again. */
const ATTEMPTS = [0, 500, 2000, 5000];
/** Devices lost in succession, without a new state kept between, before the run is given up. */
const LOSSES = 3;
/** Milliseconds a run rests before its state is kept. */
const REST = 1000;

/** What has to stop before a command of its kind can be obeyed, or is obeyed by stopping. */
const halting = new Set<ToWorker["type"]>(["pause", "open", "reset", "resume", "undo", "go-back"]);

/** What is meant for the run there is; the others are for every run to come, or make one. */
type RunCommand = Exclude<
  ToWorker,
  { type: "read" | "script" | "log" | "open" | "resume" | "store" | "probe" | "watch" | "pace" | "stop-at" }
>;

type To<T extends ToWorker["type"]> = Extract<ToWorker, { type: T }>;

/** Where a session keeps what it has, and how it reads files. */
export interface Storage {
  vault: Vault;
  files: KeptWriter;
  readNow: ReadNow;
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
  readonly #keeper: Keeper;
  readonly #fileKeeper: FileKeeper;
  readonly #readNow: ReadNow;
  readonly #pace = new Pace();

  #run: Run | undefined;
  #commands: Promise<void> = Promise.resolve();
  /** The run that a reset ended. */
  #before: Kept | undefined;
  #probed: Probe[] = [];
  #watched = false;
  #stopAt: number | null = null;
  /** Counts what asks for another run: only the last is obeyed. */
  #asked = 0;
  /** What the reader wants of a run that is being rebuilt. */
  #intent = 0;
  #losses = 0;
  #resting: ReturnType<typeof setTimeout> | undefined;

  constructor(
    module: EngineModule,
    post: (message: FromWorker) => void,
    { vault, files, readNow }: Storage,
    now: () => number = () => performance.now(),
  ) {
    this.#module = module;
    this.#log = new SessionLog(() => new module.Log());
    this.#post = (message) => {
      this.#log.observe(message);
      post(message);
    };
    this.#now = now;
    this.#keeper = new Keeper(now, vault, (failure) => {
      post({ type: "not-stored", failure });
    });
    this.#fileKeeper = new FileKeeper(files, post);
    this.#readNow = readNow;
  }

  /** Obeys a message. Resolves when it has been carried out; a started loop goes on after that. */
  handle(message: ToWorker): Promise<void> {
    // Pause must not wait behind anything. What opens an engine or resets it stops the loop first.
    if (halting.has(message.type)) {
      this.#intent = 0;
      this.#run?.halt();
    }
    if (message.type === "open" || message.type === "resume") this.#asked += 1;
    const asked = this.#asked;
    return this.#enqueue(() => this.#obey(message, asked));
  }

  /** Resolves when no step is running and nothing is being stored. */
  async idle(): Promise<void> {
    let commands: Promise<void>;
    do {
      commands = this.#commands;
      await commands;
      await this.#run?.idle();
      await this.#keeper.idle();
      await this.#fileKeeper.idle();
    } while (commands !== this.#commands || this.#run?.running === true);
  }

  #enqueue(command: () => Promise<void>): Promise<void> {
    this.#commands = this.#commands.then(command);
    return this.#commands;
  }

  async #obey(message: ToWorker, asked: number): Promise<void> {
    try {
      await this.#carryOut(message, asked);
    } catch (thrown) {
      if (thrown instanceof Superseded) return;
      const run = this.#run;
      const request = "request" in message ? message.request : undefined;
      if (run !== undefined && toEngineError(thrown).name === "DeviceLost")
        this.#failed(run, thrown, request);
      else this.#complain(thrown, matters[message.type] ?? "run", request);
    }
  }

  async #carryOut(message: ToWorker, asked: number): Promise<void> {
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
        this.#keeper.store = message.on;
        this.#fileKeeper.turn(message.on, run);
        return;
      case "probe":
        this.#probed = message.probes;
        await run?.between(() => {
          run.reader.follow(message.probes, run.description.tensors);
        });
        return;
      case "watch":
        this.#watched = message.filters;
        await run?.between(() => {
          run.reader.watch(message.filters);
        });
        return;
      case "pace":
        this.#pace.set(message.steps_per_second);
        run?.paceChanged();
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
      case "keep":
        if (run !== undefined) await this.#command(run, message);
    }
  }

  async #command(run: Run, message: RunCommand): Promise<void> {
    const { engine, reader } = run;
    switch (message.type) {
      case "start":
        this.#keeper.started();
        run.goOn(Infinity);
        break;
      case "advance":
        this.#keeper.started();
        run.goOn(run.step + message.steps);
        break;
      case "pause":
        await run.stop();
        break;
      case "reset":
        await run.stop();
        await this.#remember();
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
        await run.between(() => this.#change(run, message.experiment));
        break;
      case "disturb":
        await run.between(() => {
          engine.disturb(message.factor);
          reader.mark({ step: run.step, kind: "outlier", factor: message.factor });
        });
        break;
      case "test-images": {
        const indices = message.indices.filter((index) => index >= 0 && index < run.description.dataset.test);
        this.#post({ type: "test-images", images: engine.test_images(Uint32Array.from(indices)) });
        break;
      }
      case "save":
        await run.between(async () => {
          this.#post({ type: "checkpoint", step: run.step, bytes: await engine.checkpoint() });
        });
        break;
      case "export":
        await run.between(async () => {
          const { method } = message;
          const name = run.description.methods[method]?.name ?? String(method);
          this.#post({ type: "exported", method, name, bytes: await engine.state_dict(method) });
        });
        break;
      case "keep":
        await run.between(() => this.#keep(run));
        break;
    }
  }

  async #open({ experiment, files, nearest, request }: To<"open">, asked: number): Promise<void> {
    const create = (data: DataFiles | undefined): Promise<Engine> =>
      this.#module.Engine.create(experiment, data, nearest === true);
    const engine = await this.#build(asked, files, create);
    await this.#remember();
    this.#keeper.begin(undefined);
    this.#begin(this.#take(engine, files, noStory), "new", request);
  }

  async #resume({ checkpoint, files, story, request }: To<"resume">, asked: number): Promise<void> {
    const bytes = new Uint8Array(await checkpoint.arrayBuffer());
    const engine = await this.#build(asked, files, (data) => this.#module.Engine.resume(bytes, data));
    await this.#remember();
    const told = story ?? { ...noStory, points: addPoints(noPoints, engine.history()) };
    const run = this.#take(engine, files, told);
    this.#keeper.begin(this.#kept(run, checkpoint));
    run.reader.mark({ step: run.step, kind: "restored" });
    this.#begin(run, "resumed", request);
  }

  /** An engine on these files, unless something else is asked for before it is there. */
  async #build(
    asked: number,
    files: File[] | undefined,
    make: (data: DataFiles | undefined) => Promise<Engine>,
  ): Promise<Engine> {
    const wanted = (): boolean => asked === this.#asked;
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
    return readFiles(this.#module, files, this.#readNow, {
      now: this.#now,
      report: (reading) => {
        this.#post({ type: "reading", reading });
      },
      wanted,
    });
  }

  #reset(run: Run, because: Opening): void {
    run.reset();
    this.#equip(run);
    this.#keeper.begin(undefined);
    this.#begin(run, because);
  }

  async #undo(): Promise<void> {
    const before = this.#before;
    if (before === undefined) return;
    const run = this.#take(await this.#rebuild(before), before.files, before.story);
    this.#before = undefined;
    this.#keeper.begin(before);
    this.#begin(run, "undone");
  }

  /** From a run that diverged to its last good state. */
  async #goBack(run: Run): Promise<void> {
    const good = this.#keeper.before(run.reader.diverged ?? run.step);
    if (good === undefined) {
      this.#reset(run, "gone-back");
      return;
    }
    const again = this.#take(await this.#rebuild(good), good.files, good.story);
    this.#keeper.begin(good);
    again.reader.mark({ step: good.step, kind: "restored" });
    this.#begin(again, "gone-back");
  }

  async #change(run: Run, experiment: Experiment): Promise<void> {
    const before = run.experiment;
    const description = await run.engine.change(experiment);
    run.changed(description);
    // What was followed may have gone with the engine's old network.
    run.reader.follow(this.#probed, description.tensors);
    const made = changes(before, run.experiment);
    if (made.length > 0 && run.step > 0) run.reader.mark({ step: run.step, kind: "change", changes: made });
    this.#post({ type: "changed", description, experiment: run.experiment });
  }

  /** An engine that goes on from what was kept. */
  async #rebuild(kept: Kept): Promise<Engine> {
    const bytes = new Uint8Array(await kept.checkpoint.arrayBuffer());
    return this.#module.Engine.resume(bytes, await this.#readAgain(kept.files));
  }

  async #readAgain(files: File[] | undefined): Promise<DataFiles | undefined> {
    return files === undefined ? undefined : this.#read(files, () => true);
  }

  #kept({ step, experiment, description, files, reader }: Run, checkpoint: Blob): Kept {
    return { step, checkpoint, story: reader.story, experiment, description, files };
  }

  /** Puts an engine in the place of the one before. */
  #take(engine: Engine, files: File[] | undefined, story: Story): Run {
    this.#run?.engine.free();
    const run = new Run(engine, files, story, this.#pace, {
      now: this.#now,
      post: this.#post,
      failed: (run, thrown) => {
        this.#failed(run, thrown);
      },
      submitted: (run) => {
        if (this.#keeper.due()) void this.#keepBetween(run);
      },
      rested: (run) => {
        this.#rested(run);
      },
    });
    this.#equip(run);
    this.#run = run;
    return run;
  }

  /** What the page asked for once and goes for every run. */
  #equip(run: Run): void {
    run.stopAt(this.#stopAt);
    run.reader.watch(this.#watched);
    run.reader.follow(this.#probed, run.description.tensors);
  }

  #begin(run: Run, because: Opening, request?: number): void {
    const { description, experiment } = run;
    const { story } = run.reader;
    // The story has the marks and points already.
    const snapshot = { ...run.snapshot(), points: [], marks: [] };
    const undo = this.#before?.step ?? null;
    const adjustments = because === "new" ? run.engine.adjustments() : [];
    this.#post({
      type: "opened",
      because,
      description,
      experiment,
      adjustments,
      snapshot,
      story,
      undo,
      request,
    });
    this.#fileKeeper.began(run);
    // Filters are there from the first step on.
    if (this.#watched) void this.handle({ type: "watch", filters: true });
  }

  /** A run that another takes the place of can be had back, if it has come anywhere. */
  async #remember(): Promise<void> {
    const run = this.#run;
    if (run === undefined || run.step === 0 || run.description.recorded !== undefined) return;
    const { diverged } = run.reader;
    try {
      this.#before = diverged === undefined ? await this.#keeper.take(run) : this.#keeper.before(diverged);
    } catch {
      this.#before = this.#keeper.latest;
    }
  }

  #rested(run: Run): void {
    clearTimeout(this.#resting);
    const { diverged } = run.reader;
    if (diverged !== undefined) {
      this.#post({ type: "diverged", step: diverged, good: this.#keeper.before(diverged)?.step ?? 0 });
    } else if (run.step !== (this.#keeper.latest?.step ?? 0)) {
      this.#resting = setTimeout(() => {
        if (!run.running && this.#run === run) void this.#keepBetween(run);
      }, REST);
    }
  }

  async #keepBetween(run: Run): Promise<void> {
    try {
      await run.between(() => this.#keep(run));
    } catch {
      // What lost the device is reported by the loop; a state that cannot be kept is kept later.
    }
  }

  async #keep(run: Run): Promise<void> {
    if (this.#run !== run) return;
    const kept = await this.#keeper.keep(run);
    if (kept === undefined) return;
    this.#losses = 0;
    this.#post({ type: "kept", step: kept.step });
  }

  /** The engine failed in the middle of its work. */
  #failed(run: Run, thrown: unknown, request?: number): void {
    if (this.#run !== run) return;
    const { goal, step } = run;
    this.#run = undefined;
    run.halt();
    if (toEngineError(thrown).name !== "DeviceLost" || this.#losses >= LOSSES) {
      this.#complain(thrown, "run", request);
      // Nothing goes on with it; what it takes on the adapter goes when its loop has ended.
      void this.#enqueue(async () => {
        await run.idle();
        run.engine.free();
      });
      return;
    }
    this.#losses += 1;
    this.#intent = goal;
    this.#post({ type: "recovering", step, request });
    void this.#enqueue(() => this.#recover(run));
  }

  /** Builds a run again whose device was lost, from its last good state, and goes on. */
  async #recover(lost: Run): Promise<void> {
    const kept = this.#keeper.latest;
    let thrown: unknown;
    lost.engine.free();
    // A new run was opened in the meantime.
    if (this.#run !== undefined) return;
    for (const wait of ATTEMPTS) {
      if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
      try {
        const engine =
          kept === undefined
            ? await this.#module.Engine.create(lost.experiment, await this.#readAgain(lost.files))
            : await this.#rebuild(kept);
        const run = this.#take(engine, lost.files, kept?.story ?? noStory);
        run.reader.mark({ step: run.step, kind: "restored" });
        this.#keeper.begin(kept);
        this.#begin(run, "restored");
        if (this.#intent > run.step) run.goOn(this.#intent);
        return;
      } catch (error) {
        thrown = error;
      }
    }
    this.#complain(thrown, "run");
  }

  #complain(thrown: unknown, matter: Matter, request?: number): void {
    const lost = this.#run === undefined;
    this.#post({ type: "failed", error: toEngineError(thrown), lost, matter, request });
  }
}

const matters: Partial<Record<ToWorker["type"], Matter>> = { resume: "checkpoint", change: "change" };
