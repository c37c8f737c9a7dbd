import type { FileStoreWriter } from "../filestore";
import type { FromWorker, FilesNotStored } from "../protocol";
import { isSubset } from "../subset";
import type { TrainingRun } from "./trainingrun";

/** Keeps the files of the reader's that a run is trained on, once the engine has taken them. */
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

  /** Whether this tab is the one that keeps what it has. */
  setEnabled(on: boolean, run: TrainingRun | undefined): void {
    this.#enabled = on;
    if (run !== undefined) this.runStarted(run);
  }

  /** A run begins; the files of the latest are kept while it goes on. */
  runStarted({ files, description }: TrainingRun): void {
    const own = files !== undefined && !isSubset(files) && description.recorded === undefined;
    if (!this.#enabled || !own) return;
    this.#pending = files;
    this.#saving ??= this.#save().finally(() => {
      this.#saving = undefined;
    });
  }

  /** Resolves when nothing is being kept. */
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
