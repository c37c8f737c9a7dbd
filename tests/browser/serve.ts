import { existsSync } from "node:fs";

import type { TestProject } from "vitest/node";

import { script } from "../../serving/script";
import { ISOLATION } from "../../www/service-worker/isolation";
import { Host } from "./host";

declare module "vitest" {
  interface ProvidedContext {
    /** Address of the built page. */
    address: string;
    /** Its address with an engine that needs no GPU, for tests of the page alone. */
    standIn: string;
    /** Address of the built page on a host that isolates it. */
    isolated: string;
  }
}

/** Serves the built page on loopback for the time of the tests. */
export default async function serve(project: TestProject): Promise<() => Promise<void>> {
  if (!existsSync("dist/index.html")) {
    throw new Error("dist/ is missing: build the page first, with `cargo xtask build`");
  }
  const host = await Host.start("dist");
  const standIn = await script("tests/browser/stand-in/module.ts", { format: "es" });
  const replacement = { path: /^assets\/emascope-[^/]+\.js$/u, body: standIn };
  const other = await Host.start("dist", { replacement });
  const isolated = await Host.start("dist", { headers: ISOLATION });
  project.provide("address", host.address());
  project.provide("standIn", other.address());
  project.provide("isolated", isolated.address());
  return async () => {
    await Promise.all([host, other, isolated].map((host) => host.stop()));
  };
}
