/** Data files of the reader's: read with progress, kept over a reload, forgotten when asked to. */
import type { Page } from "playwright-core";
import { expect, inject } from "vitest";

import { beforeWorker, plainWorker, small, snapshot, until } from "../chromium";
import { cifarRecords } from "../cifar";
import { LABORATORY, pageTests } from "../fixtures";

const settings = new URLSearchParams({ v: "1", ...small, ema: "0.5" }).toString();
const standIn = inject("standIn");
const test = pageTests(standIn);
const testWithEngine = pageTests(inject("address"));
const files = [
  { name: "data_batch_1.bin", mimeType: "", buffer: cifarRecords(120) },
  { name: "test_batch.bin", mimeType: "", buffer: cifarRecords(40, 3) },
];

const kept = (page: Page) => page.locator("#data-kept");

/** Drops files on the page, as from a folder on the desktop. */
async function drop(on: Page, dropped = files): Promise<void> {
  const contents = dropped.map(({ name, buffer }) => ({ name, base64: buffer.toString("base64") }));
  await on.evaluate((contents) => {
    const transfer = new DataTransfer();
    for (const { name, base64 } of contents) {
      const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
      transfer.items.add(new File([bytes], name));
    }
    document.body.dispatchEvent(new DragEvent("drop", { dataTransfer: transfer, bubbles: true }));
  }, contents);
}

/** The contents of a folder of the origin's private file system, by its path. */
function stored(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const paths: string[] = [];
    const list = async (folder: FileSystemDirectoryHandle, path: string): Promise<void> => {
      for await (const [name, handle] of folder.entries()) {
        if (handle.kind === "directory") await list(handle, `${path}${name}/`);
        else paths.push(`${path}${name}`);
      }
    };
    await list(await navigator.storage.getDirectory(), "");
    return paths;
  });
}

testWithEngine(
  "dropped files are trained on, come back after a reload, and go when they are forgotten",
  async ({ open }) => {
    const page = await open(`#${settings}`);
    await drop(page);
    await kept(page).waitFor();
    expect(await kept(page).textContent()).toContain("Kept in this browser: 2 files, 492 kB");
    const first = await snapshot(page);
    expect(first.description?.dataset).toMatchObject({ train: 96, test: 32, synthetic: false });
    await page.click("#step");
    await page.waitForFunction(() => window.emascope.snapshot().step === 1);
    const loss = (await snapshot(page)).metrics;

    await page.reload();
    const again = await until(page, "paused", "failed");
    expect(again.error).toBeUndefined();
    expect(again.description?.dataset).toEqual(first.description?.dataset);
    expect(await page.getAttribute("#data-choose", "aria-pressed")).toBe("true");
    await page.click("#step");
    await page.waitForFunction(() => window.emascope.snapshot().step === 1);
    expect((await snapshot(page)).metrics).toEqual(loss);

    await page.click("#data-forget");
    expect(await kept(page).textContent()).toContain("Delete 2 files, 492 kB, from this browser?");
    await page.click("#data-forget-no");
    expect(await stored(page)).toHaveLength(3);
    await page.click("#data-forget");
    await page.click("#data-forget-yes");
    await kept(page).waitFor({ state: "hidden" });
    expect(await stored(page)).toEqual([]);
    // The run is on the GPU and goes on.
    await page.click("#step");
    await page.waitForFunction(() => window.emascope.snapshot().step === 2);

    await page.reload();
    const without = await until(page, "paused", "failed");
    expect(without.error).toBeUndefined();
    expect(without.description?.dataset).not.toEqual(first.description?.dataset);
    expect(await page.textContent('[data-message="own-file"]')).toContain("not stored in this browser");
  },
);

test("a run that was trained on own files is taken up on them", async ({ open }) => {
  const page = await open();
  await drop(page);
  await kept(page).waitFor();
  await page.click("#epoch");
  await page.waitForFunction(() => window.emascope.snapshot().savedStep === 78);
  await page.waitForTimeout(500);
  await page.goto("about:blank");
  await page.goto(standIn + LABORATORY);
  await until(page, "paused");
  // The address does not ask for the files, but the run does.
  expect(await page.getAttribute("#data-choose", "aria-pressed")).toBe("false");
  await page.locator("#data-use").waitFor();
  await page.locator('[data-message="kept"] button.primary').click();
  await page.waitForFunction(() => window.emascope.snapshot().step === 78);
  expect(await page.getAttribute("#data-choose", "aria-pressed")).toBe("true");
});

test("reading shows its progress, and something else can be chosen meanwhile", async ({ open }) => {
  const page = await open();
  const shown = page.evaluate(
    () =>
      new Promise<string>((resolve) => {
        const reading = document.querySelector("#data-reading");
        new MutationObserver(() => {
          const text = reading?.textContent ?? "";
          if (text.startsWith("Reading")) resolve(text);
        }).observe(document.body, { childList: true, subtree: true, attributes: true });
      }),
  );
  await drop(page, [
    ...files,
    ...Array.from({ length: 20 }, (_, k) => ({ ...files[0], name: `x${k}.bin` })),
  ] as typeof files);
  await page.click("#data-synthetic");
  expect(await shown).toMatch(/^Reading \S+\.bin: \d/u);
  await page.waitForFunction(() => window.emascope.snapshot().phase === "paused");
  expect(await page.getAttribute("#data-synthetic", "aria-pressed")).toBe("true");
  expect(await page.isVisible("#data-reading")).toBe(false);
});

test("a file that is not data is refused and not stored, and the previous run stays", async ({ open }) => {
  const page = await open();
  await drop(page, [{ name: "data_batch_1.bin", mimeType: "", buffer: Buffer.from([77, 1, 2]) }]);
  await page.waitForSelector("#notice:not([hidden])");
  expect(await page.isVisible("#data-kept")).toBe(false);
  expect(await stored(page)).toEqual([]);
  await page.click("#step");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);
});

test("forbidden or full storage only prevents storing files, and the reason is shown", async ({
  context,
  open,
}) => {
  for (const [name, text] of [
    ["SecurityError", "could not keep these files"],
    ["QuotaExceededError", "storage is full"],
  ] as const) {
    await beforeWorker(
      context,
      `StorageManager.prototype.getDirectory = () => { throw new DOMException("why", "${name}"); };`,
    );
    const page = await open();
    await drop(page);
    await page.locator("#data-unkept").waitFor();
    expect(await page.textContent("#data-unkept")).toContain(text);
    expect((await snapshot(page)).error).toBeUndefined();
    await page.click("#step");
    await page.waitForFunction(() => window.emascope.snapshot().step === 1);
    await page.close();
    await plainWorker(context);
  }
});

test("of two tabs, the second opens on the files that the first keeps, and forgets them for both", async ({
  open,
}) => {
  const page = await open();
  await drop(page);
  await kept(page).waitFor();
  const second = await open("#data=file");
  expect(await second.getAttribute("#data-choose", "aria-pressed")).toBe("true");
  await second.click("#data-forget");
  await second.click("#data-forget-yes");
  await kept(second).waitFor({ state: "hidden" });
  expect(await stored(page)).toEqual([]);
  await page.click("#step");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);
});
