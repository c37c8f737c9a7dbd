/** How the built folder behaves on a static host: alone, under a path of its own, offline, and from version to version. */
import { createHash } from "node:crypto";
import { cp, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { expect } from "vitest";

import { snapshot, until } from "../chromium";
import { chromiumTests } from "../fixtures";
import { Host } from "../host";

const test = chromiumTests()
  .extend("host", async ({ folder }, { onCleanup }) => {
    await cp("dist", join(folder, "one"), { recursive: true });
    const host = await Host.start(join(folder, "one"));
    onCleanup(() => host.stop());
    return host;
  })
  // A page on a host that is not the builder's own machine.
  .extend("visited", async ({ page, host }) => {
    await page.goto(host.address("page.localhost"));
    expect((await until(page, "paused", "failed")).error).toBeUndefined();
    return page;
  });

/** The page's files are kept. */
async function kept(page: Page): Promise<void> {
  await page.evaluate(() => navigator.serviceWorker.ready);
  await page.waitForFunction(() => navigator.serviceWorker.controller !== null);
}

/** Another version: the same page with a mark in it. */
async function deploy(host: Host, name: string, damage?: "missing" | "changed"): Promise<void> {
  const version = join(host.folder, "..", name);
  await cp("dist", version, { recursive: true });
  const digest = (text: string): string => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  const index = await readFile(join(version, "index.html"), "utf8");
  const marked = index.replace('<html lang="en"', `<html lang="en" data-version="${name}"`);
  const worker = await readFile(join(version, "service-worker.js"), "utf8");
  expect(worker).toContain(digest(index));
  const other = worker
    .replace(digest(index), digest(marked))
    .replace(/[0-9a-f]{12}(?=["`'])/u, "0123456789ab");
  await writeFile(join(version, "service-worker.js"), other);
  if (damage !== "missing") {
    await writeFile(join(version, "index.html"), damage === "changed" ? `${marked} ` : marked);
  } else {
    await rm(join(version, "index.html"));
  }
  host.folder = version;
}

const version = (page: Page): Promise<string | undefined> =>
  page.evaluate(() => document.documentElement.dataset.version);

/** Versions of the page that the browser keeps; the images are kept apart from them. */
const versionsKept = (page: Page): Promise<number> =>
  page.evaluate(async () => {
    const names = await caches.keys();
    return names.filter((name) => !name.startsWith("emascope images")).length;
  });

test("under a path of its own, the page asks only its own folder, needs no isolation and breaks no policy", async ({
  context,
  page,
  host,
}) => {
  const requests: string[] = [];
  context.on("request", (request) => requests.push(request.url()));
  await page.goto(host.address());
  expect((await until(page, "paused", "failed")).error).toBeUndefined();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);

  expect(requests.filter((url) => !url.startsWith(host.address()) && !url.startsWith("blob:"))).toEqual([]);
  // Nothing is fetched twice.
  expect(host.asked.length).toBe(new Set(host.asked).size);
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
});

test("the policy is in force: neither inline script nor inline style nor another host", async ({
  visited: page,
  complaints,
}) => {
  const blocked = await page.evaluate(async () => {
    const violations: string[] = [];
    document.addEventListener("securitypolicyviolation", (event) => {
      violations.push(event.effectiveDirective);
    });
    const script = document.createElement("script");
    script.textContent = "document.title = 'taken over'";
    document.head.append(script);
    document.body.setAttribute("style", "color: red");
    await fetch("https://example.org/").catch(() => undefined);
    await new Promise((resolve) => setTimeout(resolve, 200));
    return violations;
  });
  expect(blocked.sort()).toEqual(["connect-src", "script-src-elem", "style-src-attr"]);
  expect(complaints.splice(0)).not.toEqual([]);
  expect(await page.title()).not.toBe("taken over");
});

test("the page's text and layout are there before its script and the engine", async ({ page, host }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.route(/\.(js|wasm)$/u, () => new Promise(() => undefined));
  await page.goto(host.address(), { waitUntil: "commit" });
  await page.waitForFunction(() => performance.getEntriesByName("first-contentful-paint").length > 0);
  expect(await page.isVisible("h1")).toBe(true);
  expect(await page.textContent("h1")).toContain("Training shakes the weights.");
  expect(await page.textContent("#toggle span")).toBe("Start");
  expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
  // The row is the style sheet's.
  expect(await page.$eval("#masthead", (head) => getComputedStyle(head).display)).toBe("flex");
});

test("after a first visit it opens and trains without a network", async ({ visited: page, host }) => {
  await kept(page);
  await host.stop();
  await page.reload();
  expect((await until(page, "paused", "failed")).error).toBeUndefined();
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);
  // A link with something behind the path is the same page.
  await page.goto(`${host.address("page.localhost")}index.html?from=a-lecture`);
  expect((await until(page, "paused", "failed")).error).toBeUndefined();
});

test("after a first visit it is isolated, which gives the processor its threads", async ({
  context,
  visited,
  host,
}) => {
  expect(await visited.evaluate(() => crossOriginIsolated)).toBe(false);
  await kept(visited);
  const page = await context.newPage();
  await page.goto(`${host.address("page.localhost")}#compute=processor`);
  expect((await until(page, "paused", "failed")).error).toBeUndefined();
  expect(await page.evaluate(() => crossOriginIsolated)).toBe(true);
  expect((await snapshot(page)).description?.adapter.name).toMatch(/ threads$/u);
  await page.keyboard.press("ArrowRight");
  await page.waitForFunction(() => window.emascope.snapshot().step === 1);
});

test("a new version is offered, and taken whole when the reader wants it", async ({
  visited: page,
  host,
}) => {
  await kept(page);
  await deploy(host, "two");
  await page.reload();
  await page.waitForSelector("#update:not([hidden])");
  // Until then everything is of the old one, however often it is loaded.
  await page.reload();
  expect(await version(page)).toBeUndefined();
  await page.waitForSelector("#update:not([hidden])");
  await page.click("#update-reload");
  await page.waitForFunction(() => document.documentElement.dataset.version === "two");
  await page.waitForLoadState();
  expect((await until(page, "paused", "failed")).error).toBeUndefined();
  expect(await versionsKept(page)).toBe(1);
  await host.stop();
  await page.reload();
  expect(await version(page)).toBe("two");
});

test.for(["missing", "changed"] as const)(
  "a deployment with a file %s is not kept",
  async (damage, { visited: page, host }) => {
    await kept(page);
    await deploy(host, "broken", damage);
    const failed = page.evaluate(async () => {
      const registration = await navigator.serviceWorker.ready;
      const states: string[] = [];
      const over = new Promise<void>((resolve) => {
        registration.addEventListener("updatefound", () => {
          const worker = registration.installing;
          worker?.addEventListener("statechange", () => {
            states.push(worker.state);
            resolve();
          });
        });
      });
      await registration.update();
      await over;
      return states;
    });
    expect(await failed).toEqual(["redundant"]);
    await host.stop();
    await page.reload();
    expect(await version(page)).toBeUndefined();
    expect((await until(page, "paused", "failed")).error).toBeUndefined();
    expect(await versionsKept(page)).toBe(1);
  },
);

test("where the page is built, nothing is kept", async ({ page, host }) => {
  await page.goto(host.address());
  await until(page, "paused");
  expect(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length)).toBe(0);
});
