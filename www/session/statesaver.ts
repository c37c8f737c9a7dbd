import type { SavedState } from "../history/savedstate";
import type { StorageFailure } from "../protocol";
import { sourceOf } from "../subset";
import type { SavedRun, Vault } from "../vault";
import type { TrainingRun } from "./trainingrun";

/** Milliseconds of training before the first save, and the least time between later ones. */
const FIRST_SAVE = 5_000;
const SAVE_INTERVAL = 30_000;
/** Saving takes at most this share of the time. */
const MAX_TIME_SHARE = 1 / 20;
/** Milliseconds before each retry of a failed write. After the last one, the next save tries again. */
const RETRY_DELAYS = [1_000, 4_000];
/** A run starts to diverge before its loss is NaN: only states at least this many steps older count as good. */
const DIVERGENCE_MARGIN = 10;

/** Saves the latest states of a run in memory and, if allowed, in the browser's storage. */
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
  /** Writes that failed in a row, and whether that was reported. */
  #failures = 0;
  #reported = false;
  #retryTimer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param report receives the failure once all retries of a write have failed, and null once a write succeeds again
   */
  constructor(now: () => number, vault: Vault, report: (failure: StorageFailure | null) => void) {
    this.#now = now;
    this.#vault = vault;
    this.#report = report;
  }

  /** Whether saved states are also written to the browser's storage. */
  set persist(persist: boolean) {
    this.#persist = persist;
  }

  get latest(): SavedState | undefined {
    return this.#latest;
  }

  /** The latest good state of a run that diverged at `step`. */
  latestBefore(step: number): SavedState | undefined {
    return [this.#latest, this.#previous].find(
      (saved) => saved !== undefined && saved.step <= step - DIVERGENCE_MARGIN,
    );
  }

  /** Another run starts, possibly from a saved state. */
  startFrom(saved: SavedState | undefined): void {
    this.#latest = saved;
    this.#previous = undefined;
    this.#writtenStep = undefined;
    this.#interval = FIRST_SAVE;
    this.#waitingSince = this.#now();
  }

  /** Training starts now: the wait for the first save begins here. */
  trainingStarted(): void {
    if (this.#latest === undefined) this.#waitingSince = this.#now();
  }

  /** Whether it is time to save the running run. */
  isDue(): boolean {
    return this.#now() - this.#waitingSince >= this.#interval;
  }

  /** The current state, without saving it; the run must be idle. */
  async capture(run: TrainingRun): Promise<SavedState> {
    const { step, description, experiment, files } = run;
    const { history } = run.reader;
    if (this.#latest?.step === step && this.#latest.history === history) return this.#latest;
    const checkpoint = new Blob([await run.engine.checkpoint()]);
    return { step, checkpoint, history, experiment, description, files };
  }

  /**
   * Saves the current state; the run must be idle. Returns it, or undefined if it was saved already or is not worth it.
   */
  async save(run: TrainingRun): Promise<SavedState | undefined> {
    const began = this.#now();
    this.#waitingSince = began;
    const worthwhile =
      run.step > 0 && run.reader.diverged === undefined && run.description.recorded === undefined;
    if (!worthwhile) return undefined;
    const state = await this.capture(run);
    const fresh = state !== this.#latest;
    if (fresh) {
      this.#previous = this.#latest;
      this.#latest = state;
    }
    const ended = this.#now();
    this.#waitingSince = ended;
    this.#interval = Math.max(SAVE_INTERVAL, (ended - began) / MAX_TIME_SHARE);
    this.#write(state);
    return fresh ? state : undefined;
  }

  /** Resolves when nothing is being written. */
  async idle(): Promise<void> {
    await this.#writing;
  }

  #write(state: SavedState): void {
    if (!this.#persist || this.#writing !== undefined || this.#writtenStep === state.step) return;
    clearTimeout(this.#retryTimer);
    const { files, history: story, ...others } = state;
    const saved: SavedRun = { version: 2, savedAt: Date.now(), source: sourceOf(files), story, ...others };
    this.#writing = this.#vault
      .write(saved)
      .then(
        () => {
          this.#writtenStep = state.step;
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

/** Why nothing could be stored: a known reason if the browser names one, and its own message. */
function storageFailure(thrown: unknown): StorageFailure {
  if (!(thrown instanceof Error)) return { reason: "other", error: String(thrown) };
  const { name, message } = thrown;
  const reason = /quota|no_device_space/i.test(name)
    ? "full"
    : name === "SecurityError" || name === "NotAllowedError"
      ? "forbidden"
      : "other";
  return { reason, error: message === "" ? name : `${name}: ${message}` };
}
