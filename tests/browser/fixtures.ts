/** What a browser test starts with: a browser for all tests of its file, and pages and a folder that are gone after each. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import type { BrowserContext, BrowserContextOptions, Page } from "playwright-core";
import { test as base, expect } from "vitest";

import { type LaunchOptions, launch, until } from "./chromium";
import { Host } from "./host";

/**
 * Tests in Chromium. A test fails if one of its pages reports an error on the console or throws one, unless the test takes the
 * report out of `complaints`.
 */
export function chromiumTests(options: LaunchOptions = {}) {
  return (
    base
      .extend("browser", { scope: "file" }, async ({}, { onCleanup }) => {
        const browser = await launch(options);
        onCleanup(() => browser.close());
        return browser;
      })
      .extend("folder", async ({}, { onCleanup }) => {
        const folder = await mkdtemp(join(tmpdir(), "emascope-"));
        onCleanup(() => rm(folder, { recursive: true }));
        return folder;
      })
      .extend("complaints", ({}, { onCleanup }): string[] => {
        const complaints: string[] = [];
        onCleanup(() => {
          expect(complaints).toEqual([]);
        });
        return complaints;
      })
      // A context is a profile of its own, in which nothing is stored yet.
      .extend("newContext", ({ browser, complaints }, { onCleanup }) => {
        const contexts: BrowserContext[] = [];
        onCleanup(async () => {
          await Promise.all(contexts.map((context) => context.close()));
        });
        return async (options: BrowserContextOptions = {}): Promise<BrowserContext> => {
          const viewport = { width: 1280, height: 900 };
          const context = await browser.newContext({ locale: "en-GB", viewport, ...options });
          contexts.push(context);
          context.on("console", (message) => {
            if (message.type() === "error") complaints.push(message.text());
          });
          context.on("weberror", (error) => complaints.push(error.error().message));
          return context;
        };
      })
      .extend("context", ({ newContext }) => newContext())
      .extend("page", ({ context }) => context.newPage())
  );
}

/** Where no run trains without a graphics adapter: the page then plays its recorded run. */
export const ONLY_GPU = "#compute=gpu";

/** The view with all charts and settings, in which most tests are. */
export const LABORATORY = "#view=laboratory";

/** Tests of the page at an address, whose hash may have begun. */
export function pageTests(address: string, options: LaunchOptions = {}) {
  // Opens the page with this hash, by default in the laboratory, and waits for its engine. With options, it is in a context of its own.
  return chromiumTests(options).extend("open", ({ context, newContext }) => {
    return async (hash = LABORATORY, options?: BrowserContextOptions): Promise<Page> => {
      const page = await (options === undefined ? context : await newContext(options)).newPage();
      await page.goto(address.includes("#") ? `${address}&${hash.slice(1)}` : `${address}${hash}`);
      expect((await until(page, "paused", "failed")).error).toBeUndefined();
      return page;
    };
  });
}

/** Tests with an empty page beside the engine's module, which it may import. */
export function moduleTests() {
  return chromiumTests()
    .extend("host", { scope: "file" }, async ({}, { onCleanup }) => {
      const host = await Host.start("www/generated");
      onCleanup(() => host.stop());
      return host;
    })
    .extend("page", async ({ context, host }) => {
      const page = await context.newPage();
      const empty = { contentType: "text/html", body: "<!doctype html>" };
      await page.route(host.address(), (route) => route.fulfill(empty));
      await page.goto(host.address());
      return page;
    });
}
