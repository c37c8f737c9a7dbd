import type { Description, Experiment } from "../engine";
import type { RunHistory } from "../history/runhistory";
import type { StorageFailure } from "../protocol";
import { sourceOf } from "../subset";
import type { SavedRun, Vault } from "../vault";
import type { TrainingRun } from "./trainingrun";

/** Milliseconds of training until a run is kept for the first time, and from then on, at least. */
const FIRST_SAVE = 5_000;
const SAVE_INTERVAL = 30_000;
/** Keeping takes this part of the time at most. */
const MAX_TIME_SHARE = 1 / 20;
/** Milliseconds after which a failed write is tried again; after the last of them, with the next state that is kept. */
const RETRY_DELAYS = [1_000, 4_000];
/** A loss that is not a number has begun before: a state fewer steps older than this is not trusted. */
const DIVERGENCE_MARGIN = 10;

/** A state that a run can be taken up from. */
export interface SavedState {
  step: number;
  checkpoint: Blob;
  history: RunHistory;
  experiment: Experiment;
  description: Description;
  files: File[] | undefined;
}

/** Keeps the last good states of a run: in memory, and where it may, in the browser's storage. */
export class StateSaver {
  readonly #now: () => number;
  readonly #vault: Vault;
  readonly #report: (failure: StorageFailure | null) => void;
  #persist = false;
  #latest: SavedState | undefined;
  #previous: SavedState | undefined;
  #waitingSince = 0;
  #interval = FIRST_SAVE;
  #writing: Promise<void> | undefined;
  #writtenStep: number | undefined;
  /** Writes that failed in succession, and whether that was reported. */
  #failures = 0;
  #reported = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  /** @param report is told when a run cannot be stored, in several tries, and with null when it can again */
  constructor(now: () => number, vault: Vault, report: (failure: StorageFailure | null) => void) {
    this.#now = now;
    this.#vault = vault;
    this.#report = report;
  }

  /** Whether what is kept is stored too. */
  set store(store: boolean) {
    this.#persist = store;
  }

  get latest(): SavedState | undefined {
    return this.#latest;
  }

  /** The latest state that a run which diverged at `step` can go back to. */
  latestBefore(step: number): SavedState | undefined {
    return [this.#latest, this.#previous].find(
      (kept) => kept !== undefined && kept.step <= step - DIVERGENCE_MARGIN,
    );
  }

  /** Another run begins, perhaps from a state that is kept. */
  startFrom(kept: SavedState | undefined): void {
    this.#latest = kept;
    this.#previous = undefined;
    this.#writtenStep = undefined;
    this.#interval = FIRST_SAVE;
    this.#waitingSince = this.#now();
  }

  /** Steps are made from now on. */
  trainingStarted(): void {
    if (this.#latest === undefined) this.#waitingSince = this.#now();
  }

  /** Whether it is time to keep a run that goes on. */
  isDue(): boolean {
    return this.#now() - this.#waitingSince >= this.#interval;
  }

  /** The state of now; the run has to be at rest. */
  async capture(run: TrainingRun): Promise<SavedState> {
    const { step, description, experiment, files } = run;
    const { history } = run.reader;
    if (this.#latest?.step === step && this.#latest.history === history) return this.#latest;
    const checkpoint = new Blob([await run.engine.checkpoint()]);
    return { step, checkpoint, history, experiment, description, files };
  }

  /** Keeps the state of now; the run has to be at rest. Returns it, or undefined where there is nothing new. */
  async save(run: TrainingRun): Promise<SavedState | undefined> {
    const began = this.#now();
    this.#waitingSince = began;
    const worthwhile =
      run.step > 0 && run.reader.diverged === undefined && run.description.recorded === undefined;
    if (!worthwhile) return undefined;
    const kept = await this.capture(run);
    const fresh = kept !== this.#latest;
    if (fresh) {
      this.#previous = this.#latest;
      this.#latest = kept;
    }
    const ended = this.#now();
    this.#waitingSince = ended;
    this.#interval = Math.max(SAVE_INTERVAL, (ended - began) / MAX_TIME_SHARE);
    this.#write(kept);
    return fresh ? kept : undefined;
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  #write(kept: SavedState): void {
    if (!this.#persist || this.#writing !== undefined || this.#writtenStep === kept.step) return;
    clearTimeout(this.#retryTimer);
    const { files, history: story, ...state } = kept;
    const saved: SavedRun = { version: 2, savedAt: Date.now(), source: sourceOf(files), story, ...state };
    this.#writing = this.#vault
      .write(saved)
      .then(
        () => {
          this.#writtenStep = kept.step;
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
    const wait = RETRY_DELAYS[this.#failures];
    this.#failures += 1;
    if (wait !== undefined) {
      this.#retryTimer = setTimeout(() => {
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
