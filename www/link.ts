import { toEngineError } from "./engine";
import type { FromWorker, ToWorker } from "./protocol";

/** The page's end of the line to the worker. */
export class Link {
  readonly #receive: (message: FromWorker) => void;
  #worker: Worker | undefined;

  constructor(receive: (message: FromWorker) => void) {
    this.#receive = receive;
  }

  /** A fresh worker, with a fresh module in it; ends the one before. */
  connect(): void {
    this.#worker?.terminate();
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    worker.onmessage = (event: MessageEvent<FromWorker>) => {
      this.#receive(event.data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      this.#receive({
        type: "failed",
        error: toEngineError(new Error(event.message)),
        lost: true,
        matter: "run",
      });
    };
    this.#worker = worker;
  }

  send(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }
}
