/** Files that are read of what is dropped, at most: CIFAR-10 has eight, and a folder may hold everything somebody owns. */
const MOST_FILES = 1000;

/** Why something dropped was not read. */
export type Refusal = "too-many" | "unreadable";

/** Something dropped that is not read, by its name. */
export class NotRead extends Error {
  readonly why: Refusal;

  constructor(name: string, why: Refusal) {
    super(name);
    this.why = why;
  }
}

/**
 * The files of a drop, those in folders included, in the order of their paths. To be called while the event is handled:
 * afterwards a browser no longer reveals what was dropped.
 */
export async function droppedFiles(transfer: DataTransfer): Promise<File[]> {
  const items = [...transfer.items].filter((item) => item.kind === "file");
  // An item that a script made, or an old browser's, has no entry.
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

/** @param dropped what the reader dropped, for the message */
async function collect(entry: FileSystemEntry, dropped: string, files: File[]): Promise<void> {
  try {
    if (isFile(entry)) {
      if (files.length >= MOST_FILES) throw new NotRead(dropped, "too-many");
      files.push(await fileOf(entry));
    } else if (isFolder(entry)) {
      const inside = await entriesOf(entry.createReader(), dropped);
      inside.sort((a, b) => (a.name < b.name ? -1 : 1));
      for (const one of inside) await collect(one, dropped, files);
    }
  } catch (thrown) {
    throw thrown instanceof NotRead ? thrown : new NotRead(entry.name, "unreadable");
  }
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => {
    entry.file(resolve, reject);
  });
}

/** All entries of a folder, of which a browser gives some at a time. */
async function entriesOf(reader: FileSystemDirectoryReader, dropped: string): Promise<FileSystemEntry[]> {
  const entries: FileSystemEntry[] = [];
  for (;;) {
    const more = await new Promise<FileSystemEntry[]>((resolve, reject) => {
      reader.readEntries(resolve, reject);
    });
    if (more.length === 0) return entries;
    entries.push(...more);
    if (entries.length > MOST_FILES) throw new NotRead(dropped, "too-many");
  }
}

function isFile(entry: FileSystemEntry): entry is FileSystemFileEntry {
  return entry.isFile;
}

function isFolder(entry: FileSystemEntry): entry is FileSystemDirectoryEntry {
  return entry.isDirectory;
}
