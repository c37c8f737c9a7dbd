/** The processor's threads, each in a worker of its own. */

import type { ThreadMessage, ThreadedEngine } from "./script";

export { loadScript } from "./script";

/** A worker that is not ready after so many milliseconds is not waited for. */
const PATIENCE = 5000;

/** Threads are workers, of some megabytes each, and a small network has no work for more. */
const MOST = 16;

/** How many threads this machine can keep busy. A page that computes leaves it to the system to let its other threads run in between. */
export function threadsHere(): number {
  return Math.min(navigator.hardwareConcurrency, MOST);
}

/** Kept, since some browsers end a worker that nothing refers to. */
const workers: Worker[] = [];

/** Starts a thread; false if it cannot be started. */
function startThread(message: ThreadMessage): Promise<boolean> {
  return new Promise((resolve) => {
    const worker = new Worker(new URL("./thread.ts", import.meta.url), { type: "module" });
    worker.onmessage = ({ data }: MessageEvent<boolean>) => {
      resolve(data);
    };
    worker.onerror = (event) => {
      event.preventDefault();
      resolve(false);
    };
    worker.postMessage(message);
    workers.push(worker);
    setTimeout(resolve, PATIENCE, false);
  });
}

/** Instantiates the module and has it compute on `threads` threads, this worker's included, or as many as could be started. */
export async function startThreaded(
  engine: ThreadedEngine,
  module: WebAssembly.Module,
  threads: number,
): Promise<void> {
  const { memory } = await engine.default({ module_or_path: module });
  const starting = Array.from({ length: threads - 1 }, () => startThread({ module, memory }));
  const started = await Promise.allSettled(starting);
  engine.open_threads(started.filter((one) => one.status === "fulfilled" && one.value).length);
}
