import { type UseStore, createStore, del, entries, get, keys, set, update } from "idb-keyval";

import type { SavedRun } from "../vault";
import { type KeptRun, isKept } from "./run";

/** What is known of a checkpoint without opening it. */
export interface CheckpointFacts {
  step: number;
  bytes: number;
}

/** Where the runs of this browser are kept; every operation rejects where the browser forbids storage or has no room. */
export interface RunStore {
  runs(): Promise<KeptRun[]>;
  /** Writes a run; its name stays as it is stored, because another tab may have changed it. */
  write(run: KeptRun): Promise<void>;
  /** Writes the name of a run; the rest stays as it is stored, because the run may go on in another tab. */
  writeName(run: KeptRun): Promise<void>;
  /** Takes the first number, from `wanted` on, that no tab has taken. */
  claim(wanted: number): Promise<number>;
  remove(id: string): Promise<void>;
  /** The runs that have a checkpoint, by id. */
  checkpoints(): Promise<Map<string, CheckpointFacts>>;
  checkpoint(id: string): Promise<SavedRun | undefined>;
  writeCheckpoint(id: string, saved: SavedRun): Promise<void>;
  removeCheckpoint(id: string): Promise<void>;
}

/** The key, among those of the runs, of the last number that was taken. */
const LAST_NUMBER = "last-number";

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
    write: (run) => update<KeptRun>(run.id, (stored = run) => ({ ...run, name: stored.name }), store("runs")),
    writeName: (run) =>
      update<KeptRun>(run.id, (stored = run) => ({ ...stored, name: run.name }), store("runs")),
    async claim(wanted) {
      let number = wanted;
      await update<number>(LAST_NUMBER, (last = 0) => (number = Math.max(last + 1, wanted)), store("runs"));
      return number;
    },
    remove: (id) => del(id, store("runs")),
    async checkpoints() {
      const ids = await keys<string>(store("checkpoints"));
      const facts = await Promise.all(
        ids.map(async (id): Promise<[string, CheckpointFacts]> => {
          const saved = await get<SavedRun>(id, store("checkpoints"));
          return [id, { step: saved?.step ?? 0, bytes: saved?.checkpoint.size ?? 0 }];
        }),
      );
      return new Map(facts);
    },
    async checkpoint(id) {
      const saved = await get<SavedRun>(id, store("checkpoints"));
      return Number(saved?.version) === 2 ? saved : undefined;
    },
    writeCheckpoint: (id, saved) => set(id, saved, store("checkpoints")),
    removeCheckpoint: (id) => del(id, store("checkpoints")),
  };
}
