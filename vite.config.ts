import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { type TestProjectInlineConfiguration, defineConfig } from "vitest/config";

import { ahead } from "./serving/ahead.ts";
import { budget } from "./serving/budget.ts";
import { recordedRun } from "./serving/excerpt.ts";
import { serviceWorker } from "./serving/offline.ts";
import { contentSecurityPolicy } from "./serving/policy.ts";
import { ISOLATION } from "./www/service-worker/isolation.ts";

/** Bytes of the images that the page fetches, so that it can show progress. */
function subsetBytes(): number {
  const folder = "data/cifar10";
  const sheets = readdirSync(folder).filter((name) => name.endsWith(".webp"));
  return sheets.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

/** What tests in a browser have in common. */
const browser: TestProjectInlineConfiguration["test"] = {
  globalSetup: "tests/browser/serve.ts",
  environment: "node",
  testTimeout: 180_000,
  // A page takes seconds for what it does at once elsewhere where a test shares its machine.
  expect: { poll: { timeout: 10_000 } },
  hookTimeout: 120_000,
};

export default defineConfig({
  // Relative addresses, so that the folder works from any path of a static host.
  base: "./",
  publicDir: false,
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 200,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // The chapters share their words and figures, and compress better together; they are loaded when the first comes near.
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [{ name: "chapters", test: /www\/chapters\/(?!table|place|near)[^?]*\.ts$/ }],
        },
      },
    },
  },
  plugins: [recordedRun(), contentSecurityPolicy(), ahead(), serviceWorker(), budget()],
  define: { __SUBSET_BYTES__: JSON.stringify(subsetBytes()) },
  worker: { format: "es" },
  server: { host: "127.0.0.1", headers: ISOLATION },
  preview: { host: "127.0.0.1", headers: ISOLATION },
  test: {
    projects: [
      {
        test: {
          name: "unit",
          include: ["www/**/*.test.ts", "serving/**/*.test.ts"],
          environment: "node",
        },
      },
      {
        test: {
          ...browser,
          name: "page",
          include: ["tests/browser/page/*.test.ts"],
          // Mostly they wait for the page.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          ...browser,
          name: "engine",
          include: ["tests/browser/engine/*.test.ts"],
          // A software adapter takes seconds for what a GPU does in milliseconds, and two pages would share it.
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
});
