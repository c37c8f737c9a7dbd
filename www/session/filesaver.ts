import type { FileStoreWriter } from "../filestore";
import type { FromWorker, FilesNotStored } from "../protocol";
import { isSubset } from "../subset";
import type { TrainingRun } from "./trainingrun";

/** Stores the reader's own files in the browser once a run trains on them. */
export class FileSaver {
  readonly #store: FileStoreWriter;
  readonly #post: (message: FromWorker) => void;
  #enabled = false;
  #pending: readonly File[] | undefined;
  #saving: Promise<void> | undefined;

  constructor(store: FileStoreWriter, post: (message: FromWorker) => void) {
    this.#store = store;
    this.#post = post;
  }

  /** Whether this tab stores files. */
  setEnabled(on: boolean, run: TrainingRun | undefined): void {
    this.#enabled = on;
    if (run !== undefined) this.runStarted(run);
  }

  /** A run has started; its files are stored while it goes on. */
  runStarted({ files, description }: TrainingRun): void {
    const own = files !== undefined && !isSubset(files) && description.recorded === undefined;
    if (!this.#enabled || !own) return;
    this.#pending = files;
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined;
    });
  }

  /** Resolves when nothing is being stored. */
  async idle(): Promise<void> {
    await this.#saving;
  }

  async #save(): Promise<void> {
    while (this.#pending !== undefined) {
      const files = this.#pending;
      this.#pending = undefined;
      try {
        this.#post({ type: "files-stored", files: await this.#store.store(files) });
      } catch (thrown) {
        this.#post({ type: "files-not-stored", failure: filesNotStored(thrown) });
      }
    }
  }
}

function filesNotStored(thrown: unknown): FilesNotStored {
  const full = thrown instanceof Error && thrown.name === "QuotaExceededError";
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { reason: full ? "full" : "refused", detail };
}
