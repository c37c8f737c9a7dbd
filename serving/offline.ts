/** Builds the service worker: the last file to be made, because it names all the others and their digests. */
import { createHash } from "node:crypto";

import type { Plugin } from "vite";

import type { Build } from "../www/builds";
import type { PageFile } from "../www/service-worker/files";
import { script } from "./script.ts";

const SERVICE_WORKER = "service-worker.js";

/** Large, and fetched by few visitors, so it is kept only after it was: the recorded run. */
const isSeldom = (path: string): boolean => path.endsWith(".json");

/** The build of the engine's module that a file is. */
function buildOf(path: string): Pick<PageFile, "build"> {
  const build = /emascope_(relaxed_threads|relaxed|simd|plain)-[^/]+\.wasm$/u.exec(path)?.[1];
  return build === undefined ? {} : { build: build as Build };
}

/** The page caches the images itself, to show their progress. */
const isImage = (path: string): boolean => path.endsWith(".webp");

/** A file of the page as the service worker knows it. The page itself goes by its folder's address. */
export function pageFile(path: string, content: string | Uint8Array): PageFile {
  const digest = createHash("sha256").update(content).digest("base64");
  return {
    path: path === "index.html" ? "" : path,
    integrity: `sha256-${digest}`,
    seldom: isSeldom(path),
    ...buildOf(path),
  };
}

/** A name for exactly these files. */
export function versionOf(files: readonly PageFile[]): string {
  return createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);
}

export function serviceWorker(): Plugin {
  return {
    name: "emascope:service-worker",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      async handler(_, bundle) {
        const files = Object.values(bundle)
          .filter(({ fileName }) => !isImage(fileName))
          .map((output) => pageFile(output.fileName, output.type === "chunk" ? output.code : output.source))
          .sort((a, b) => (a.path < b.path ? -1 : 1));
        const define = { __FILES__: JSON.stringify(files), __VERSION__: JSON.stringify(versionOf(files)) };
        const source = await script("www/service-worker/main.ts", { define, format: "iife" });
        this.emitFile({ type: "asset", fileName: SERVICE_WORKER, source });
      },
    },
  };
}
