/** A thread of the processor: one more instance of the engine's module, on the memory of the one in the worker that started it. */

import { type ThreadMessage, loadScript } from "./script";

const answer = (ready: boolean): void => {
  self.postMessage(ready);
};

self.onmessage = ({ data: { module, memory } }: MessageEvent<ThreadMessage>) => {
  loadScript()
    .then(async (engine) => {
      await engine.default({ module_or_path: module, memory });
      answer(true);
      engine.join_threads();
    })
    .catch(() => {
      answer(false);
    });
};
