import type { KeptWriter } from "../filestore";
import type { FromWorker, Unkept } from "../protocol";
import { isSubset } from "../subset";
import type { Run } from "./run";

/** Keeps the files of the reader's that a run is trained on, once the engine has taken them. */
export class FileKeeper {
  readonly #store: KeptWriter;
  readonly #post: (message: FromWorker) => void;
  #on = false;
  #wanted: readonly File[] | undefined;
  #working: Promise<void> | undefined;

  constructor(store: KeptWriter, post: (message: FromWorker) => void) {
    this.#store = store;
    this.#post = post;
  }

  /** Whether this tab is the one that keeps what it has. */
  turn(on: boolean, run: Run | undefined): void {
    this.#on = on;
    if (run !== undefined) this.began(run);
  }

  /** A run begins; the files of the latest are kept while it goes on. */
  began({ files, description }: Run): void {
    const own = files !== undefined && !isSubset(files) && description.recorded === undefined;
    if (!this.#on || !own) return;
    this.#wanted = files;
    this.#working ??= this.#work().finally(() => {
      this.#working = undefined;
    });
  }

  /** Resolves when nothing is being kept. */
  async idle(): Promise<void> {
    await this.#working;
  }

  async #work(): Promise<void> {
    while (this.#wanted !== undefined) {
      const files = this.#wanted;
      this.#wanted = undefined;
      try {
        this.#post({ type: "files-kept", kept: await this.#store.keep(files) });
      } catch (thrown) {
        this.#post({ type: "files-not-kept", why: why(thrown) });
      }
    }
  }
}

function why(thrown: unknown): Unkept {
  const full = thrown instanceof Error && thrown.name === "QuotaExceededError";
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return { reason: full ? "full" : "refused", detail };
}
