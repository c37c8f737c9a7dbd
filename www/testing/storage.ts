import type { FileStoreReader, FileStoreWriter } from "../filestore";
import type { Storage } from "../session";
import type { SavedRun } from "../vault";

/** A file whose bytes are at hand at once, as a worker's reader gives them. */
export class MemoryFile extends File {
  readonly #bytes: Uint8Array<ArrayBuffer>;

  constructor(bytes: Uint8Array<ArrayBuffer>, name: string) {
    super([bytes], name, { lastModified: 0 });
    this.#bytes = bytes;
  }

  override slice(start?: number, end?: number): MemoryFile {
    return new MemoryFile(this.#bytes.slice(start, end), this.name);
  }

  now(): Uint8Array {
    return this.#bytes;
  }
}

/** Reads a {@link MemoryFile}; any other can't be read at once here. */
export function readNow(blob: Blob): Uint8Array {
  if (blob instanceof MemoryFile) return blob.now();
  throw new DOMException("The file has gone.", "NotReadableError");
}

/** A store of files that a test can look into, and that holds nothing at first. */
export class FakeFileStore implements FileStoreReader, FileStoreWriter {
  kept: readonly File[] | undefined;
  /** Sets of files that were written. */
  writes = 0;
  /** Why nothing can be kept. */
  failure: Error | undefined;

  store(files: readonly File[]): Promise<{ name: string; count: number; bytes: number }> {
    if (this.failure !== undefined) return Promise.reject(this.failure);
    this.kept = files;
    this.writes += 1;
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    return Promise.resolve({ name: files[0]?.name ?? "", count: files.length, bytes });
  }
  read(): Promise<File[] | undefined> {
    return Promise.resolve(this.kept === undefined ? undefined : [...this.kept]);
  }
  delete(): Promise<void> {
    this.kept = undefined;
    return Promise.resolve();
  }
}

/** Storage that a session finds empty, with parts of its own where a test looks at them. */
export function fakeStorage(parts: Partial<Storage> = {}): Storage {
  const vault = {
    write: (): Promise<void> => Promise.resolve(),
    read: (): Promise<SavedRun | undefined> => Promise.resolve(undefined),
    clear: (): Promise<void> => Promise.resolve(),
  };
  return { vault, files: new FakeFileStore(), readBlobSync: readNow, ...parts };
}
