import type { Log, Standing } from "../engine";
import type { FromWorker } from "../protocol";

/**
 * Logs the run from the messages of the worker; a reset starts a new log, and undoing the reset restores the old one.
 */
export class SessionLog {
  readonly #create: () => Log;
  #log: Log | undefined;
  /** The log of the run before the last reset. */
  #previous: Log | undefined;
  #standing: Standing = { step: 0, summary: [], averages: [], images_per_second: null };

  /** @param create an empty log */
  constructor(create: () => Log) {
    this.#create = create;
  }

  observe(message: FromWorker): void {
    if (message.type === "opened") {
      const { reason, description, experiment, snapshot } = message;
      if (reason === "undone") this.#put(this.#previous, undefined);
      else if (reason !== "restored" && reason !== "gone-back") {
        // An empty log does not replace the previous one, so that an undo still restores that.
        if (this.#log?.is_empty() === false) this.#put(undefined, this.#log);
        else this.#put(undefined, this.#previous);
      }
      this.#log ??= this.#create();
      this.#log.begin(experiment, description, snapshot.step);
      this.#standing = snapshot;
    } else if (message.type === "changed") {
      this.#log?.change(message.experiment, message.description);
    } else if (message.type === "snapshot") {
      const { metrics, points } = message.snapshot;
      let first = 0;
      for (const point of points) {
        const end = metrics.findIndex(({ step }) => step > point.step);
        const until = end < 0 ? metrics.length : end;
        this.#log?.steps(metrics.slice(first, until));
        this.#log?.tested(point);
        first = until;
      }
      this.#log?.steps(metrics.slice(first));
      this.#standing = message.snapshot;
    }
  }

  /** The text of the log file, and its last step. */
  written(): { step: number; text: string } {
    const { step, summary, averages, images_per_second } = this.#standing;
    const standing = { step, summary, averages, images_per_second };
    return { step, text: this.#log?.text(standing) ?? "" };
  }

  #put(log: Log | undefined, before: Log | undefined): void {
    for (const old of [this.#log, this.#previous]) if (old !== log && old !== before) old?.free();
    this.#log = log;
    this.#previous = before;
  }
}
