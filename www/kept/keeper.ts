import type { FromWorker } from "../protocol";
import { type PastRun, type State, isActive } from "../state";
import type { ImageSource } from "../subset";
import type { SavedRun, Vault } from "../vault";
import { type KeptRun, type Tested, bytesOf, isRunOf, keptRun, pointsOf } from "./run";
import type { CheckpointFacts, RunStore } from "./store";

/** The most runs that are kept; the oldest ones go first, those with a name last. */
export const MOST_RUNS = 200;
/** The most bytes of all checkpoints together; those of the oldest runs go first, those of runs with a name last. */
export const MOST_CHECKPOINTS = 64e6;
/** The number of earlier runs whose lines the charts show. */
const SHOWN = 6;
/** Milliseconds between two writes of a run that goes on. */
const WRITE_INTERVAL = 10_000;
/** Milliseconds before each look for the state that the worker writes of a run that has stopped. */
const LOOKS = [500, 2000, 6000];

/** The run that the page has open, as a row. */
interface Open {
  /** The page's number of it. */
  runId: number;
  id: string;
  /** Undefined until it has a row. */
  number: number | undefined;
  name: string;
  began: number;
  seconds: number;
  source: ImageSource;
  /** The row of a run that is taken up again at an earlier step stays as it is until then. */
  until: number;
  /** Whether the reader has deleted the row. */
  deleted: boolean;
}

export interface Observer {
  /** The kept runs have changed; these are the ones that the charts show. */
  changed(pastRuns: PastRun[]): void;
}

/** What the store holds. */
export interface Taken {
  runs: number;
  checkpoints: number;
  bytes: number;
}

/**
 * Keeps every run of this browser as a row: the one that goes on while it trains, the earlier ones until they are deleted or there
 * is no more room. Where the browser forbids storage, the runs of this tab stay until it is closed.
 */
export class Keeper {
  readonly #store: RunStore;
  readonly #vault: Pick<Vault, "read">;
  readonly #observer: Observer;
  readonly #now: () => number;
  /** By id. */
  readonly #runs = new Map<string, KeptRun>();
  #checkpoints = new Map<string, CheckpointFacts>();
  /** Deleted, and can still be had back. */
  #deleted: KeptRun[] = [];
  /** The rows of this tab's runs by the page's number. */
  readonly #opened = new Map<number, Open>();
  #open: Open | undefined;
  /** The row whose checkpoint was read last; a run that is resumed next is that one. */
  #asked: string | undefined;
  #state: State | undefined;
  #activeSince: number | undefined;
  #writtenAt = 0;
  #refused = false;
  #version = 0;
  #look: ReturnType<typeof setTimeout> | undefined;

  constructor(store: RunStore, vault: Pick<Vault, "read">, observer: Observer, now = Date.now) {
    this.#store = store;
    this.#vault = vault;
    this.#observer = observer;
    this.#now = now;
  }

  /** All runs, the newest first. */
  get runs(): KeptRun[] {
    return [...this.#runs.values()].sort((a, b) => b.number - a.number);
  }

  /** Rises with every change. */
  get version(): number {
    return this.#version;
  }

  /** The run that the page has open, if it has a row. */
  get current(): string | undefined {
    return this.#open?.deleted === false ? this.#open.id : undefined;
  }

  /** Whether the browser refuses to store runs. */
  get refused(): boolean {
    return this.#refused;
  }

  get taken(): Taken {
    const checkpoints = [...this.#checkpoints.values()].map(({ bytes }) => bytes);
    const rows = [...this.#runs.values()].map(bytesOf);
    const bytes = [...rows, ...checkpoints].reduce((sum, size) => sum + size, 0);
    return { runs: rows.length, checkpoints: checkpoints.length, bytes };
  }

  /** The number of deleted runs that can be had back. */
  get deleted(): number {
    return this.#deleted.length;
  }

  /** The step of a run's checkpoint; undefined if it has none. */
  checkpointStep(id: string): number | undefined {
    return this.#checkpoints.get(id)?.step;
  }

  checkpoint(id: string): Promise<SavedRun | undefined> {
    this.#asked = id;
    return this.#store.checkpoint(id).catch(() => undefined);
  }

  /** Reads the runs of earlier visits. */
  async begin(): Promise<void> {
    try {
      const [runs, checkpoints] = await Promise.all([this.#store.runs(), this.#store.checkpoints()]);
      for (const run of runs) if (!this.#runs.has(run.id)) this.#runs.set(run.id, run);
      // A run that began in the meantime may have a number that is taken.
      for (const open of this.#opened.values())
        if (runs.some(({ id, number }) => number === open.number && id !== open.id)) this.#giveNumber(open);
      this.#checkpoints = checkpoints;
      for (const id of [...checkpoints.keys()]) if (!this.#runs.has(id)) this.#dropCheckpoint(id);
      this.#trim();
      this.#changed();
      await this.#keepSaved();
    } catch {
      this.#refuse();
    }
  }

  /** Follows the run. */
  observe(state: State, before: State, message: FromWorker | undefined, source: ImageSource): void {
    this.#state = state;
    this.#clock(before);
    const opened = message?.type === "opened";
    if (opened) {
      this.#leave(before);
      this.#enter(state, source);
      this.#show();
    }
    const stopped = goesOn(before.phase) && !goesOn(state.phase);
    const ended = stopped || message?.type === "diverged";
    if (opened || ended || state.points !== before.points) this.#update(state, ended);
    if (!goesOn(state.phase) && (stopped || message?.type === "state-saved")) this.#lookForState(0);
  }

  /** Writes the run that goes on, before the page may be closed. */
  flush(): void {
    if (this.#state !== undefined && goesOn(this.#state.phase)) this.#update(this.#state, true);
  }

  rename(id: string, name: string): void {
    const run = this.#runs.get(id);
    if (run === undefined || run.name === name) return;
    const renamed = { ...run, name };
    this.#runs.set(id, renamed);
    for (const open of this.#opened.values()) if (open.id === id) open.name = name;
    this.#store.writeName(renamed).catch(this.#refuse);
    this.#changed();
  }

  /** Deletes runs, which {@link Keeper.undelete} can bring back until the next deletion. */
  delete(ids: readonly string[]): void {
    this.#forget();
    this.#deleted = ids.flatMap((id) => this.#runs.get(id) ?? []);
    for (const { id } of this.#deleted) {
      this.#runs.delete(id);
      this.#store.remove(id).catch(this.#refuse);
    }
    this.#markDeleted(true);
    this.#changed();
  }

  /** Brings the deleted runs back. */
  undelete(): void {
    for (const run of this.#deleted) this.#put(run);
    this.#markDeleted(false);
    this.#deleted = [];
    this.#changed();
  }

  #markDeleted(deleted: boolean): void {
    for (const open of this.#opened.values())
      if (this.#deleted.some(({ id }) => id === open.id)) open.deleted = deleted;
  }

  /** The deleted runs cannot be had back any more. */
  #forget(): void {
    for (const { id } of this.#deleted) this.#dropCheckpoint(id);
    this.#deleted = [];
  }

  /** Counts the time of training. */
  #clock(before: State): void {
    const now = this.#now();
    if (this.#open !== undefined && this.#activeSince !== undefined && goesOn(before.phase))
      this.#open.seconds += (now - this.#activeSince) / 1000;
    this.#activeSince = now;
  }

  #leave(before: State): void {
    const open = this.#open;
    clearTimeout(this.#look);
    if (open === undefined) return;
    this.#update(before, true);
    void this.#keepState(open.id);
  }

  /** The row of the run that has opened: the one that it has already, or a new one. */
  #enter(state: State, source: ImageSource): void {
    const { runId } = state;
    const known = this.#opened.get(runId) ?? this.#takenUp(state);
    this.#asked = undefined;
    const began = this.#now();
    const open = known ?? {
      runId,
      id: `${began.toString(36)}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`,
      number: undefined,
      name: "",
      began,
      seconds: 0,
      source,
      until: 0,
      deleted: false,
    };
    this.#opened.set(runId, open);
    this.#open = open;
  }

  /** The row of a run that is resumed. */
  #takenUp(state: State): Open | undefined {
    const { startReason, experiment, points, description, runId } = state;
    if (startReason !== "resumed" || experiment === undefined || description === undefined) return undefined;
    const run = this.#rowOf({ experiment, dataset: description.dataset, points });
    if (run === undefined) return undefined;
    const { id, number, name, began, seconds, source } = run;
    return { runId, id, number, name, began, seconds, source, until: run.step, deleted: false };
  }

  /** The row with these settings, images and tests; if there are several, the one that was asked for, else the newest. */
  #rowOf(tested: Tested): KeptRun | undefined {
    const rows = this.runs.filter((run) => isRunOf(run, tested));
    return rows.find(({ id }) => id === this.#asked) ?? rows[0];
  }

  #update(state: State, now: boolean): void {
    const open = this.#open;
    if (open === undefined || open.deleted || state.step < open.until) return;
    open.until = 0;
    const { id, name, began, seconds, source } = open;
    const run = keptRun(state, { id, number: 0, name, began, seconds, source, updated: this.#now() });
    if (run === undefined) return;
    run.number = open.number ?? this.#giveNumber(open);
    const isNew = !this.#runs.has(id);
    this.#runs.set(id, run);
    this.#version += 1;
    if (isNew) this.#trim();
    if (isNew || now || this.#now() - this.#writtenAt >= WRITE_INTERVAL) this.#write(run);
    if (isNew || now) this.#show();
  }

  /** Gives a run the next number, and another one if it turns out that a second tab has taken that. */
  #giveNumber(open: Open): number {
    const wanted = 1 + Math.max(0, ...[...this.#runs.values(), ...this.#deleted].map(({ number }) => number));
    const give = (number: number): void => {
      open.number = number;
      const run = this.#runs.get(open.id);
      if (run === undefined || run.number === number) return;
      this.#put({ ...run, number });
      this.#changed();
    };
    give(wanted);
    this.#store.claim(wanted).then((number) => {
      if (number !== wanted) give(number);
    }, this.#refuse);
    return wanted;
  }

  #put(run: KeptRun): void {
    this.#runs.set(run.id, run);
    this.#write(run);
  }

  #write(run: KeptRun): void {
    this.#writtenAt = this.#now();
    this.#store.write(run).catch(this.#refuse);
  }

  readonly #refuse = (): void => {
    if (this.#refused) return;
    this.#refused = true;
    this.#changed();
  };

  /** Keeps the checkpoint of the open run once the worker has written it. */
  #lookForState(look: number): void {
    clearTimeout(this.#look);
    const id = this.#open?.id;
    const wait = LOOKS[look];
    if (id === undefined || wait === undefined) return;
    this.#look = setTimeout(() => {
      void this.#keepState(id).then((kept) => {
        if (!kept && this.#open?.id === id) this.#lookForState(look + 1);
      });
    }, wait);
  }

  /** Keeps what the worker saved last as the checkpoint of a run, if it is of that run. Resolves with whether it is its last step. */
  async #keepState(id: string): Promise<boolean> {
    try {
      const saved = await this.#vault.read();
      const run = this.#runs.get(id);
      if (saved === undefined || run === undefined) return false;
      if (saved.savedAt < run.began || !isRunOf(run, testedOf(saved))) return false;
      return (await this.#keep(run, saved)) && saved.step >= run.step;
    } catch {
      return false;
    }
  }

  /** Keeps the state that an earlier visit left, which the next run overwrites, as the checkpoint of its row. */
  async #keepSaved(): Promise<void> {
    const saved = await this.#vault.read().catch(() => undefined);
    if (saved === undefined) return;
    const run = this.#rowOf(testedOf(saved));
    if (run !== undefined && saved.step > (this.checkpointStep(run.id) ?? 0)) await this.#keep(run, saved);
  }

  /** Keeps a checkpoint of a run; resolves with whether there is room for it. */
  async #keep({ id }: KeptRun, saved: SavedRun): Promise<boolean> {
    const { step, checkpoint } = saved;
    if (checkpoint.size > MOST_CHECKPOINTS) return false;
    await this.#store.writeCheckpoint(id, saved);
    this.#checkpoints.set(id, { step, bytes: checkpoint.size });
    this.#trim();
    this.#changed();
    return true;
  }

  /** Drops the runs and checkpoints that are too many: the oldest ones, of runs with a name last, of the open one never. */
  #trim(): void {
    const worth = ({ id, name }: KeptRun): number => (id === this.#open?.id ? 2 : name === "" ? 0 : 1);
    const runs = this.runs.sort((a, b) => worth(b) - worth(a));
    for (const { id } of runs.splice(MOST_RUNS)) {
      this.#runs.delete(id);
      this.#store.remove(id).catch(this.#refuse);
      this.#dropCheckpoint(id);
    }
    let left = MOST_CHECKPOINTS;
    for (const { id } of runs) {
      left -= this.#checkpoints.get(id)?.bytes ?? 0;
      if (left < 0) this.#dropCheckpoint(id);
    }
  }

  #dropCheckpoint(id: string): void {
    if (!this.#checkpoints.delete(id)) return;
    this.#store.removeCheckpoint(id).catch(this.#refuse);
  }

  #changed(): void {
    this.#version += 1;
    this.#show();
  }

  #show(): void {
    const others = this.runs
      .filter(({ id, curves }) => id !== this.#open?.id && curves.step.length > 0)
      .slice(0, SHOWN);
    this.#observer.changed(
      others.reverse().map((run) => {
        const { id, experiment, dataset, step, methods } = run;
        return { id, experiment, dataset, step, methods, points: pointsOf(run) };
      }),
    );
  }
}

/** Whether a run trains; one that is being paused does so until the worker says that it rests. */
function goesOn(phase: State["phase"]): boolean {
  return isActive(phase) || phase === "pausing";
}

function testedOf({ experiment, description, story }: SavedRun): Tested {
  return { experiment, dataset: description.dataset, points: story.points.points };
}
