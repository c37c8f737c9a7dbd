import { type UseStore, createStore, del, entries, get, keys, set } from "idb-keyval";

import type { SavedRun } from "../vault";
import { type KeptRun, isKept } from "./run";

/** Where the runs of this browser are kept; every operation rejects where the browser forbids storage or has no room. */
export interface RunStore {
  runs(): Promise<KeptRun[]>;
  write(run: KeptRun): Promise<void>;
  remove(id: string): Promise<void>;
  /** The runs that have a checkpoint, by id, with its size in bytes. */
  checkpoints(): Promise<Map<string, number>>;
  checkpoint(id: string): Promise<SavedRun | undefined>;
  writeCheckpoint(id: string, saved: SavedRun): Promise<void>;
  removeCheckpoint(id: string): Promise<void>;
}

/** The store in IndexedDB: rows and checkpoints apart, so that the table is read without them. */
export function openRunStore(): RunStore {
  const opened = new Map<string, UseStore>();
  const store = (name: string): UseStore => {
    const known = opened.get(name) ?? createStore(`emascope-${name}`, name);
    opened.set(name, known);
    return known;
  };
  return {
    async runs() {
      const all = await entries<string, unknown>(store("runs"));
      return all.map(([, run]) => run).filter(isKept);
    },
    write: (run) => set(run.id, run, store("runs")),
    remove: (id) => del(id, store("runs")),
    async checkpoints() {
      const ids = await keys<string>(store("checkpoints"));
      const sizes = await Promise.all(
        ids.map(async (id): Promise<[string, number]> => {
          const saved = await get<SavedRun>(id, store("checkpoints"));
          return [id, saved?.checkpoint.size ?? 0];
        }),
      );
      return new Map(sizes);
    },
    async checkpoint(id) {
      const saved = await get<SavedRun>(id, store("checkpoints"));
      return Number(saved?.version) === 2 ? saved : undefined;
    },
    writeCheckpoint: (id, saved) => set(id, saved, store("checkpoints")),
    removeCheckpoint: (id) => del(id, store("checkpoints")),
  };
}
