import { sameValue } from "../controls/values";
import type { FromWorker } from "../protocol";
import { type PastRun, type State, isActive } from "../state";
import type { ImageSource } from "../subset";
import type { SavedRun, Vault } from "../vault";
import { type KeptRun, bytesOf, keptRun, pointsOf } from "./run";
import type { RunStore } from "./store";

/** The most runs that are kept; the oldest ones without a name go first. */
export const MOST_RUNS = 200;
/** The most bytes of all checkpoints together; those of the oldest runs go first. */
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
  number: number;
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
  #checkpoints = new Map<string, number>();
  /** Deleted, and not yet undeletable. */
  #deleted: KeptRun[] = [];
  /** The rows of this tab's runs by the page's number. */
  readonly #opened = new Map<number, Open>();
  #open: Open | undefined;
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
    const checkpoints = [...this.#checkpoints.values()];
    const rows = [...this.#runs.values()].map(bytesOf);
    const bytes = [...rows, ...checkpoints].reduce((sum, size) => sum + size, 0);
    return { runs: rows.length, checkpoints: checkpoints.length, bytes };
  }

  /** The number of runs that can be had back. */
  get undeletable(): number {
    return this.#deleted.length;
  }

  hasCheckpoint(id: string): boolean {
    return this.#checkpoints.has(id);
  }

  checkpoint(id: string): Promise<SavedRun | undefined> {
    return this.#store.checkpoint(id).catch(() => undefined);
  }

  /** Reads the runs of earlier visits. */
  async begin(): Promise<void> {
    try {
      const [runs, checkpoints] = await Promise.all([this.#store.runs(), this.#store.checkpoints()]);
      // A run that began in the meantime has a number that is taken.
      const taken = Math.max(0, ...runs.map(({ number }) => number));
      for (const [id, run] of this.#runs) this.#runs.set(id, { ...run, number: run.number + taken });
      for (const open of this.#opened.values()) open.number += taken;
      for (const run of runs) if (!this.#runs.has(run.id)) this.#runs.set(run.id, run);
      for (const id of checkpoints.keys()) if (!this.#runs.has(id)) this.#dropCheckpoint(id);
      this.#checkpoints = new Map([...checkpoints].filter(([id]) => this.#runs.has(id)));
      this.#trim();
      this.#changed();
    } catch {
      this.#refuse();
    }
  }

  /** Follows the run. */
  observe(state: State, before: State, message: FromWorker | undefined, source: ImageSource): void {
    this.#clock(before);
    if (message?.type === "opened") {
      this.#leave(before);
      this.#enter(state, source);
      this.#show();
    }
    const stopped = isActive(before.phase) && !isActive(state.phase);
    if (message?.type === "opened" || state.points !== before.points || stopped) this.#update(state, stopped);
    if (message?.type === "state-saved" && !isActive(state.phase)) this.#lookForState(0);
  }

  /** Writes the run that goes on, before the page may be closed. */
  flush(): void {
    const run = this.#open === undefined ? undefined : this.#runs.get(this.#open.id);
    if (run !== undefined) this.#write(run);
  }

  rename(id: string, name: string): void {
    const run = this.#runs.get(id);
    if (run === undefined || run.name === name) return;
    this.#put({ ...run, name });
    for (const open of this.#opened.values()) if (open.id === id) open.name = name;
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
    if (this.#open !== undefined && this.#activeSince !== undefined && isActive(before.phase))
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
    const began = this.#now();
    const open = known ?? {
      runId,
      id: `${began.toString(36)}-${Math.floor(Math.random() * 2 ** 32).toString(36)}`,
      number: 0,
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

  /** The row of a run that is resumed: one with the same settings, images and tests. */
  #takenUp(state: State): Open | undefined {
    const { startReason, experiment, points, description, runId, step } = state;
    if (startReason !== "resumed" || points.length === 0) return undefined;
    const run = this.runs.find(
      (run) =>
        run.step >= step &&
        sameValue(run.experiment, experiment) &&
        sameValue(run.dataset, description?.dataset) &&
        hasTestsOf(run, state),
    );
    if (run === undefined) return undefined;
    const { id, number, name, began, seconds, source } = run;
    return { runId, id, number, name, began, seconds, source, until: run.step, deleted: false };
  }

  #update(state: State, now: boolean): void {
    const open = this.#open;
    if (open === undefined || open.deleted || state.step < open.until) return;
    open.until = 0;
    const { id, name, began, seconds, source } = open;
    const number = open.number > 0 ? open.number : this.#nextNumber();
    const run = keptRun(state, { id, number, name, began, seconds, source, updated: this.#now() });
    if (run === undefined) return;
    open.number = number;
    const isNew = !this.#runs.has(id);
    this.#runs.set(id, run);
    this.#version += 1;
    if (isNew) this.#trim();
    if (isNew || now || this.#now() - this.#writtenAt >= WRITE_INTERVAL) this.#write(run);
    if (isNew || now) this.#show();
  }

  #nextNumber(): number {
    return 1 + Math.max(0, ...[...this.#runs.values(), ...this.#deleted].map(({ number }) => number));
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
      const { step, experiment, checkpoint, savedAt } = saved;
      const isOf = savedAt >= run.began && step <= run.step && sameValue(experiment, run.experiment);
      if (!isOf || checkpoint.size > MOST_CHECKPOINTS) return false;
      await this.#store.writeCheckpoint(id, saved);
      this.#checkpoints.set(id, checkpoint.size);
      this.#trim();
      this.#changed();
      return step === run.step;
    } catch {
      return false;
    }
  }

  /** Drops the oldest runs and checkpoints that are too many. */
  #trim(): void {
    const oldest = this.runs.filter(({ id, name }) => name === "" && id !== this.#open?.id).reverse();
    for (const { id } of oldest.slice(0, Math.max(0, this.#runs.size - MOST_RUNS))) {
      this.#runs.delete(id);
      this.#store.remove(id).catch(this.#refuse);
      this.#dropCheckpoint(id);
    }
    let left = MOST_CHECKPOINTS;
    for (const { id } of this.runs) {
      const size = this.#checkpoints.get(id);
      if (size === undefined) continue;
      left -= size;
      if (left < 0) this.#dropCheckpoint(id);
    }
  }

  #dropCheckpoint(id: string): void {
    this.#checkpoints.delete(id);
    this.#store.removeCheckpoint(id).catch(this.#refuse);
  }

  #changed(): void {
    this.#version += 1;
    this.#show();
  }

  #show(): void {
    const others = this.runs.filter(({ id }) => id !== this.#open?.id).slice(0, SHOWN);
    this.#observer.changed(
      others.reverse().map((run) => {
        const { id, experiment, dataset, step, methods } = run;
        return { id, experiment, dataset, step, methods, points: pointsOf(run) };
      }),
    );
  }
}

/** Whether a run has the tests of a state, as far as both go. */
function hasTestsOf({ curves }: KeptRun, { points }: State): boolean {
  const kept = new Map(curves.step.map((step, k) => [step, curves.accuracy.map((column) => column[k])]));
  const both = points.filter(({ step }) => kept.has(step));
  return (
    both.length > 0 &&
    both.every(({ step, methods }) => {
      const accuracies = methods.map(({ accuracy }) => accuracy);
      return sameValue(accuracies, kept.get(step));
    })
  );
}
