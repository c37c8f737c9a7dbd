import { type Browser, type Page, chromium } from "playwright-core";
import { expect } from "vitest";

import { findProgram } from "./programs";

/** A real Chromium. */
export function findChromium(): string {
  const names = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"];
  return findProgram("Chromium", "CHROMIUM", names);
}

/**
 * Starts Chromium with WebGPU, on a software adapter where nothing else is available, and without connections to other hosts.
 * @param software on a software adapter, whatever else there is
 */
export function launch({ webgpu = true, software = false } = {}): Promise<Browser> {
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

/** Collects what must not happen: messages of warning or error on the console, and uncaught exceptions. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(error.message));
  return complaints;
}

/** A page with the engine ready. */
export async function openPage(browser: Browser, address: string, options = {}): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 }, locale: "en-GB", ...options });
  await page.goto(address);
  expect((await until(page, "paused", "failed")).error).toBeUndefined();
  return page;
}

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
