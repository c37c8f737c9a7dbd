import { type UseStore, createStore, del, get, set } from "idb-keyval";

import type { RunHistory } from "./history/runhistory";
import type { SavedState } from "./history/savedstate";
import { type ImageSource, sourceOf } from "./subset";

/**
 * A run in the browser's storage. The images it was trained on are found again by `source`: files have a store of their
 * own. The names of the fields are part of the format.
 */
export interface SavedRun extends Omit<SavedState, "files" | "history"> {
  version: 2;
  /** The run's history. */
  story: RunHistory;
  /** Milliseconds since 1970. */
  savedAt: number;
  source: ImageSource;
}

/** Storage for one run, the latest of the tab that saves. */
export interface Vault {
  /** Rejects if storage is full or forbidden. */
  write(run: SavedRun): Promise<void>;
  /** Undefined if there is none, or none in a version that this page can read. */
  read(): Promise<SavedRun | undefined>;
  clear(): Promise<void>;
}

const RUN = "run";
/** The files of version 1. */
const FILES = "files";

/** The vault in IndexedDB, which the page and its worker share. */
export function openVault(): Vault {
  let store: UseStore | undefined;
  const opened = (): UseStore => (store ??= createStore("emascope", "saved"));
  return {
    async write(run) {
      await set(RUN, run, opened());
      await del(FILES, opened());
    },
    async read() {
      const run = await get<SavedRun | (Omit<SavedRun, "version" | "source"> & { version: 1 })>(
        RUN,
        opened(),
      );
      if (run?.version === 1) {
        return { ...run, version: 2, source: sourceOf(await get<File[] | undefined>(FILES, opened())) };
      }
      // The stored version may be another one than the type says.
      return Number(run?.version) === 2 ? run : undefined;
    },
    async clear() {
      await del(RUN, opened());
      await del(FILES, opened());
    },
  };
}
