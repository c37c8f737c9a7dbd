import { type Compute, notLoaded, toEngineError } from "./engine";
import type { FromWorker, ToWorker } from "./protocol";

/** The page's connection to its worker. */
export class WorkerLink {
  readonly #receive: (message: FromWorker) => void;
  readonly #compute: () => Compute;
  #worker: Worker | undefined;

  /** @param compute what computes the runs of a new worker */
  constructor(compute: () => Compute, receive: (message: FromWorker) => void) {
    this.#compute = compute;
    this.#receive = receive;
  }

  /** Starts a new worker with a new module, and ends the previous one. */
  connect(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    let worker: Worker;
    try {
      worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    } catch (thrown) {
      // A frame with an opaque origin cannot start one.
      this.#failed(notLoaded(thrown instanceof Error ? thrown.message : String(thrown)));
      return;
    }
    worker.onmessage = (event: MessageEvent<FromWorker>) => {
      this.#receive(event.data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      // The event of a script that failed to load has no message.
      const { message } = event as Partial<ErrorEvent>;
      this.#failed(
        message === undefined ? notLoaded("the worker's script did not load") : new Error(message),
      );
    };
    this.#worker = worker;
    this.send({ type: "compute", compute: this.#compute() });
  }

  #failed(error: Error): void {
    this.#receive({ type: "failed", error: toEngineError(error), lost: true, subject: "run" });
  }

  send(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }
}
