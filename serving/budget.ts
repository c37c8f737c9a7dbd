/** Size limits of the page as hosts send it, compressed with gzip. A larger page is not built. */
import { gzipSync } from "node:zlib";

import type { Plugin } from "vite";

export interface Item {
  path: string;
  content: string | Uint8Array;
  /** Whether it is loaded only with a view that a reader may never open. */
  later?: boolean;
}

interface Budget {
  what: string;
  /** Bytes, compressed. */
  limit: number;
  holds: (path: string, later: boolean) => boolean;
}

const kB = 1000;

/** The script of the build with threads, and that of a thread, which the first visit does not load. */
const isOfThreads = (path: string): boolean => /(emascope_threads|thread)-[^/]+\.js$/.test(path);

const isScript = (path: string): boolean => /\.(js|css)$/.test(path) && !isOfThreads(path);

/** Views that a reader may never open, and the chapters below the first screen, by the names of their chunks. */
const LATER = ["laboratory", "runs", "training", "chapters", "evidence"];

const CHAPTERS = /chapters-[^/]*$/;

/** What reads files of the reader's own, and is loaded with the first of them. */
const FILES = /(class|papaparse[^/]*)-[^/]*$/;

const BUDGETS: Budget[] = [
  // A browser loads one of them. With atomics a module is a little larger.
  ...["relaxed_threads", "relaxed", "simd", "plain"].map((build) => ({
    what: `WebAssembly (${build})`,
    limit: (build.endsWith("_threads") ? 710 : 700) * kB,
    holds: (path: string) => path.includes(`emascope_${build}-`) && path.endsWith(".wasm"),
  })),
  { what: "script of threads", limit: 20 * kB, holds: isOfThreads },
  // What the page begins with, the story included. The other views are loaded when they are first opened.
  {
    what: "script and style at first",
    limit: 140 * kB,
    holds: (path, later) => isScript(path) && !later,
  },
  // Of all views together, each compressed by itself.
  {
    what: "script and style",
    limit: 230 * kB,
    holds: (path) => isScript(path) && !CHAPTERS.test(path) && !FILES.test(path),
  },
  { what: "readers of files", limit: 18 * kB, holds: (path) => isScript(path) && FILES.test(path) },
  // Ten chapters are mostly prose, in two languages.
  { what: "the chapters", limit: 36 * kB, holds: (path) => isScript(path) && CHAPTERS.test(path) },
  { what: "the recorded run", limit: 600 * kB, holds: (path) => path.endsWith(".json") },
  { what: "the images", limit: 10_500 * kB, holds: (path) => path.endsWith(".webp") },
];

export interface Weight {
  what: string;
  bytes: number;
  limit: number;
}

/** The total size of each budget's files, compressed one by one as they are sent. */
export function weigh(items: readonly Item[]): Weight[] {
  return BUDGETS.map(({ what, limit, holds }) => {
    const sizes = items
      .filter(({ path, later }) => holds(path, later === true))
      .map(({ content }) => gzipSync(content).length);
    return { what, limit, bytes: sizes.reduce((sum, size) => sum + size, 0) };
  });
}

/** "script and style 41.3 of 150 kB". */
export function line({ what, bytes, limit }: Weight): string {
  return `${what} ${(bytes / kB).toFixed(1)} of ${limit / kB} kB`;
}

/** A sentence for whoever made the page too heavy; nothing if it is not. */
export function complaint(weights: readonly Weight[]): string | undefined {
  const heavy = weights.filter(({ bytes, limit }) => bytes > limit);
  if (heavy.length === 0) return undefined;
  return `The page is too large, compressed: ${heavy.map(line).join(", ")}. Make it smaller, or justify a different limit in serving/budget.ts.`;
}

/** What a chunk needs at once, with its styles. */
interface Chunk {
  type: "chunk";
  name: string;
  imports: string[];
  dynamicImports: string[];
  isEntry: boolean;
  viteMetadata?: { importedCss: Set<string> };
}

/** The files of a bundle that only the views that are opened later need: what they import that nothing else does. */
export function onlyLater(bundle: Record<string, Chunk | { type: "asset" }>): Set<string> {
  const chunkOf = (path: string): Chunk | undefined => {
    const found = bundle[path];
    return found?.type === "chunk" ? found : undefined;
  };
  const isView = (path: string): boolean => LATER.includes(chunkOf(path)?.name ?? "");
  const reached = (from: readonly string[]): Set<string> => {
    const found = new Set<string>();
    const visit = (path: string): void => {
      const chunk = chunkOf(path);
      if (found.has(path)) return;
      found.add(path);
      if (chunk === undefined) return;
      for (const style of chunk.viteMetadata?.importedCss ?? []) found.add(style);
      chunk.imports.forEach(visit);
      chunk.dynamicImports.filter((path) => !isView(path)).forEach(visit);
    };
    from.forEach(visit);
    return found;
  };
  const paths = Object.keys(bundle);
  const first = reached(paths.filter((path) => chunkOf(path)?.isEntry === true));
  return new Set([...reached(paths.filter(isView))].filter((path) => !first.has(path)));
}

/**
 * Measures the built page and prints its size. In the mode `dev`, whose WebAssembly is not optimised, nothing fails.
 */
export function budget(): Plugin {
  let strict = true;
  return {
    name: "emascope:budget",
    apply: "build",
    configResolved({ mode }) {
      strict = mode !== "dev";
    },
    writeBundle: {
      order: "post",
      handler(_, bundle) {
        const later = onlyLater(bundle);
        const items = Object.values(bundle).map((output) => ({
          path: output.fileName,
          content: output.type === "chunk" ? output.code : output.source,
          later: later.has(output.fileName),
        }));
        const weights = weigh(items);
        this.info(`compressed: ${weights.map(line).join(", ")}`);
        const said = complaint(weights);
        if (said === undefined) return;
        if (strict) this.error(said);
        this.warn(said);
      },
    },
  };
}
