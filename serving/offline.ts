/** Builds the service worker: the last file to be made, because it names all the others and their digests. */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import type { Plugin } from "vite";

import type { PageFile } from "../www/service-worker/files";
import { script } from "./script.ts";

export const SERVICE_WORKER = "service-worker.js";

/** Large, and fetched by few visitors, so it is kept only after it was: the recorded run, prepared images. */
const isSeldom = (path: string): boolean => /\.(json|bin)$/u.test(path);

/** A file of the page as the service worker knows it. The page itself goes by its folder's address. */
export function pageFile(path: string, content: string | Uint8Array): PageFile {
  const digest = createHash("sha256").update(content).digest("base64");
  return {
    path: path === "index.html" ? "" : path,
    integrity: `sha256-${digest}`,
    seldom: isSeldom(path),
  };
}

/** A name for exactly these files. */
export function versionOf(files: readonly PageFile[]): string {
  return createHash("sha256").update(JSON.stringify(files)).digest("hex").slice(0, 12);
}

/** The files that are put beside the page as they are. */
async function beside(folder: string): Promise<PageFile[]> {
  if (!existsSync(folder)) return [];
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Promise.all(
    paths.map(async (path) => pageFile(relative(folder, path).replaceAll(sep, "/"), await readFile(path))),
  );
}

export function serviceWorker(): Plugin {
  let publicDir = "";
  return {
    name: "emascope:service-worker",
    apply: "build",
    enforce: "post",
    configResolved(config) {
      ({ publicDir } = config);
    },
    generateBundle: {
      order: "post",
      async handler(_, bundle) {
        const files = Object.values(bundle)
          .map((output) => pageFile(output.fileName, output.type === "chunk" ? output.code : output.source))
          .concat(await beside(publicDir))
          .sort((a, b) => (a.path < b.path ? -1 : 1));
        const define = { __FILES__: JSON.stringify(files), __VERSION__: JSON.stringify(versionOf(files)) };
        const source = await script("www/service-worker/main.ts", { define, format: "iife" });
        this.emitFile({ type: "asset", fileName: SERVICE_WORKER, source });
      },
    },
  };
}
