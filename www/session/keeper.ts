import type { Description, Experiment } from "../engine";
import type { Story } from "../history/story";
import type { StorageFailure } from "../protocol";
import { sourceOf } from "../subset";
import type { SavedRun, Vault } from "../vault";
import type { Run } from "./run";

/** Milliseconds of training until a run is kept for the first time, and from then on, at least. */
const FIRST = 5_000;
const INTERVAL = 30_000;
/** Keeping takes this part of the time at most. */
const SHARE = 1 / 20;
/** Milliseconds after which a failed write is tried again; after the last of them, with the next state that is kept. */
const RETRIES = [1_000, 4_000];
/** A loss that is not a number has begun before: a state fewer steps older than this is not trusted. */
const SUSPECT = 10;

/** A state that a run can be taken up from. */
export interface Kept {
  step: number;
  checkpoint: Blob;
  story: Story;
  experiment: Experiment;
  description: Description;
  files: File[] | undefined;
}

/** Keeps the last good states of a run: in memory, and where it may, in the browser's storage. */
export class Keeper {
  readonly #now: () => number;
  readonly #vault: Vault;
  readonly #report: (failure: StorageFailure | null) => void;
  #store = false;
  #latest: Kept | undefined;
  #earlier: Kept | undefined;
  #since = 0;
  #wait = FIRST;
  #writing: Promise<void> | undefined;
  #written: number | undefined;
  /** Writes that failed in succession, and whether that was reported. */
  #failures = 0;
  #reported = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  /** @param report is told when a run cannot be stored, in several tries, and with null when it can again */
  constructor(now: () => number, vault: Vault, report: (failure: StorageFailure | null) => void) {
    this.#now = now;
    this.#vault = vault;
    this.#report = report;
  }

  /** Whether what is kept is stored too. */
  set store(store: boolean) {
    this.#store = store;
  }

  get latest(): Kept | undefined {
    return this.#latest;
  }

  /** The latest state that a run which diverged at `step` can go back to. */
  before(step: number): Kept | undefined {
    return [this.#latest, this.#earlier].find((kept) => kept !== undefined && kept.step <= step - SUSPECT);
  }

  /** Another run begins, perhaps from a state that is kept. */
  begin(kept: Kept | undefined): void {
    this.#latest = kept;
    this.#earlier = undefined;
    this.#written = undefined;
    this.#wait = FIRST;
    this.#since = this.#now();
  }

  /** Steps are made from now on. */
  started(): void {
    if (this.#latest === undefined) this.#since = this.#now();
  }

  /** Whether it is time to keep a run that goes on. */
  due(): boolean {
    return this.#now() - this.#since >= this.#wait;
  }

  /** The state of now; the run has to be at rest. */
  async take(run: Run): Promise<Kept> {
    const { step, description, experiment, files } = run;
    const { story } = run.reader;
    if (this.#latest?.step === step && this.#latest.story === story) return this.#latest;
    const checkpoint = new Blob([await run.engine.checkpoint()]);
    return { step, checkpoint, story, experiment, description, files };
  }

  /** Keeps the state of now; the run has to be at rest. Returns it, or undefined where there is nothing new. */
  async keep(run: Run): Promise<Kept | undefined> {
    const began = this.#now();
    this.#since = began;
    const worthwhile =
      run.step > 0 && run.reader.diverged === undefined && run.description.recorded === undefined;
    if (!worthwhile) return undefined;
    const kept = await this.take(run);
    const fresh = kept !== this.#latest;
    if (fresh) {
      this.#earlier = this.#latest;
      this.#latest = kept;
    }
    const ended = this.#now();
    this.#since = ended;
    this.#wait = Math.max(INTERVAL, (ended - began) / SHARE);
    this.#write(kept);
    return fresh ? kept : undefined;
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  #write(kept: Kept): void {
    if (!this.#store || this.#writing !== undefined || this.#written === kept.step) return;
    clearTimeout(this.#retry);
    const { files, ...state } = kept;
    const saved: SavedRun = { version: 2, savedAt: Date.now(), source: sourceOf(files), ...state };
    this.#writing = this.#vault
      .write(saved)
      .then(
        () => {
          this.#written = kept.step;
          this.#failures = 0;
          if (this.#reported) this.#report(null);
          this.#reported = false;
        },
        (thrown: unknown) => {
          this.#failed(thrown);
        },
      )
      .finally(() => {
        this.#writing = undefined;
      });
  }

  #failed(thrown: unknown): void {
    const wait = RETRIES[this.#failures];
    this.#failures += 1;
    if (wait !== undefined) {
      this.#retry = setTimeout(() => {
        if (this.#latest !== undefined) this.#write(this.#latest);
      }, wait);
    } else if (!this.#reported) {
      this.#reported = true;
      this.#report(storageFailure(thrown));
    }
  }
}

/** Why nothing could be stored, as far as the browser's name for it is known, and in the browser's words. */
export function storageFailure(thrown: unknown): StorageFailure {
  if (!(thrown instanceof Error)) return { reason: "other", error: String(thrown) };
  const { name, message } = thrown;
  const reason = /quota|no_device_space/i.test(name)
    ? "full"
    : name === "SecurityError" || name === "NotAllowedError"
      ? "forbidden"
      : "other";
  return { reason, error: message === "" ? name : `${name}: ${message}` };
}
