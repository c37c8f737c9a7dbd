import { type DataFiles, type EngineModule, toEngineError } from "../engine";
import { totalBytes } from "../filestore";
import type { ReadProgress } from "../protocol";

/** The least time between two progress reports, in milliseconds. */
const REPORT_INTERVAL = 100;

/** Reads the bytes of a blob synchronously: the engine requests them while it unpacks. */
export type ReadBlobSync = (blob: Blob) => Uint8Array;

export interface ReadListener {
  now(): number;
  /** The progress; null once everything is read. */
  report(reading: ReadProgress | null): void;
  /** Whether the files are still needed. */
  isWanted(): boolean;
}

/**
 * Passes files to the engine one after the other, each in pieces, so that only one piece is in memory at a time.
 * Resolves with undefined if they are no longer wanted.
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
      // Lets the worker receive commands between two files.
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
    // The browser's reason is more useful than the engine's, which only knows that no bytes came.
    const { message } = toEngineError(failure.thrown);
    throw Object.assign(new Error(`${file.name}: ${message}`), { name: "BadFile" });
  }
}
