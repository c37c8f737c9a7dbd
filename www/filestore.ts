/** The data files that the browser keeps, for people to read. */
export interface StoredFiles {
  /** The first file's name. */
  name: string;
  count: number;
  bytes: number;
}

/**
 * Storage for the reader's own data files; it holds one set of files.
 *
 * Each set has a folder of its own in the origin's private file system (OPFS), and the folder a manifest that is written
 * last: a folder without one is what was left of a copy that was interrupted. Sets that others took the place of are deleted
 * as soon as no tab has opened them, which the tab's shared lock indicates.
 */
export interface FileSystem {
  /** The folder in which it creates its own. */
  root: () => Promise<FileSystemDirectoryHandle>;
  locks: Pick<LockManager, "request">;
}

/** The worker's side of the place, where files can be written in every browser. */
export interface FileStoreWriter {
  /** Keeps these files in the place of others, if they aren't kept already. Rejects where storage is full or forbidden. */
  store(files: readonly File[]): Promise<StoredFiles>;
}

/** The page's side. */
export interface FileStoreReader {
  /** Nothing where none are kept, or not all of them to the last byte. */
  read(): Promise<File[] | undefined>;
  /** Deletes them, whoever is using them. */
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

/** An interface that only workers have, missing from the types of pages. */
interface Writable extends FileSystemFileHandle {
  createSyncAccessHandle(): Promise<{
    write(bytes: Uint8Array, options: { at: number }): number;
    flush(): void;
    close(): void;
  }>;
}

const ROOT = "data";
const MANIFEST = "manifest.json";
/** Of the manifest: one of a later version is not read. */
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

/** Asks the browser not to clear the page's storage. A browser that refuses keeps it while there is room. */
export function requestPersistence(): void {
  // Missing where the page is not served safely.
  if ("storage" in navigator) navigator.storage.persist().catch(() => undefined);
}

/** This browser's. */
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
          // Later than what it takes the place of, even where the clock was put back.
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
      // If no tab is copying, anything incomplete is left over from a copy.
      await place.locks.request(LOCK, { ifAvailable: true }, async (lock) => {
        if (lock !== null) await deleteUnused(place, data, kept?.folder);
      });
      if (kept === undefined || !(await lockShared(place, kept.folder))) return undefined;
      // Another tab may have deleted it before it was shared.
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

/** Resolves with whether the folder is now this tab's too, until the tab is closed. */
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

/** Deletes every other folder that no tab has open. */
async function deleteUnused(
  { locks }: FileSystem,
  data: FileSystemDirectoryHandle,
  but: string | undefined,
): Promise<void> {
  for (const folder of await folders(data)) {
    if (folder === but) continue;
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

/** Of the sets that are whole, the one that was kept last. */
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
    // A manifest cut short, or a folder that another tab is deleting.
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

/** Copies in pieces. The other way to write, `createWritable`, Safari has from version 26 only. */
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

/** Files that can't be deleted now are deleted when other files are stored. */
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
