/** A description of the data files stored in the browser. */
export interface StoredFiles {
  /** The first file's name. */
  name: string;
  count: number;
  bytes: number;
}

/**
 * The file system and locks of a store for the reader's own data files. The store holds one set of files.
 *
 * Each set has its own folder in the origin private file system (OPFS), with a manifest that is written last: a folder
 * without a manifest is an interrupted copy. A replaced set is deleted once no tab uses it; a tab that does holds a
 * shared lock.
 */
export interface FileSystem {
  /** The folder that contains the store. */
  root: () => Promise<FileSystemDirectoryHandle>;
  locks: Pick<LockManager, "request">;
}

/** The worker's side of the store: only workers can write files in every browser. */
export interface FileStoreWriter {
  /** Stores these files and replaces any others. Rejects if storage is full or forbidden. */
  store(files: readonly File[]): Promise<StoredFiles>;
}

/** The page's side of the store. */
export interface FileStoreReader {
  /** The stored files; undefined if there are none, or if a part of them is missing. */
  read(): Promise<File[] | undefined>;
  /** Deletes the files, even if another tab uses them. */
  delete(): Promise<void>;
}

interface Entry {
  name: string;
  size: number;
  lastModified: number;
}

interface Manifest {
  version: number;
  /** Milliseconds since 1970. */
  savedAt: number;
  files: Entry[];
}

/** A set of files in the store. */
interface StoredSet {
  folder: string;
  savedAt: number;
  files: File[];
}

/** Only workers have this method, so it is missing from the types of pages. */
interface Writable extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{
    write(bytes: Uint8Array, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

const ROOT = "data";
const MANIFEST = "manifest.json";
/** The version of the manifest; other versions are not read. */
const VERSION = 1;
const LOCK = "emascope.data";
const CHUNK = 4 << 20;

/** A readable description of a set of files. */
export function describeFiles(files: readonly File[]): StoredFiles {
  return { name: files[0]?.name ?? "", count: files.length, bytes: totalBytes(files) };
}

export function totalBytes(files: readonly File[]): number {
  return files.reduce((sum, { size }) => sum + size, 0);
}

/** Asks the browser not to clear the page's storage. If it refuses, it may do so when the disk is full. */
export function requestPersistence(): void {
  // Missing outside secure contexts.
  if ("storage" in navigator) navigator.storage.persist().catch(() => undefined);
}

/** The file system and locks of this browser. */
export function browserFileSystem(): FileSystem {
  return { root: () => navigator.storage.getDirectory(), locks: navigator.locks };
}

export function fileStoreWriter(place: FileSystem): FileStoreWriter {
  return {
    async store(files) {
      await place.locks.request(LOCK, async () => {
        const data = await open(place);
        const before = await latestSet(data);
        if (before !== undefined && sameFiles(before.files, files)) return;
        const folder = crypto.randomUUID();
        try {
          // Later than the set it replaces, even if the clock was set back.
          const savedAt = Math.max(Date.now(), (before?.savedAt ?? 0) + 1);
          await write(await data.getDirectoryHandle(folder, { create: true }), files, savedAt);
        } catch (thrown) {
          await deleteFolder(data, folder);
          throw thrown;
        }
        await deleteUnused(place, data, folder);
      });
      return describeFiles(files);
    },
  };
}

export function fileStoreReader(place: FileSystem): FileStoreReader {
  return {
    async read() {
      const data = await open(place);
      const kept = await latestSet(data);
      // If no tab is copying, every incomplete set is an interrupted copy.
      await place.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
        if (lock !== null) await deleteUnused(place, data, kept?.folder);
      });
      if (kept === undefined || !(await lockShared(place, kept.folder))) return undefined;
      // Another tab may have deleted it before the lock was taken.
      return (await readFolder(data, kept.folder))?.files;
    },
    async delete() {
      await place.locks.request(LOCK, async () => {
        const root = await place.root();
        await root.removeEntry(ROOT, { recursive: true }).catch((thrown: unknown) => {
          if (!isMissing(thrown)) throw thrown;
        });
      });
    },
  };
}

async function open({ root }: FileSystem): Promise<FileSystemDirectoryHandle> {
  return (await root()).getDirectoryHandle(ROOT, { create: true });
}

/** Takes a shared lock on the folder, until the tab is closed. Resolves with whether that succeeded. */
function lockShared({ locks }: FileSystem, folder: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options: LockOptions = { mode: "shared", ifAvailable: true };
    locks
      .request(`${LOCK}/${folder}`, options, (lock) => {
        resolve(lock !== null);
        return lock === null ? undefined : new Promise(() => undefined);
      })
      .catch(reject);
  });
}

/** Deletes the folders that no tab uses, except one. */
async function deleteUnused(
  { locks }: FileSystem,
  data: FileSystemDirectoryHandle,
  except: string | undefined,
): Promise<void> {
  for (const folder of await folders(data)) {
    if (folder === except) continue;
    await locks.request(`${LOCK}/${folder}`, { ifAvailable: true }, async (lock) => {
      if (lock !== null) await deleteFolder(data, folder);
    });
  }
}

async function folders(data: FileSystemDirectoryHandle): Promise<string[]> {
  const names: string[] = [];
  for await (const [name, { kind }] of data.entries()) if (kind === "directory") names.push(name);
  return names;
}

/** The latest complete set. */
async function latestSet(data: FileSystemDirectoryHandle): Promise<StoredSet | undefined> {
  const kept = await Promise.all((await folders(data)).map((folder) => readFolder(data, folder)));
  const whole = kept.filter((one) => one !== undefined);
  return whole.sort((a, b) => b.savedAt - a.savedAt)[0];
}

async function readFolder(data: FileSystemDirectoryHandle, folder: string): Promise<StoredSet | undefined> {
  try {
    const handle = await data.getDirectoryHandle(folder);
    const get = async (name: string): Promise<File> => (await handle.getFileHandle(name)).getFile();
    const { version, savedAt, files } = JSON.parse(await (await get(MANIFEST)).text()) as Manifest;
    if (version !== VERSION) return undefined;
    const read = files.map(async ({ name, size, lastModified }, k) => {
      const file = await get(String(k));
      return file.size === size ? new File([file], name, { lastModified }) : undefined;
    });
    const found = (await Promise.all(read)).filter((file) => file !== undefined);
    return found.length === files.length ? { folder, savedAt, files: found } : undefined;
  } catch (thrown) {
    // The manifest is incomplete, or another tab is deleting the folder.
    if (thrown instanceof SyntaxError || isMissing(thrown)) return undefined;
    throw thrown;
  }
}

async function write(
  folder: FileSystemDirectoryHandle,
  files: readonly File[],
  savedAt: number,
): Promise<void> {
  for (const [k, file] of files.entries()) await copy(file, folder, String(k));
  const entries = files.map(({ name, size, lastModified }) => ({ name, size, lastModified }));
  const manifest: Manifest = { version: VERSION, savedAt, files: entries };
  await copy(new Blob([JSON.stringify(manifest)]), folder, MANIFEST);
}

/** Copies in pieces. `createWritable` would be simpler, but Safari has it only since version 26. */
async function copy(from: Blob, folder: FileSystemDirectoryHandle, name: string): Promise<void> {
  const handle = (await folder.getFileHandle(name, { create: true })) as Writable;
  const access = await handle.createSyncAccessHandle();
  try {
    for (let at = 0; at < from.size; at += CHUNK) {
      const chunk = new Uint8Array(await from.slice(at, at + CHUNK).arrayBuffer());
      if (access.write(chunk, { at }) < chunk.length) {
        throw new DOMException("the file could not be written in full", "QuotaExceededError");
      }
    }
    access.flush();
  } finally {
    access.close();
  }
}

/** Deletes a folder. If that fails, it is tried again when other files are stored. */
async function deleteFolder(data: FileSystemDirectoryHandle, folder: string): Promise<void> {
  await data.removeEntry(folder, { recursive: true }).catch(() => undefined);
}

function isMissing(thrown: unknown): boolean {
  return thrown instanceof DOMException && thrown.name === "NotFoundError";
}

function sameFiles(kept: readonly File[], files: readonly File[]): boolean {
  const mark = ({ name, size, lastModified }: File): string => JSON.stringify([name, size, lastModified]);
  return kept.length === files.length && kept.every((file, k) => mark(file) === mark(files[k] ?? file));
}
