import { type UseStore, createStore, del, get, setMany } from "idb-keyval";

import type { Kept } from "./session/keeper";

/** A run in the browser's storage. */
export interface SavedRun extends Kept {
  version: 1;
  /** Milliseconds since 1970. */
  savedAt: number;
}

/** Where the last run is stored; there is one place, for one tab at a time. */
export interface Vault {
  /** Rejects where storage is full or forbidden. */
  write(run: SavedRun): Promise<void>;
  /** Nothing where there is none, or none that this page understands. */
  read(): Promise<SavedRun | undefined>;
  clear(): Promise<void>;
}

const RUN = "run";
const FILES = "files";

/** The vault in IndexedDB, which the page and its worker share. */
export function openVault(): Vault {
  let store: UseStore | undefined;
  const opened = (): UseStore => (store ??= createStore("emascope", "saved"));
  // The images are many times as large as a run, and stay the same.
  let written: File[] | undefined;
  return {
    async write({ files, ...run }) {
      const entries: [string, unknown][] = [[RUN, run]];
      if (files === undefined || files !== written) entries.push([FILES, files]);
      await setMany(entries, opened());
      written = files;
    },
    async read() {
      const run = await get<Omit<SavedRun, "files">>(RUN, opened());
      if (run?.version !== 1) return undefined;
      written = undefined;
      return { ...run, files: await get<File[] | undefined>(FILES, opened()) };
    },
    async clear() {
      await del(RUN, opened());
      await del(FILES, opened());
      written = undefined;
    },
  };
}
