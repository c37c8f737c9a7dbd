/** Our engine, as the page's worker runs it: the module of `cargo xtask build`, which run.mjs serves under /engine/. */

import { webgpu } from "./adapter.mjs";

/** What computes, and with which build of the module, by runtime. */
const RUNTIMES = {
  webgpu: { compute: "gpu", build: "relaxed" },
  "wasm, relaxed SIMD": { compute: "processor", build: "relaxed" },
  "wasm, SIMD": { compute: "processor", build: "simd" },
  "wasm, relaxed SIMD, threads": { compute: "processor", build: "relaxed_threads" },
};

/** The script of the builds with threads. */
const THREADED = "/engine/emascope_threads.js";

/** Steps of a call whose time on the processor is measured. */
const STEPS = 8;
/** Measured calls, fewer if they take longer than this many seconds. */
const CALLS = 50;
const CALLS_SECONDS = 60;

/**
 * @param {string} runtime
 * @param {import("./work.mjs").Work} work
 * @returns {Promise<import("./measure.mjs").Peer>}
 */
export async function create(runtime, work) {
  const { compute, build } = RUNTIMES[runtime];
  const threads = build.endsWith("_threads") ? navigator.hardwareConcurrency : 1;
  const script = threads > 1 ? THREADED : "/engine/emascope.js";
  const engineModule = await import(script).catch((cause) => {
    throw new Error("our engine's module cannot be loaded; `cargo xtask build` makes it", { cause });
  });
  const { default: load, compute_on: computeOn, adapter, Engine } = engineModule;
  const module = await WebAssembly.compileStreaming(fetch(`/engine/emascope_${build}.wasm`));
  const { memory } = await load({ module_or_path: module });
  if (threads > 1) {
    await Promise.all(Array.from({ length: threads - 1 }, () => startThread({ module, memory })));
    engineModule.open_threads(threads - 1);
  }
  computeOn(compute);
  const settings = {
    preset: work.network,
    batch: work.batch,
    lr: work.learning_rate,
    beta1: work.beta1,
    beta2: work.beta2,
    eps: work.eps,
    ema: work.averages.map(String),
  };
  const losses = await lossesOfWork(Engine, settings, work);
  const engine = await Engine.create(settings);
  return {
    adapter: compute === "gpu" ? await webgpu() : (await adapter()).name,
    averages: work.averages.length,
    note: "also gathers and augments its images, which the peers are spared",
    losses,
    train: (steps) => engine.train(steps),
    async remark() {
      if (compute === "processor") {
        const kernels = await engineModule.processor_kernels(settings, STEPS);
        return `${plural(threads)}; ${shares(kernels)}`;
      }
      const start = performance.now();
      let calls = 0;
      let busy = 0;
      do {
        const call = performance.now();
        const finished = engine.train(STEPS);
        busy += performance.now() - call;
        calls++;
        await finished;
      } while (calls < CALLS && performance.now() - start < 1000 * CALLS_SECONDS);
      const steps = calls * STEPS;
      return `processor time a step: ${(busy / steps).toFixed(3)} ms, a mean of ${steps} steps`;
    },
  };
}

/** The largest kernels of a step. */
function shares(rows) {
  const row = ({ kernel, share, gflops_per_second: speed }) =>
    `${kernel} ${(100 * share).toFixed(0)}% of a step at ${speed.toFixed(1)} GFLOP/s`;
  return rows.slice(0, 2).map(row).join(", ");
}

/** @param {number} threads */
function plural(threads) {
  return threads === 1 ? "one thread" : `${threads} threads`;
}

/** Starts a thread as the page does, in a worker. */
function startThread(message) {
  const start = async ({ data: { script, module, memory } }) => {
    const engine = await import(script);
    await engine.default({ module_or_path: module, memory });
    self.postMessage("ready");
    engine.join_threads();
  };
  const text = new Blob([`self.onmessage = ${start}`], { type: "text/javascript" });
  const worker = new Worker(URL.createObjectURL(text));
  return new Promise((resolve, reject) => {
    worker.onmessage = resolve;
    worker.onerror = () => reject(new Error("a thread cannot be started"));
    worker.postMessage({ ...message, script: new URL(THREADED, location.origin).href });
  });
}

/** Losses on the batch of the work as it is, which an engine of its own trains on: the one that is timed augments. */
async function lossesOfWork(Engine, settings, { batch, losses }) {
  const engine = await Engine.create({ ...settings, augment: [], shuffle: false, limit_train: batch });
  await engine.train(losses.length);
  const metrics = await engine.metrics();
  engine.free();
  return metrics.map(({ loss }) => loss);
}
