/** Endurance of the page: lost devices, many steps, many runs. `cargo xtask endure` repeats each more often. */
import { readFile } from "node:fs/promises";

import type { Browser, Page, Worker } from "playwright-core";
import { expect, inject } from "vitest";

import { FOR_HOURS, Tally, rounds } from "../../../www/testing/tally";
import { beforeWorker, reached, saveCheckpoint, snapshot, until } from "../chromium";
import { chromiumTests } from "../fixtures";
import { Heap } from "../heap";

/** Steps as short as a software adapter makes them. */
const RUN = "v=1&data=synthetic&batch=4&limit_train=64&limit_test=8&ema=0.98,every=2&seed=3";
/** Milliseconds after which a run at rest is kept, and a margin. */
const REST = 1500;
/** Bytes by which what is held may differ between two moments at rest. */
const SLACK = { page: 4e6, worker: 4e6, wasm: 8e6, gpu: 128e6 };

/** Remembers a worker's device and the memory of its module. */
const REMEMBER = `
  const request = GPUAdapter.prototype.requestDevice;
  GPUAdapter.prototype.requestDevice = async function (descriptor) {
    return (globalThis.device = await request.call(this, descriptor));
  };
  const instantiate = WebAssembly.instantiateStreaming;
  WebAssembly.instantiateStreaming = async function (...words) {
    const result = await instantiate.apply(this, words);
    globalThis.memory = result.instance.exports.memory;
    return result;
  };
`;

interface Remembered {
  device: GPUDevice;
  memory: WebAssembly.Memory;
  onmessage: (event: MessageEvent) => void;
}

/** Pages whose workers remember, of a run with these settings. */
const test = chromiumTests().extend("openRun", ({ newContext }) => {
  return async (settings: string): Promise<Page> => {
    const context = await newContext();
    await beforeWorker(context, REMEMBER);
    const page = await context.newPage();
    await page.goto(`${inject("address")}#${settings}`);
    expect((await until(page, "paused", "failed")).error).toBeUndefined();
    return page;
  };
});

function workerOf(page: Page): Worker {
  const worker = page.workers().at(-1);
  if (worker === undefined) throw new Error("the page has no worker");
  return worker;
}

const loseDevice = (page: Page): Promise<void> =>
  workerOf(page).evaluate(() => {
    (globalThis as unknown as Remembered).device.destroy();
  });

/** Takes `steps` steps, as the page would. */
async function advance(page: Page, steps: number): Promise<void> {
  const target = (await snapshot(page)).step + steps;
  await workerOf(page).evaluate((steps) => {
    const data = { type: "advance", steps };
    (globalThis as unknown as Remembered).onmessage(new MessageEvent("message", { data }));
  }, steps);
  await reached(page, target, { timeout: 0, polling: 50 });
  await until(page, "paused", "finished");
}

/** The checkpoint that the page saves. */
async function saved(page: Page): Promise<Buffer> {
  const download = await saveCheckpoint(page);
  return readFile(await download.path());
}

/** Bytes held: by the page's and the worker's JavaScript, by the module, and by the browser's GPU process. */
interface Held {
  page: number;
  worker: number;
  wasm: number;
  gpu: number;
}

async function held(page: Page, heap: Heap): Promise<Held> {
  const wasm = await workerOf(page).evaluate(
    () => (globalThis as unknown as Remembered).memory.buffer.byteLength,
  );
  const script = await heap.measure();
  return { ...script, wasm, gpu: await gpuProcess(page.context().browser()) };
}

/** Resident bytes of the GPU process, 0 if the system does not report it. */
async function gpuProcess(browser: Browser | null): Promise<number> {
  if (browser === null) return 0;
  const system = await browser.newBrowserCDPSession();
  const { processInfo } = await system.send("SystemInfo.getProcessInfo");
  await system.detach();
  const gpu = processInfo.find(({ type }) => type === "GPU");
  const status = await readFile(`/proc/${gpu?.id}/status`, "utf8").catch(() => "");
  return 1024 * Number(/^VmRSS:\s*(\d+)/mu.exec(status)?.[1] ?? 0);
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1);

/** Compares what is held early and at the end. */
function compare(tally: Tally, early: Held, late: Held): void {
  const parts = ["page", "worker", "wasm", "gpu"] as const;
  tally.holds(parts.reduce((sum, part) => sum + late[part], 0));
  tally.note = `held early and late, MB: ${parts
    .map((part) => `${part} ${megabytes(early[part])} → ${megabytes(late[part])}`)
    .join(", ")}`;
  for (const part of parts) {
    const growth = late[part] - early[part];
    if (growth > SLACK[part]) tally.failed(`${part} grew by ${megabytes(growth)} MB`);
  }
}

test(
  "a run whose device is lost continues by itself with the same bits",
  { timeout: FOR_HOURS },
  async ({ openRun }) => {
    const count = rounds(1);
    const tally = new Tally("a device lost in the page's worker", count);
    const page = await openRun(`${RUN}&steps=1000000`);
    for (let round = 0; round < count; round++) {
      tally.progress(round);
      await advance(page, 2);
      await page.waitForTimeout(REST);
      const { step } = await snapshot(page);
      await page.click("#toggle");
      // At several moments of a step and of a test.
      await reached(page, step + 1 + (round % 3));
      await loseDevice(page);
      const restored = page.waitForFunction(
        (count) => {
          const { marks, step, phase } = window.emascope.snapshot();
          const restored = marks.filter(({ kind }) => kind === "restored");
          return phase === "failed" || (restored.length >= count && step > (restored.at(-1)?.step ?? 0));
        },
        round + 1,
        { timeout: 120_000, polling: 50 },
      );
      await restored.catch(() => {
        tally.failed(`round ${round}: the run did not go on`);
      });
      await page.click("#toggle");
      const { phase, error } = await until(page, "paused", "failed");
      if (phase === "failed") {
        tally.failed(`round ${round}: ${error?.message}`);
        break;
      }
    }
    const { step } = await snapshot(page);
    const after = await saved(page);
    await page.context().close();

    const undisturbed = await openRun(`${RUN}&steps=1000000`);
    await advance(undisturbed, step);
    if (!after.equals(await saved(undisturbed))) tally.failed(`other bytes at step ${step}`);
    tally.note = `the checkpoints at step ${step} are compared`;
    tally.finish();
  },
);

test("a long run holds no more memory over time", { timeout: FOR_HOURS }, async ({ openRun }) => {
  const steps = rounds(20);
  const tally = new Tally("a step of a long run in the page", steps);
  const page = await openRun(`${RUN}&steps=${steps}&eval_every=${Math.ceil(steps / 10)}`);
  const heap = await Heap.of(page);
  await advance(page, Math.ceil(steps / 10));
  const early = await held(page, heap);
  while ((await snapshot(page)).phase === "paused") {
    tally.progress((await snapshot(page)).step);
    await advance(page, Math.ceil(steps / 20));
  }
  const { step } = await snapshot(page);
  if (step !== steps) tally.failed(`it ended at step ${step}`);
  compare(tally, early, await held(page, heap));
  tally.finish();
});

test("runs opened one after another leave nothing behind", { timeout: FOR_HOURS }, async ({ openRun }) => {
  const count = rounds(2);
  const tally = new Tally("a run opened after another in the page", count);
  const page = await openRun(`${RUN}&steps=100`);
  const heap = await Heap.of(page);
  let early: Held | undefined;
  for (let round = 0; round < count; round++) {
    tally.progress(round);
    const before = (await snapshot(page)).experiment?.seed;
    await page.click("#new-seed");
    await page.waitForFunction(
      (before) => {
        const { experiment, phase } = window.emascope.snapshot();
        return experiment?.seed !== before && phase === "paused";
      },
      before,
      { polling: 50, timeout: 120_000 },
    );
    await advance(page, 1);
    if (round === Math.floor(count / 5)) early = await held(page, heap);
  }
  if (early !== undefined) compare(tally, early, await held(page, heap));
  tally.finish();
});
