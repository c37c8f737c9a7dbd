import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { defineConfig } from "vitest/config";

import { ahead } from "./serving/ahead.ts";
import { budget } from "./serving/budget.ts";
import { serviceWorker } from "./serving/offline.ts";
import { contentSecurityPolicy } from "./serving/policy.ts";

/** Bytes of the images that the page fetches, so that it can show progress. */
function subsetBytes(): number {
  const folder = "data/cifar10";
  const sheets = readdirSync(folder).filter((name) => name.endsWith(".webp"));
  return sheets.reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
}

export default defineConfig({
  // Relative addresses, so that the folder works from any path of a static host.
  base: "./",
  publicDir: false,
  build: {
    target: "es2022",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 200,
    modulePreload: { polyfill: false },
  },
  plugins: [contentSecurityPolicy(), ahead(), serviceWorker(), budget()],
  define: { __SUBSET_BYTES__: JSON.stringify(subsetBytes()) },
  worker: { format: "es" },
  server: { host: "127.0.0.1" },
  preview: { host: "127.0.0.1" },
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
          name: "browser",
          include: ["tests/browser/**/*.test.ts"],
          globalSetup: "tests/browser/serve.ts",
          environment: "node",
          // A software adapter takes seconds for what a GPU does in milliseconds, and two pages would share it.
          fileParallelism: false,
          testTimeout: 180_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
