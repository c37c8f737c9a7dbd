/** The sheets of the subset's images in `data/cifar10`, by their path. */
const sheets = import.meta.glob<string>("../data/cifar10/*.webp", {
  query: "?url",
  import: "default",
  eager: true,
});
const FOLDER = "cifar10-subset/";

/** Bytes of all sheets, set by the build. */
declare const __SUBSET_BYTES__: number | undefined;
const TOTAL = typeof __SUBSET_BYTES__ === "undefined" ? 0 : __SUBSET_BYTES__;

/** Whether the page was built with the subset. */
export const hasSubset = Object.keys(sheets).length > 0;

/** The sources of images that a link can name. */
export type ImageSource = "synthetic" | "subset" | "file";
export const sources: readonly ImageSource[] = ["synthetic", "subset", "file"];

/** The data set the page opens with. */
export const defaultSource: ImageSource = hasSubset ? "subset" : "synthetic";

/** Name of the cache for the sheets of a page in this folder; the service worker caches the rest under other names. */
const cacheName = (): string => `emascope images ${new URL("./", location.href).href}`;
/** Missing where the page is not served safely. */
const caches = globalThis.caches as CacheStorage | undefined;

/** Receives the number of bytes so far and in all. */
export type OnProgress = (done: number, total: number) => void;

/** The images that come with the page. */
export interface Subset {
  /** Rejects where they cannot be had. */
  fetch(progress: OnProgress): Promise<File[]>;
  /** The downloaded file is damaged. */
  forget(): void;
}

let fetched: File[] | undefined;

/** The sheets as files. They are kept for the next visit, with or without a network, and at hand once they were fetched. */
export async function fetchSubset(progress: OnProgress = () => undefined): Promise<File[]> {
  if (fetched !== undefined) return fetched;
  let done = 0;
  const came = (bytes: number): void => {
    done += bytes;
    progress(done, Math.max(done, TOTAL));
  };
  came(0);
  const cache = await openCache();
  fetched = await Promise.all(
    Object.entries(sheets).map(async ([path, address]) => {
      const name = path.slice(path.lastIndexOf("/") + 1);
      const kept = await cache?.match(address);
      const blob = kept === undefined ? await fetchBlob(address, came) : await kept.blob();
      if (kept === undefined) await keep(cache, address, blob);
      else came(blob.size);
      return new File([blob], FOLDER + name);
    }),
  );
  return fetched;
}

/** Forgets what was fetched, which turned out to be something else. */
export function forgetSubset(): void {
  fetched = undefined;
  // Whatever a browser cannot delete here, it evicts by itself later.
  caches?.delete(cacheName()).catch(() => undefined);
}

/** The cache of the sheets, without those of an earlier build; nothing where the browser forbids it. */
async function openCache(): Promise<Cache | undefined> {
  try {
    const cache = await caches?.open(cacheName());
    if (cache === undefined) return undefined;
    const wanted = Object.values(sheets).map((address) => new URL(address, location.href).href);
    const old = (await cache.keys()).filter(({ url }) => !wanted.includes(url));
    await Promise.all(old.map((request) => cache.delete(request)));
    return cache;
  } catch {
    return undefined;
  }
}

async function keep(cache: Cache | undefined, address: string, blob: Blob): Promise<void> {
  // Full storage costs only the copy.
  await cache?.put(address, new Response(blob)).catch(() => undefined);
}

async function fetchBlob(address: string, came: (bytes: number) => void): Promise<Blob> {
  const response = await fetch(address);
  if (!response.ok || response.body === null) throw new Error(`${address}: ${response.status}`);
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  const reader = response.body.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces);
    pieces.push(value);
    came(value.byteLength);
  }
}

/** Whether these files are the subset. */
export function isSubset(files: readonly File[]): boolean {
  return files[0]?.name.startsWith(FOLDER) === true;
}

/** The source of a run's images, by its files. */
export function sourceOf(files: readonly File[] | undefined): ImageSource {
  if (files === undefined) return "synthetic";
  return isSubset(files) ? "subset" : "file";
}
