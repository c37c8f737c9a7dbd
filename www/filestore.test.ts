import { beforeEach, expect, test } from "vitest";

import {
  type FileStoreReader,
  type FileStoreWriter,
  type FileSystem,
  fileStoreReader,
  fileStoreWriter,
} from "./filestore";

const missing = (): DOMException => new DOMException("not there", "NotFoundError");

/** A folder of a private file system, as far as the store uses it. */
class Folder {
  readonly kind = "directory";
  readonly entriesByName = new Map<string, Folder | Stored>();
  /** Bytes that still fit, of the whole file system. */
  readonly room: { bytes: number };

  constructor(room: { bytes: number }) {
    this.room = room;
  }
  getDirectoryHandle(name: string, { create = false } = {}): Promise<Folder> {
    let entry = this.entriesByName.get(name);
    if (entry === undefined && create) this.entriesByName.set(name, (entry = new Folder(this.room)));
    return entry instanceof Folder ? Promise.resolve(entry) : Promise.reject(missing());
  }
  getFileHandle(name: string, { create = false } = {}): Promise<Stored> {
    let entry = this.entriesByName.get(name);
    if (entry === undefined && create) this.entriesByName.set(name, (entry = new Stored(this.room)));
    return entry instanceof Stored ? Promise.resolve(entry) : Promise.reject(missing());
  }
  removeEntry(name: string): Promise<void> {
    return this.entriesByName.delete(name) ? Promise.resolve() : Promise.reject(missing());
  }
  // A real one is asynchronous.
  // eslint-disable-next-line @typescript-eslint/require-await
  async *entries(): AsyncGenerator<[string, Folder | Stored]> {
    yield* [...this.entriesByName];
  }
}

class Stored {
  readonly kind = "file";
  readonly room: { bytes: number };
  bytes = new Uint8Array();

  constructor(room: { bytes: number }) {
    this.room = room;
  }
  getFile(): Promise<File> {
    return Promise.resolve(new File([this.bytes], "", { lastModified: 1e12 }));
  }
  createSyncAccessHandle(): Promise<object> {
    return Promise.resolve({
      write: (bytes: Uint8Array, { at }: { at: number }): number => {
        if (bytes.length > this.room.bytes) throw new DOMException("no room", "QuotaExceededError");
        this.room.bytes -= bytes.length;
        const longer = new Uint8Array(Math.max(this.bytes.length, at + bytes.length));
        longer.set(this.bytes);
        longer.set(bytes, at);
        this.bytes = longer;
        return bytes.length;
      },
      flush: () => undefined,
      close: () => undefined,
    });
  }
}

/** Locks of one tab or several: shared ones stay with whoever has them. */
class Locks {
  readonly shared = new Set<string>();
  readonly held = new Set<string>();
  async request(
    name: string,
    ...rest: [(lock: object) => unknown] | [LockOptions, (lock: object | null) => unknown]
  ): Promise<unknown> {
    const [options, callback] = rest.length === 1 ? [{}, rest[0]] : rest;
    if (options.mode === "shared") {
      this.shared.add(name);
      return callback({});
    }
    const taken = this.held.has(name) || this.shared.has(name);
    if (taken && options.ifAvailable === true) return (callback as (lock: null) => unknown)(null);
    this.held.add(name);
    try {
      return await callback({});
    } finally {
      this.held.delete(name);
    }
  }
}

let root: Folder;
let locks: Locks;
const room = { bytes: 0 };

beforeEach(() => {
  room.bytes = 1e9;
  root = new Folder(room);
  locks = new Locks();
});

/** The store of a tab; all tabs have the same files. */
function open(): FileStoreReader & FileStoreWriter {
  const place: FileSystem = {
    root: () => Promise.resolve(root as unknown as FileSystemDirectoryHandle),
    locks: locks as unknown as LockManager,
  };
  return { ...fileStoreReader(place), ...fileStoreWriter(place) };
}

const file = (name: string, text: string, lastModified = 5): File => new File([text], name, { lastModified });
const folders = (): Folder[] =>
  [...((root.entriesByName.get("data") as Folder | undefined)?.entriesByName.values() ?? [])] as Folder[];
const texts = async (files: File[] | undefined): Promise<string[] | undefined> =>
  files === undefined ? undefined : Promise.all(files.map((file) => file.text()));

test("files come back as they were, with their names and times", async () => {
  const kept = await open().store([file("a.bin", "one"), file("b.bin", "three")]);
  expect(kept).toEqual({ name: "a.bin", count: 2, bytes: 8 });
  const files = await open().read();
  expect(await texts(files)).toEqual(["one", "three"]);
  expect(files?.map(({ name, lastModified }) => [name, lastModified])).toEqual([
    ["a.bin", 5],
    ["b.bin", 5],
  ]);
});

test("a file of many pieces is stored to the last byte", async () => {
  const bytes = new Uint8Array((9 << 20) + 1).map((_, k) => k % 251);
  await open().store([new File([bytes], "large.bin")]);
  const [file] = (await open().read()) ?? [];
  const kept = await file?.arrayBuffer();
  expect(kept !== undefined && Buffer.from(kept).equals(bytes)).toBe(true);
});

test("the same files are not written again; others replace them", async () => {
  const store = open();
  await store.store([file("a.bin", "one")]);
  const left = room.bytes;
  await store.store([file("a.bin", "one")]);
  expect(room.bytes).toBe(left);
  await store.store([file("a.bin", "two", 6)]);
  expect(folders()).toHaveLength(1);
  expect(await texts(await store.read())).toEqual(["two"]);
});

test("files stay while a tab uses them", async () => {
  await open().store([file("a.bin", "one")]);
  await open().read();
  await open().store([file("b.bin", "two")]);
  expect(folders()).toHaveLength(2);
  expect(await texts(await open().read())).toEqual(["two"]);
  locks.shared.clear();
  await open().read();
  expect(folders()).toHaveLength(1);
});

test("the remains of an interrupted copy are not read, and are deleted", async () => {
  await open().store([file("a.bin", "one"), file("b.bin", "two")]);
  const [folder] = folders();
  const manifest = folder?.entriesByName.get("manifest.json") as Stored;
  const cuts: (() => void)[] = [
    () => folder?.entriesByName.delete("manifest.json"),
    () => folder?.entriesByName.set("manifest.json", manifest),
    () => (manifest.bytes = manifest.bytes.slice(0, -5)),
  ];
  cuts[0]?.();
  // Another tab is copying: what is not whole may be its own.
  locks.held.add("emascope.data");
  expect(await open().read()).toBeUndefined();
  expect(folders()).toHaveLength(1);
  locks.held.clear();
  cuts[1]?.();
  expect(await texts(await open().read())).toEqual(["one", "two"]);
  locks.shared.clear();
  cuts[2]?.();
  expect(await open().read()).toBeUndefined();
  expect(folders()).toHaveLength(0);
});

test("a stored file that became shorter is not accepted", async () => {
  await open().store([file("a.bin", "one")]);
  const stored = folders()[0]?.entriesByName.get("0") as Stored;
  stored.bytes = stored.bytes.slice(1);
  expect(await open().read()).toBeUndefined();
});

test("full storage leaves the previous files, and nothing of the new ones", async () => {
  const store = open();
  await store.store([file("a.bin", "one")]);
  room.bytes = 4;
  await expect(store.store([file("b.bin", "four"), file("c.bin", "x")])).rejects.toMatchObject({
    name: "QuotaExceededError",
  });
  expect(folders()).toHaveLength(1);
  expect(await texts(await store.read())).toEqual(["one"]);
});

test("deleting removes all files, even those in use, and can be done twice", async () => {
  const store = open();
  await store.store([file("a.bin", "one")]);
  await store.read();
  await store.delete();
  await store.delete();
  expect(root.entriesByName.size).toBe(0);
  expect(await store.read()).toBeUndefined();
});

test("a browser without a private file system reports its own error", async () => {
  const refused = new DOMException("private", "SecurityError");
  const place: FileSystem = {
    root: () => Promise.reject(refused),
    locks: locks as unknown as LockManager,
  };
  await expect(fileStoreWriter(place).store([file("a.bin", "one")])).rejects.toBe(refused);
  await expect(fileStoreReader(place).read()).rejects.toBe(refused);
});
