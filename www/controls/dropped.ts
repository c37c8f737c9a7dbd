/** The most files read from a drop: CIFAR-10 has eight, and a dropped folder may contain far more. */
const MOST_FILES = 1000;

/** Why something dropped was not read. */
export type DropFailure = "too-many" | "unreadable";

/** The error of a dropped file or folder that was not read; the message is its name. */
export class DropError extends Error {
  readonly why: DropFailure;

  constructor(name: string, why: DropFailure) {
    super(name);
    this.why = why;
  }
}

/**
 * The files of a drop, including those in folders, in the order of their paths. Must be called while the event is being
 * handled: afterwards the browser no longer gives access to the dropped items.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  // Items created by a script, and items in old browsers, have no entry.
  const found = items.map((item) => ({ entry: entryOf(item), file: item.getAsFile() }));
  const files: File[] = [];
  for (const { entry, file } of found) {
    if (entry !== null) await collect(entry, entry.name, files);
    else if (file !== null) files.push(file);
  }
  return files;
}

function entryOf(item: DataTransferItem): FileSystemEntry | null {
  return "webkitGetAsEntry" in item ? item.webkitGetAsEntry() : null;
}

/** @param dropped the name of the dropped item, for the message */
async function collect(entry: FileSystemEntry, dropped: string, files: File[]): Promise<void> {
  try {
    if (isFile(entry)) {
      if (files.length >= MOST_FILES) throw new DropError(dropped, "too-many");
      files.push(await fileOf(entry));
    } else if (isFolder(entry)) {
      const inside = await entriesOf(entry.createReader(), dropped);
      inside.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const one of inside) await collect(one, dropped, files);
    }
  } catch (thrown) {
    throw thrown instanceof DropError ? thrown : new DropError(entry.name, "unreadable");
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}

/** All entries of a folder, which the browser returns a few at a time. */
async function entriesOf(reader: FileSystemDirectoryReader, dropped: string): Promise<FileSystemEntry[]> {
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const more = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (more.length === 0) return entries;
    entries.push(...more);
    if (entries.length > MOST_FILES) throw new DropError(dropped, "too-many");
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
