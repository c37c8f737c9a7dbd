/** Whatever is asked of the page, there is a way on: links, history, drops, hosts and keyboards that are not as they should be. */
import { mkdir, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { beforeWorker, snapshot, until } from "../chromium";
import { cifarRecords } from "../cifar";
import { LABORATORY, pageTests } from "../fixtures";
import { files } from "../stand-in/control";

const real = inject("address");
const address = inject("standIn");
const test = pageTests(address);

const message = (page: Page, name: string) => page.locator(`[data-message="${name}"]`);
const hash = (page: Page): string => new URL(page.url()).hash;

/** A link is opened, by a page of its own, and there is a run; without a hash, in the laboratory. */
async function follow(page: Page, link: string): Promise<string[]> {
  await page.goto("about:blank");
  await page.goto(link.includes("#") ? link : link + LABORATORY);
  expect((await until(page, "paused", "failed")).error).toBeUndefined();
  expect(await page.isVisible("#notice")).toBe(false);
  return message(page, "address").locator(".message-body p:not(.message-title)").allTextContents();
}

test.for([
  ["ema=0.98&ema=0.98", "Averages β: 0.98 is listed twice; it is used once."],
  ["ema=0.9,every=0", "Averages β: every=0 is out of range, so it is left out."],
  ["augment=crop=99", "Augment: crop=99 is out of range; crop=16 is used."],
  [
    "steps=10&warmup_steps=5000",
    "Warm-up steps: 5000 is longer than the run; the run's length, 10, is used.",
  ],
  ["schedule=one-cycle&warmup_steps=5", "one-cycle schedule"],
  ["embed=accuracy,foo", "embed: there is no “foo”"],
  ["hide=xyz", "hide: there is no “xyz”"],
  ["chapter=zzz", "chapter: there is no “zzz”"],
  ["present=lots", "present: there is no “lots”, so it is left out. Did you mean loss?"],
  ["data=moon", "Data: there is no “moon”"],
  ["ema=0.9,evry=4", "evry=4”, so it is left out. Did you mean every?"],
  ["labl_noise=0.4", "labl_noise: unknown setting. Did you mean label_noise?"],
  ["v=7&lr=0.01", "The link has version 7; this page supports version 1."],
])("#%s opens the nearest run and lists the adjustments", async ([link, said], { page }) => {
  const lines = await follow(page, `${address}#${link}`);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain(said);
});

test("settings that the data do not allow are adjusted once the data is known, and the address is the run's", async ({
  page,
}) => {
  const lines = await follow(
    page,
    `${real}#limit_train=10&limit_test=10&batch=8192&epochs=2&warmup_steps=5000`,
  );
  expect(lines).toEqual([
    "Batch size: 8192 exceeds the number of training images; 10 is used.",
    "Warm-up steps: 5000 is longer than the run; the run's length, 2, is used.",
  ]);
  expect((await snapshot(page)).experiment).toMatchObject({ batch: 10, warmup_steps: 2, limit_train: 10 });
  expect(await page.inputValue("[name=batch]")).toBe("10");
  expect(hash(page)).toContain("batch=10");
  await page.click("#toggle");
  expect((await until(page, "finished", "failed")).step).toBe(2);
});

test("Back goes through own files and synthetic images and past them, and a link has the files again", async ({
  page,
}) => {
  await follow(page, address);
  const records = { name: "data_batch_1.bin", mimeType: "", buffer: cifarRecords(4) };
  await page.setInputFiles("#data-file", records);
  await page.waitForFunction(() => location.hash.includes("data=file"));
  await until(page, "paused");
  await page.click("#data-synthetic");
  await page.waitForFunction(() => !location.hash.includes("data=file"));
  await until(page, "paused");
  await page.goBack();
  await page.waitForSelector("#data-choose[aria-pressed=true]");
  expect(await files(page)).toEqual(["data_batch_1.bin"]);
  expect(hash(page)).toBe("#v=1&data=file");
  await page.goBack();
  await page.waitForSelector("#data-subset[aria-pressed=true]");
  expect(hash(page)).toBe(LABORATORY);
  await page.goForward();
  await page.waitForSelector("#data-choose[aria-pressed=true]");
  expect(await message(page, "address").count()).toBe(0);
  await follow(page, `${address}#v=1&data=file&seed=3`);
  await page.waitForSelector("#data-choose[aria-pressed=true]");
  expect(await files(page)).toEqual(["data_batch_1.bin"]);
});

test("a dropped folder is read, with its nested folders", async ({ page, context, folder }) => {
  const inside = join(folder, "cifar-10-batches-bin");
  await mkdir(inside);
  for (const name of ["data_batch_1.bin", "test_batch.bin"])
    await writeFile(join(inside, name), cifarRecords(2));
  await follow(page, address);
  const drag = await context.newCDPSession(page);
  const data = { items: [], files: [folder], dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"] as const) {
    await drag.send("Input.dispatchDragEvent", { type, x: 300, y: 300, data });
  }
  await page.waitForSelector("#data-choose[aria-pressed=true]");
  expect(await files(page)).toEqual(["data_batch_1.bin", "test_batch.bin"]);
  expect(await page.isVisible("#drop-area")).toBe(false);
});

test("pickers offer every file: a list of endings greys all out where the system does not know them", async ({
  page,
}) => {
  await follow(page, address);
  for (const picker of await page.locator("input[type=file]").all()) {
    // Every system knows what a picture is.
    expect([null, "image/*"]).toContain(await picker.getAttribute("accept"));
  }
});

test("an address that the browser does not let the page write breaks nothing", async ({ page }) => {
  await page.addInitScript(() => {
    const refuse = (): never => {
      throw new DOMException("too often", "SecurityError");
    };
    history.pushState = history.replaceState = refuse;
  });
  await follow(page, address);
  await page.click("#new-seed");
  await page.waitForFunction(() => window.emascope.snapshot().experiment?.seed !== 0);
  await until(page, "paused");
  await page.keyboard.press("p");
  expect(await page.getAttribute("html", "data-view")).toBe("present");
  await page.keyboard.press("PageDown");
  await page.keyboard.press("p");
  await page.click("#step");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);
  expect(hash(page)).toBe(LABORATORY);
});

test.for<[string, string, string]>([
  ["з", "KeyP", "present"],
  ["Process", "KeyP", "page"],
])("the key %s at the place %s is heard as it should be", async ([key, code, view], { page }) => {
  await follow(page, address);
  await page.evaluate(
    ({ key, code }) => {
      document.body.dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true }));
    },
    { key, code },
  );
  expect(await page.getAttribute("html", "data-view")).toBe(view);
});

test("opened as a file, the page says that it has to be served, in the reader's language", async ({
  page,
  newContext,
  complaints,
}) => {
  const file = pathToFileURL(resolve("dist/index.html")).href;
  await page.goto(file);
  const said = page.locator("#unstarted p:visible");
  expect(await said.allTextContents()).toEqual([expect.stringContaining("It was opened as a file")]);
  const chinese = await (await newContext({ locale: "zh-CN" })).newPage();
  await chinese.goto(file);
  expect(await chinese.locator("#unstarted p:visible").allTextContents()).toEqual([
    expect.stringContaining("页面是以文件方式打开的"),
  ]);
  // The browser loads no module from a file.
  expect(complaints.splice(0)).not.toEqual([]);
});

test("a module that is served as another type, or does not come, is a sentence", async ({
  page,
  complaints,
}) => {
  await page.route(/index-[^/]*\.js$/u, async (route) => {
    await route.fulfill({ response: await route.fetch(), contentType: "text/plain" });
  });
  await page.goto(address);
  expect(await page.locator("#unstarted p:visible").allTextContents()).toEqual([
    expect.stringContaining("served as text/javascript"),
  ]);
  expect(complaints.splice(0)).not.toEqual([]);
});

test.for<[string, RegExp, string?]>([
  ["the worker of another type", /worker-[^/]*\.js$/u, "text/plain"],
  ["an engine that does not come", /assets\/emascope-[^/]*\.js$/u],
  ["a module that does not come", /\.wasm$/u],
])("%s is named", async ([, path, contentType], { page, complaints }) => {
  await page.route(path, async (route) => {
    if (contentType === undefined) await route.fulfill({ status: 404, body: "not found" });
    else await route.fulfill({ response: await route.fetch(), contentType });
  });
  await page.goto(real);
  await until(page, "failed");
  await page.waitForSelector("#notice[data-error=Script]");
  expect(await page.textContent("#notice-title")).toBe("Part of this page could not be loaded.");
  // The browser complains too, except of what the worker alone asks for.
  complaints.splice(0);
});

test("WebAssembly that is served as another type simply works", async ({ page }) => {
  await page.route(/\.wasm$/u, async (route) => {
    await route.fulfill({ response: await route.fetch(), contentType: "application/octet-stream" });
  });
  await follow(page, address);
});

test("runs that were left hold no memory on the adapter", async ({ page }) => {
  await beforeWorker(
    page,
    `
      globalThis.live = new Set();
      for (const make of ["createBuffer", "createTexture"]) {
        const made = GPUDevice.prototype[make];
        GPUDevice.prototype[make] = function (descriptor) {
          const resource = made.call(this, descriptor);
          live.add(resource);
          return resource;
        };
      }
      for (const kind of [GPUBuffer, GPUTexture]) {
        const destroyed = kind.prototype.destroy;
        kind.prototype.destroy = function () {
          live.delete(this);
          return destroyed.call(this);
        };
      }
    `,
  );
  const live = async (): Promise<number> =>
    (await page.workers()[0]?.evaluate(() => (globalThis as unknown as { live: Set<unknown> }).live.size)) ??
    NaN;
  await follow(page, `${real}#batch=8&limit_train=32&limit_test=16&ema=0.9&ema=0.8,buffers=recompute`);
  const first = await live();
  expect(first).toBeGreaterThan(20);
  for (let run = 0; run < 3; run++) {
    await page.click("#epoch");
    await page.waitForFunction(() => window.emascope.snapshot().step === 4);
    await until(page, "paused");
    const before = await snapshot(page);
    await page.click("#new-seed");
    await page.waitForFunction(
      (seed) => window.emascope.snapshot().experiment?.seed !== seed,
      before.experiment?.seed,
    );
    await until(page, "paused");
  }
  // The checkpoint by which the run before can be had back has been read by then.
  await expect.poll(live).toBeLessThanOrEqual(first);
});
