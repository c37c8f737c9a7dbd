import { existsSync } from "node:fs";

import type { TestProject } from "vitest/node";
import { preview } from "vite";

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
  const server = await preview({ preview: { port: 0, host: "127.0.0.1", strictPort: false } });
  const address = server.resolvedUrls?.local[0];
  if (address === undefined) throw new Error("the page's server has no address");
  project.provide("address", address);
  return () => server.close();
}
