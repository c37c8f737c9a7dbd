import puppeteer, { type Browser, type Page } from "puppeteer-core";
import { expect, vi } from "vitest";

import { findProgram } from "./programs";

type Snapshot = ReturnType<Window["emascope"]["snapshot"]>;

/** Starts a real Firefox, driven by WebDriver BiDi and without WebGPU, which not every version has. */
export function launch(): Promise<Browser> {
  return puppeteer.launch({
    browser: "firefox",
    executablePath: findProgram("Firefox", "FIREFOX", ["firefox-esr", "firefox"]),
    headless: true,
    // Firefox emulates no size: the window has to have it.
    defaultViewport: null,
    args: ["--width=1280", "--height=900"],
    extraPrefsFirefox: { "dom.webgpu.enabled": false, "intl.accept_languages": "en" },
  });
}

/** Collects what must not happen: errors on the console, uncaught exceptions, and what the policy blocks. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  return complaints;
}

/** The page's state, from its test hook. */
function snapshot(page: Page): Promise<Snapshot> {
  return page.evaluate(() => window.emascope.snapshot());
}

/**
 * Waits until the run is in one of these phases and returns what the page knows then. Puppeteer's own way of waiting makes
 * a function of text within the page, which the page's policy forbids.
 */
export function until(page: Page, ...phases: Snapshot["phase"][]): Promise<Snapshot> {
  return vi.waitFor(
    async () => {
      const found = await snapshot(page);
      expect(phases).toContain(found.phase);
      return found;
    },
    { timeout: 60_000, interval: 100 },
  );
}
