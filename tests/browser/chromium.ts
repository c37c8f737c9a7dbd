import { type Browser, type BrowserContext, type Download, type Page, chromium } from "playwright-core";

import { findProgram } from "./programs";

/** A real Chromium. */
export function findChromium(): string {
  const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
  return findProgram("Chromium", "CHROMIUM", names);
}

export interface LaunchOptions {
  webgpu?: boolean;
  /** On a software adapter, whatever else there is. */
  software?: boolean;
}

/** Starts Chromium, on a software adapter where nothing else is available, and without connections to other hosts. */
export function launch({ webgpu = true, software = false }: LaunchOptions = {}): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      "--headless=new",
      "--no-sandbox",
      webgpu ? "--enable-unsafe-webgpu" : "--disable-features=WebGPU",
      ...(software ? ["--use-webgpu-adapter=swiftshader"] : []),
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
    ],
  });
}

export type Snapshot = ReturnType<Window["emascope"]["snapshot"]>;

/** The page's state, from its test hook. */
export function snapshot(page: Page): Promise<Snapshot> {
  return page.evaluate(() => window.emascope.snapshot());
}

/** Waits until the run is in one of these phases and returns what the page knows then. */
export async function until(page: Page, ...phases: Snapshot["phase"][]): Promise<Snapshot> {
  await page.waitForFunction(
    (phases: string[]) => phases.includes(window.emascope.snapshot().phase),
    phases,
    { timeout: 120_000, polling: 50 },
  );
  return snapshot(page);
}

/** Fills controls by their setting's key; lists and numbers as text, choices by name. */
export async function configure(page: Page, settings: Record<string, string>): Promise<void> {
  await page.evaluate(() => {
    for (const details of document.querySelectorAll("details")) details.open = true;
  });
  for (const [key, value] of Object.entries(settings)) {
    const control = page.locator(`[name="${key}"]`);
    if ((await control.evaluate((element) => element.tagName)) === "SELECT")
      await control.selectOption(value);
    else await control.fill(value);
  }
}

/** Presses what is in the menu. */
export async function fromMenu(page: Page, ...selectors: string[]): Promise<void> {
  for (const selector of selectors) {
    if (!(await page.isVisible("#menu"))) await page.click("#menu-open");
    await page.click(selector);
  }
  await page.evaluate(() => {
    document.getElementById("menu")?.hidePopover();
  });
}

/** Does something in the view of the runs, which has the files of the run, and comes back to the laboratory. */
export async function amongRuns<T>(page: Page, act: () => Promise<T>): Promise<T> {
  await page.click('#views [data-view="runs"]');
  await page.waitForSelector("#save");
  const done = await act();
  await page.click('#views [data-view="laboratory"]');
  await page.waitForSelector("#toggle:visible");
  return done;
}

/** What the page saves as the run's checkpoint. */
export async function saveCheckpoint(page: Page): Promise<Download> {
  return amongRuns(page, async () => {
    const [download] = await Promise.all([page.waitForEvent("download"), page.click("#save")]);
    return download;
  });
}

/** Opens a file as a checkpoint. */
export async function openCheckpoint(page: Page, file: Parameters<Page["setInputFiles"]>[1]): Promise<void> {
  await amongRuns(page, () => page.setInputFiles("#checkpoint-file", file));
}

/** Waits until the run has made this many steps. */
export async function reached(
  page: Page,
  step: number,
  { timeout = 120_000, polling = 20 } = {},
): Promise<void> {
  await page.waitForFunction((step) => window.emascope.snapshot().step >= step, step, { timeout, polling });
}

/** Waits until the run rests at exactly this step. */
export async function restsAt(page: Page, step: number): Promise<void> {
  await page.waitForFunction((step) => window.emascope.snapshot().step === step, step, { polling: 20 });
  await until(page, "paused", "finished");
}

const WORKER = /worker-[^/]*\.js$/u;

/** Runs a script at the start of the page's worker, whose scope takes no init scripts. */
export async function beforeWorker(on: Page | BrowserContext, script: string): Promise<void> {
  await on.route(WORKER, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: `${script}\n${await response.text()}` });
  });
}

/** Later workers run without the script of {@link beforeWorker}. */
export const plainWorker = (on: Page | BrowserContext): Promise<void> => on.unroute(WORKER);

/** A run small enough for a software adapter: six steps an epoch, three epochs, two averages, whatever the page chose. */
export const small = {
  steps: "",
  eval_every: "",
  batch: "16",
  limit_train: "96",
  limit_test: "32",
  epochs: "3",
  ema: "0.5 0.98",
};
