import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { noHistory } from "./history/runhistory";
import type { ToWorker } from "./protocol";
import { shortSettings, storySettings } from "./short";
import { batchFile, conducted, subsetFile } from "./testing/conducted";
import { fakeCheckpoint } from "./testing/fake-engine";
import { fakeExperiment } from "./testing/fake-module";
import { fakeSnapshot } from "./testing/snapshot";
import type { SavedRun } from "./vault";

const address = { hash: "", pathname: "/", search: "" };

beforeEach(() => {
  address.hash = "";
  vi.stubGlobal("location", address);
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const types = (sent: ToWorker[]): string[] => sent.map(({ type }) => type);

test("the page starts with its address's settings, and reports what it adjusted", async () => {
  address.hash = "#v=1&lr=50&batch=5";
  const { conductor, addressed, settle } = conducted();
  conductor.connect();
  expect((await settle()).experiment).toMatchObject({ lr: 10, batch: 5, preset: "tiny" });
  expect(addressed).toEqual([
    expect.objectContaining({
      complaints: [{ key: "lr", value: "50", to: "10", because: "range", known: [] }],
    }),
  ]);
});

test("an address that the data do not allow opens the nearest run, and the controls show that", async () => {
  address.hash = "#v=1&batch=8192&embed=foo";
  const { conductor, addressed, controls, settle } = conducted();
  conductor.connect();
  expect(await settle()).toMatchObject({ phase: "paused", experiment: { batch: 100 }, error: undefined });
  expect(controls.values.batch).toBe(100);
  expect(addressed.at(-1)?.complaints).toMatchObject([
    { key: "embed", because: "unknown-name" },
    { key: "batch", value: "8192", to: "100", because: "images" },
  ]);
  // Text typed into controls is not: its error is shown at the control.
  controls.values.batch = 500;
  conductor.reset();
  expect(await settle()).toMatchObject({ error: { name: "BadSetting" }, experiment: { batch: 100 } });
});

test("before the first step, Start runs the experiment of the controls", async () => {
  const { conductor, controls, settle } = conducted();
  conductor.connect();
  await settle();
  controls.values.seed = 7;
  conductor.start();
  const state = await settle();
  expect(state.experiment?.seed).toBe(7);
  expect(state).toMatchObject({ phase: "finished", step: 25 });
});

test("before the first step, Step and Epoch run the experiment of the controls too", async () => {
  const { conductor, controls, settle } = conducted();
  conductor.connect();
  await settle();
  controls.values.seed = 7;
  conductor.advanceEpoch();
  expect(await settle()).toMatchObject({ phase: "paused", step: 10, experiment: { seed: 7 } });
});

test("a run pauses after the chosen number of epochs, at every start", async () => {
  const { conductor, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.stopAfter(1);
  conductor.start();
  expect(await settle()).toMatchObject({ phase: "paused", step: 10 });
  conductor.start();
  expect((await settle()).step).toBe(20);
  // One step or one epoch by hand is not held up by it.
  conductor.advance(3);
  expect((await settle()).step).toBe(23);
  conductor.stopAfter(null);
  conductor.start();
  expect((await settle()).phase).toBe("finished");
});

test("a chapter's stop holds until it is lifted, whatever the reader's own stops are", async () => {
  const { conductor, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.hold(15);
  conductor.stopAfter(1);
  conductor.start();
  expect((await settle()).step).toBe(10);
  conductor.start();
  expect((await settle()).step).toBe(15);
  // Once it is reached it holds nothing up.
  conductor.stopAfter(null);
  conductor.advance(1);
  expect((await settle()).step).toBe(16);
  conductor.hold(18);
  conductor.advance(5);
  expect((await settle()).step).toBe(18);
  conductor.hold(20);
  conductor.hold(null);
  conductor.start();
  expect((await settle()).phase).toBe("finished");
});

test("one epoch advances to the end of the current epoch", async () => {
  const { conductor, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.advance(3);
  await settle();
  conductor.advanceEpoch();
  expect((await settle()).step).toBe(10);
});

test("reset keeps the engine if nothing changed, and builds a new one otherwise", async () => {
  const { conductor, controls, sent, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.advance(3);
  await settle();
  conductor.reset();
  expect((await settle()).step).toBe(0);
  controls.values.batch = 5;
  conductor.reset();
  expect((await settle()).experiment?.batch).toBe(5);
  expect(types(sent).filter((type) => type === "open" || type === "reset")).toEqual([
    "open",
    "reset",
    "open",
  ]);
});

test("undoing a reset restores the settings and the images of the previous run", async () => {
  const { conductor, controls, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.load([batchFile()]);
  await settle();
  expect(conductor.images.source).toBe("file");
  conductor.advance(3);
  await settle();
  controls.values.batch = 5;
  conductor.load(undefined);
  expect((await settle()).experiment?.batch).toBe(5);
  expect(conductor.images.source).toBe("synthetic");
  conductor.undo();
  expect(await settle()).toMatchObject({ step: 3, experiment: { batch: 10 } });
  expect(conductor.images.source).toBe("file");
  expect(controls.values.batch).toBe(10);
});

test("a new seed is another run of the same settings", async () => {
  const { conductor, settle } = conducted();
  address.hash = "#view=laboratory";
  conductor.connect();
  await settle();
  conductor.newSeed(123);
  expect((await settle()).experiment).toEqual({ ...fakeExperiment, seed: 123 });
});

test("another address is another run; the same one changes nothing", async () => {
  const { conductor, sent, settle } = conducted();
  address.hash = "#view=laboratory";
  conductor.connect();
  await settle();
  conductor.visit("#v=1&hide=head");
  await settle();
  expect(types(sent).filter((type) => type === "open")).toHaveLength(1);
  conductor.visit("#v=1&seed=5");
  expect((await settle()).experiment?.seed).toBe(5);
  conductor.visit("");
  expect((await settle()).experiment?.seed).toBe(0);
});

test("going back to a run on the reader's files finds them again, and adds no history entry", async () => {
  const { conductor, addressed, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.load([batchFile()]);
  await settle();
  expect(conductor.addressChange).toBe("entry");
  conductor.load(undefined);
  await settle();
  conductor.visit("#v=1&data=file");
  await settle();
  expect(conductor.images.source).toBe("file");
  expect(conductor.addressChange).toBe("replace");
  expect(addressed.at(-1)).toMatchObject({ complaints: [] });
  conductor.visit("");
  await settle();
  expect(conductor.images.source).toBe("subset");
});

test("going back to a run on files that are not available opens other images, with a message", async () => {
  const { conductor, withoutFiles, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.visit("#v=1&data=file&seed=4");
  expect(await settle()).toMatchObject({ phase: "paused", experiment: { seed: 4 } });
  expect(withoutFiles).toHaveBeenCalledOnce();
  expect(conductor.addressChange).toBe("replace");
  conductor.visit("#v=1&seed=5");
  expect((await settle()).experiment?.seed).toBe(5);
  expect(withoutFiles).toHaveBeenCalledOnce();
});

test("of several addresses visited while one is opening, the last one is opened", async () => {
  const { conductor, sent, settle } = conducted();
  conductor.connect();
  await settle();
  for (const seed of [5, 6, 7]) conductor.visit(`#v=1&seed=${seed}`);
  expect(conductor.addressChange).toBe("stay");
  expect((await settle()).experiment?.seed).toBe(7);
  const seeds = sent.flatMap((message) => (message.type === "open" ? [message.experiment.seed] : []));
  expect(seeds).toEqual([0, 5, 7]);
});

test("an address that cannot be opened keeps the run, whose address is then shown", async () => {
  const { conductor, world, settle } = conducted();
  conductor.connect();
  await settle();
  world.refuse = Object.assign(new Error("no"), { name: "BadFile" });
  conductor.visit("#v=1&seed=5");
  expect(await settle()).toMatchObject({ phase: "paused", experiment: { seed: 0 } });
  expect(conductor.addressChange).toBe("replace");
});

test("the page opens on the images that come with it", async () => {
  const { conductor, fetchSubset, world, settle } = conducted();
  fetchSubset.mockImplementation((progress) => {
    progress(3, 10);
    expect(conductor.state.reading).toEqual({ done: 3, total: 10 });
    return Promise.resolve([subsetFile()]);
  });
  conductor.connect();
  expect(await settle()).toMatchObject({ phase: "paused", experiment: { data: "subset" } });
  expect(conductor.state.reading).toBeUndefined();
  expect(conductor.images.source).toBe("subset");
  expect(world.engines).toHaveLength(1);
});

test("images that cannot be downloaded are reported; the reader can retry or use drawn images", async () => {
  address.hash = "#v=1&seed=3";
  const { conductor, fetchSubset, withoutSubset, settle } = conducted();
  fetchSubset.mockRejectedValueOnce(new Error("404")).mockRejectedValueOnce(new Error("404"));
  conductor.connect();
  expect(await settle()).toMatchObject({ phase: "failed", error: undefined });
  expect(withoutSubset).toHaveBeenCalledOnce();
  conductor.load(undefined);
  expect(await settle()).toMatchObject({ phase: "paused", experiment: { seed: 3, data: "synthetic" } });
  // In mid-run they leave the run as it is.
  conductor.advance(2);
  await settle();
  await conductor.loadSubset();
  expect(await settle()).toMatchObject({ phase: "paused", step: 2 });
  expect(withoutSubset).toHaveBeenCalledTimes(2);
  await conductor.loadSubset();
  expect(await settle()).toMatchObject({ step: 0, experiment: { seed: 3, data: "subset" } });
});

test("images with wrong contents are downloaded again the next time", async () => {
  const { conductor, forgetSubset, withoutSubset, world, settle } = conducted();
  world.refuse = Object.assign(new Error("other images"), { name: "BadFile" });
  conductor.connect();
  await settle();
  expect(forgetSubset).toHaveBeenCalledOnce();
  expect(withoutSubset).toHaveBeenCalledOnce();
});

test("an address of the reader's own files opens on the stored ones", async () => {
  address.hash = "#v=1&data=file&seed=3";
  const { conductor, files, world, withoutFiles, settle } = conducted();
  files.kept = [batchFile()];
  conductor.connect();
  expect(await settle()).toMatchObject({
    phase: "paused",
    experiment: { seed: 3 },
    storedFiles: { name: "batch.bin", count: 1, bytes: 1 },
  });
  expect(conductor.images.source).toBe("file");
  expect(world.files?.[0]?.name).toBe("batch.bin");
  expect(withoutFiles).not.toHaveBeenCalled();
});

test("missing files are reported, and a run opens without them", async () => {
  address.hash = "#v=1&data=file&seed=3";
  const { conductor, files, withoutFiles, settle } = conducted();
  vi.spyOn(files, "read").mockRejectedValue(new Error("forbidden"));
  conductor.connect();
  expect(await settle()).toMatchObject({ phase: "paused", experiment: { seed: 3 } });
  expect(withoutFiles).toHaveBeenCalledOnce();
  expect(conductor.images.source).toBe("subset");
});

test("stored files are deleted, and the run that uses them continues", async () => {
  const { conductor, files, settle } = conducted();
  conductor.connect();
  conductor.store(true);
  await settle();
  conductor.load([batchFile()]);
  expect((await settle()).storedFiles).toEqual({ name: "batch.bin", count: 1, bytes: 1 });
  conductor.advance(3);
  await settle();
  await conductor.deleteStoredFiles();
  expect(files.kept).toBeUndefined();
  conductor.advance(2);
  expect(await settle()).toMatchObject({ phase: "paused", step: 5, storedFiles: undefined });
  // A browser that does not let go of them is quoted.
  vi.spyOn(files, "delete").mockRejectedValue(new Error("in use"));
  await conductor.deleteStoredFiles();
  expect(conductor.state.filesNotStored).toEqual({ reason: "undeleted", detail: "in use" });
});

test("a saved run continues on its own files, or asks the reader to choose them", async () => {
  const { conductor, files, withoutFiles, settle } = conducted();
  conductor.connect();
  await settle();
  const checkpoint = new Blob([fakeCheckpoint({ experiment: fakeExperiment, step: 12, history: [] })]);
  const { experiment, description } = conductor.state;
  if (experiment === undefined || description === undefined) throw new Error("no run");
  const run = { experiment, description, checkpoint, step: 12, story: noHistory, savedAt: 0 };
  const saved: SavedRun = { version: 2, source: "file", ...run };
  expect(await conductor.resumeSaved(saved)).toBe(false);
  expect(await settle()).toMatchObject({ phase: "paused", step: 0 });
  expect(withoutFiles).toHaveBeenCalledOnce();
  files.kept = [batchFile()];
  expect(await conductor.resumeSaved(saved)).toBe(true);
  expect(await settle()).toMatchObject({ phase: "paused", step: 12, startReason: "resumed" });
  expect(conductor.images.source).toBe("file");
});

test("a choice made while files are read replaces them", async () => {
  const { conductor, world, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.load([batchFile(), batchFile()]);
  expect(conductor.preparing).toBe("batch.bin");
  conductor.load(undefined);
  expect((await settle()).phase).toBe("paused");
  expect(conductor.images.source).toBe("synthetic");
  expect(world.files).toBeUndefined();
});

test("an answer that comes after a newer request leaves the page waiting for the newer one", async () => {
  const { conductor, sent, settle } = conducted();
  conductor.connect();
  const { description, experiment } = await settle();
  if (description === undefined || experiment === undefined) throw new Error("no run");
  conductor.load([batchFile()]);
  const opens = sent.filter((message) => message.type === "open");
  const request = opens.at(-1)?.request;
  if (request === undefined) throw new Error("nothing was asked for");
  conductor.load(undefined);
  conductor.receive({
    type: "opened",
    reason: "new",
    description,
    experiment,
    snapshot: fakeSnapshot(),
    history: noHistory,
    adjustments: [],
    undo: null,
    request,
  });
  expect(conductor.state.phase).toBe("opening");
  expect(conductor.images.source).toBe("file");
  await settle();
  expect(conductor.state.phase).toBe("paused");
  expect(conductor.images.source).toBe("synthetic");
});

test("changes made during a run are made again when it returns to an earlier state", async () => {
  const { conductor, controls, world, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.advance(3);
  await settle();
  conductor.send({ type: "save-state" });
  controls.values.lr = 0.5;
  conductor.change("lr", 0.5);
  expect((await settle()).experiment?.lr).toBe(0.5);
  for (const engine of world.engines) engine.divergesAt = 15;
  conductor.start();
  expect((await settle()).phase).toBe("diverged");
  controls.values.lr = 0.001;
  conductor.change("lr", 0.001);
  await settle();
  // The controls count as pending here as soon as they differ; the page's own tell live settings apart.
  vi.spyOn(controls, "pending", "get").mockReturnValue(false);
  conductor.goBack();
  expect(await settle()).toMatchObject({ startReason: "gone-back", step: 3, experiment: { lr: 0.001 } });
});

test("a new worker gets the requests of the previous one again", async () => {
  const { conductor, sent, settle } = conducted();
  conductor.connect();
  await settle();
  conductor.send({ type: "probe", probes: [{ tensor: 0, index: 1 }] });
  conductor.send({ type: "watch", filters: true });
  conductor.store(true);
  await settle();
  sent.length = 0;
  conductor.connect();
  await settle();
  expect(types(sent)).toEqual(["probe", "watch", "store", "open"]);
});

test("on a software adapter a page without other settings starts with the short experiment", async () => {
  const { conductor, sent, settle } = conducted({ software: true });
  address.hash = "#v=1&lr=0.01";
  conductor.connect();
  expect((await settle()).experiment).toMatchObject({ ...shortSettings(null), lr: 0.01 });
  // No engine was built for anything else.
  expect(types(sent).filter((type) => type === "open")).toHaveLength(1);
  expect(conductor.defaults).toEqual(fakeExperiment);
  conductor.visit("#view=laboratory");
  expect((await settle()).experiment).toMatchObject({ ...shortSettings(null), lr: 0.002 });
});

test.each(["#v=1&batch=5", "#v=1&steps=25", "#v=1&ema=0.98"])(
  "a run length in the address is left unchanged: %s",
  async (hash) => {
    const { conductor, settle } = conducted({ software: true });
    address.hash = hash;
    conductor.connect();
    expect((await settle()).experiment?.limit_test).toBeUndefined();
  },
);

test("on a graphics card a run has the length it has by default", async () => {
  const { conductor, settle } = conducted();
  address.hash = "#view=laboratory";
  conductor.connect();
  expect((await settle()).experiment).toEqual(fakeExperiment);
});

test.each([
  ["", false, { batch: 10, ema: storySettings(undefined).ema }],
  ["", true, storySettings(shortSettings(null))],
  ["#view=story&ema=0.5", true, { ...shortSettings(null), ema: ["0.5"] }],
])(
  "the story begins with averages of its own, and keeps what its address names: %s %s",
  async (hash, software, wanted) => {
    const { conductor, settle } = conducted({ software });
    address.hash = hash;
    conductor.connect();
    expect((await settle()).experiment).toMatchObject(wanted);
  },
);
