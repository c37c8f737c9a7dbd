import { type DataFiles, type EngineModule, toEngineError } from "../engine";
import { totalBytes } from "../filestore";
import type { ReadProgress } from "../protocol";

/** Milliseconds between two reports, at least. */
const REPORT_INTERVAL = 100;

/** The bytes of a blob, at once: the engine asks for them while it unpacks. */
export type ReadBlobSync = (blob: Blob) => Uint8Array;

export interface ReadListener {
  now(): number;
  /** Where the reading is; null when all is read. */
  report(reading: ReadProgress | null): void;
  /** Whether what is read is still wanted. */
  isWanted(): boolean;
}

/**
 * Hands files to the engine one after the other, each in pieces, so that no more than a piece of them is here. Resolves
 * with nothing when they were not wanted any more.
 */
export async function readFiles(
  module: EngineModule,
  files: readonly File[],
  readNow: ReadBlobSync,
  listener: ReadListener,
): Promise<DataFiles | undefined> {
  const total = totalBytes(files);
  let before = 0;
  let reported = -Infinity;
  const report = (name: string, done: number): void => {
    const now = listener.now();
    if (now - reported < REPORT_INTERVAL) return;
    reported = now;
    listener.report({ name, done, total });
  };
  const data = new module.Files();
  try {
    for (const file of files) {
      // What the reader chose meanwhile is heard between two files.
      await new Promise((resolve) => setTimeout(resolve));
      if (!listener.isWanted()) {
        data.free();
        return undefined;
      }
      push(data, file, (blob, offset) => {
        report(file.name, before + offset);
        return readNow(blob);
      });
      before += file.size;
    }
  } catch (thrown) {
    data.free();
    throw thrown;
  }
  listener.report(null);
  return data;
}

function push(data: DataFiles, file: File, read: (blob: Blob, offset: number) => Uint8Array): void {
  let failure: { thrown: unknown } | undefined;
  try {
    data.push(file.name, file.size, (offset, length) => {
      try {
        return read(file.slice(offset, offset + length), offset);
      } catch (thrown) {
        failure = { thrown };
        throw thrown;
      }
    });
  } catch (thrown) {
    if (failure === undefined) throw thrown;
    // Why the browser can't read it says more than that the engine got no bytes.
    const { message } = toEngineError(failure.thrown);
    throw Object.assign(new Error(`${file.name}: ${message}`), { name: "BadFile" });
  }
}
