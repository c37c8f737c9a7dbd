import { afterEach, expect, test, vi } from "vitest";

import { type Source, look, readLink, readLook, setHash, setLook, withLook, writeHash } from "./hash";
import { fakeExperiment, fakeSettings } from "./testing/fake-engine";

afterEach(() => {
  vi.unstubAllGlobals();
});

const read = (hash: string) => readLink(hash, fakeSettings);
const write = (settings: object, source: Source = "synthetic", look = {}) =>
  writeHash({ ...fakeExperiment, ...settings }, fakeSettings, source, look);

test("a hash sign too many, as some programs paste it, is no part of a key", () => {
  expect(read("##lr=0.01").settings).toEqual({ lr: 0.01 });
  expect(withLook("##embed=loss&lr=0.01", { embed: null })).toBe("lr=0.01");
});

test("defaults need no words", () => {
  expect(write({})).toBe("");
  expect(read("")).toEqual({ settings: {}, source: "synthetic", complaints: [] });
});

test.each([
  [{ preset: "small", lr: 0.01, seed: 7 }, "v=1&preset=small&lr=0.01&seed=7"],
  [{ lr: 1e-8, eval_every: 10, shuffle: false }, "v=1&lr=1e-8&eval_every=10&shuffle=false"],
  [{ ema: ["0.98", "0.99,every=4,warmup=ramp"] }, "v=1&ema=0.98&ema=0.99,every=4,warmup=ramp"],
  [{ ema: [], augment: [] }, "v=1&augment=none&ema=none"],
  [{ augment: ["flip", "crop=4"] }, "v=1&augment=flip,crop=4"],
])("what differs is written, and read back the same: %j", (settings, hash) => {
  expect(write(settings)).toBe(hash);
  expect(read(`#${hash}`)).toEqual({ settings, source: "synthetic", complaints: [] });
});

test("the images' source and how the page looks stand beside the settings", () => {
  const hash = write({ lr: 0.01 }, "subset", { embed: "accuracy,loss", lesson: "noise" });
  expect(hash).toBe("v=1&data=subset&lr=0.01&embed=accuracy,loss&lesson=noise");
  expect(read(hash)).toEqual({ settings: { lr: 0.01 }, source: "subset", complaints: [] });
  expect(readLook(hash)).toEqual({ embed: "accuracy,loss", lesson: "noise" });
});

test("numbers out of range are brought into it, and that is said", () => {
  expect(read("v=1&lr=50&batch=0&steps=-3")).toEqual({
    settings: { lr: 10, batch: 1, steps: 1 },
    source: "synthetic",
    complaints: [
      { kind: "clamped", key: "lr", value: "50", to: "10" },
      { kind: "clamped", key: "batch", value: "0", to: "1" },
      { kind: "clamped", key: "steps", value: "-3", to: "1" },
    ],
  });
});

test("what is not understood is named, and the rest is taken", () => {
  const link = read(
    "v=2&seed=5&colour=red&preset=huge&lr=fast&batch=1.5&shuffle=yes&ema=2&data=moon&augment=turn",
  );
  expect(link.settings).toEqual({ seed: 5 });
  expect(link.complaints).toEqual([
    { kind: "version", value: "2" },
    { kind: "unknown", key: "colour" },
    { kind: "invalid", key: "preset", value: "huge" },
    { kind: "invalid", key: "lr", value: "fast" },
    { kind: "invalid", key: "batch", value: "1.5" },
    { kind: "invalid", key: "shuffle", value: "yes" },
    { kind: "invalid", key: "ema", value: "2" },
    { kind: "invalid", key: "data", value: "moon" },
    { kind: "invalid", key: "augment", value: "turn" },
  ]);
});

test("broken escapes break nothing", () => {
  expect(read("%E0%A4%A=1&lr=%zz").complaints).toHaveLength(2);
});

test("the look changes without touching the run's settings", () => {
  const location = { hash: "#v=1&ema=0.98&ema=0.99&hide=loss", pathname: "/page/", search: "" };
  const go = (_state: unknown, _title: string, address: string): void => {
    location.hash = address.startsWith("#") ? address : "";
  };
  vi.stubGlobal("location", location);
  vi.stubGlobal("history", { replaceState: go, pushState: go });
  setLook({ hide: null, lesson: "noise" });
  expect(location.hash).toBe("#v=1&ema=0.98&ema=0.99&lesson=noise");
  expect(look()).toEqual({ lesson: "noise" });
  setHash("", true);
  expect(location.hash).toBe("");
});
