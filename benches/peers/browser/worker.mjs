/** Measures one configuration in its own worker, as an application would train without blocking its page. */

import { measure } from "./measure.mjs";
import { readWork } from "./work.mjs";

const MODULES = {
  tfjs: () => import("./tfjs.mjs"),
  jax: () => import("./jax.mjs"),
  emascope: () => import("./emascope.mjs"),
};

self.onmessage = async ({ data: { module, runtime, samples, minutes } }) => {
  const deadline = performance.now() + 60_000 * minutes;
  try {
    const response = await fetch("/work");
    const work = readWork(await response.arrayBuffer());
    const { create } = await MODULES[module]();
    const peer = await create(runtime, work);
    await measure(peer, work, { samples, deadline }, (result) => self.postMessage({ result }));
    self.postMessage({ done: true });
  } catch (thrown) {
    self.postMessage({ error: thrown instanceof Error ? thrown.message : String(thrown) });
    console.error(thrown);
  }
};
