import { notLoaded, toEngineError } from "./engine";
import type { FromWorker, ToWorker } from "./protocol";

/** The page's end of the line to the worker. */
export class WorkerLink {
  readonly #receive: (message: FromWorker) => void;
  #worker: Worker | undefined;

  constructor(receive: (message: FromWorker) => void) {
    this.#receive = receive;
  }

  /** A fresh worker, with a fresh module in it; ends the one before. */
  connect(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    let worker: Worker;
    try {
      worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    } catch (thrown) {
      // A frame without an origin of its own may start none.
      this.#failed(notLoaded(thrown instanceof Error ? thrown.message : String(thrown)));
      return;
    }
    worker.onmessage = (event: MessageEvent<FromWorker>) => {
      this.#receive(event.data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      // A script that does not come is an event without a message.
      const { message } = event as Partial<ErrorEvent>;
      this.#failed(
        message === undefined ? notLoaded("the worker's script did not load") : new Error(message),
      );
    };
    this.#worker = worker;
  }

  #failed(error: Error): void {
    this.#receive({ type: "failed", error: toEngineError(error), lost: true, subject: "run" });
  }

  send(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }
}
