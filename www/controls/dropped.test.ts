import { expect, test } from "vitest";

import { DropError, droppedFiles } from "./dropped";

interface Tree {
  [name: string]: Tree | string;
}

function entry(name: string, content: Tree | string): object {
  if (content === "unreadable") {
    return {
      name,
      isFile: true,
      isDirectory: false,
      file: (_: unknown, fail: (error: Error) => void) => {
        fail(new Error("no"));
      },
    };
  }
  if (typeof content === "string") {
    const file = new File([content], name);
    return {
      name,
      isFile: true,
      isDirectory: false,
      file: (done: (file: File) => void) => {
        done(file);
      },
    };
  }
  const inside = Object.entries(content).map(([name, content]) => entry(name, content));
  // Two at a time, as browsers give a hundred.
  const createReader = () => {
    const left = [...inside];
    return {
      readEntries: (done: (entries: object[]) => void) => {
        done(left.splice(0, 2));
      },
    };
  };
  return { name, isFile: false, isDirectory: true, createReader };
}

function transfer(tree: Tree): DataTransfer {
  const items = Object.entries(tree).map(([name, content]) => ({
    kind: "file",
    getAsFile: () => new File([], name),
    webkitGetAsEntry: () => entry(name, content),
  }));
  return { items } as unknown as DataTransfer;
}

test("a dropped folder gives its files, including nested ones, together with files dropped with it", async () => {
  const tree = {
    "cifar-10-batches-bin": {
      "test_batch.bin": "t",
      "data_batch_2.bin": "2",
      "data_batch_1.bin": "1",
      more: { "readme.html": "r" },
      empty: {},
    },
    "batches.meta.txt": "names",
  };
  const files = await droppedFiles(transfer(tree));
  expect(files.map(({ name }) => name)).toEqual([
    "data_batch_1.bin",
    "data_batch_2.bin",
    "readme.html",
    "test_batch.bin",
    "batches.meta.txt",
  ]);
  expect(await files[1]?.text()).toBe("2");
});

test("a drop without entries, from a script or an old browser, is taken as it is", async () => {
  const file = new File(["x"], "data_batch_1.bin");
  const items = [
    { kind: "file", getAsFile: () => file, webkitGetAsEntry: () => null },
    { kind: "file", getAsFile: () => file },
    { kind: "string", getAsFile: () => null },
  ];
  expect(await droppedFiles({ items } as unknown as DataTransfer)).toEqual([file, file]);
});

test("a folder with too many files or one that cannot be opened is not read, and its name is reported", async () => {
  const many = Object.fromEntries(Array.from({ length: 1001 }, (_, k) => [`${k}.png`, "x"]));
  const refusal = (tree: Tree) => droppedFiles(transfer(tree)).catch((thrown: unknown) => thrown);
  for (const home of [{ home: many }, { home: { a: { b: many } } }]) {
    expect(await refusal(home)).toMatchObject({ message: "home", why: "too-many" });
  }
  const unreadable = await refusal({ folder: { "a.bin": "unreadable" } });
  expect(unreadable).toBeInstanceOf(DropError);
  expect(unreadable).toMatchObject({ message: "a.bin", why: "unreadable" });
});
