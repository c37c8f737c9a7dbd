import { existsSync } from "node:fs";

import type { TestProject } from "vitest/node";

import { Host } from "./host";

declare module "vitest" {
  interface ProvidedContext {
    /** Where the built page is served. */
    address: string;
  }
}

/** Serves the built page on loopback for the time of the tests. */
export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync("dist/index.html")) {
    throw new Error("dist/ is missing: build the page first, with `cargo xtask build`");
  }
  const host = await Host.start("dist");
  project.provide("address", host.address());
  return () => host.stop();
}
