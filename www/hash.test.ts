import { afterEach, beforeEach, expect, test, vi } from "vitest";

import {
  currentAddress,
  currentHash,
  currentViewKeys,
  dropPendingHash,
  readLink,
  readViewKeys,
  setHash,
  setViewKeys,
  viewOf,
  withView,
  withViewKeys,
  withOtherKeys,
  writeHash,
} from "./hash";
import type { ImageSource } from "./subset";
import { fakeExperiment, fakeSettings } from "./testing/fake-module";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  dropPendingHash();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const write = (settings: object, source: ImageSource = "subset", view = {}) =>
  writeHash({ ...fakeExperiment, ...settings }, fakeSettings, source, view);

/** A browser's address, which accepts every change unless a test forbids it. */
function stubAddress(hash = "") {
  const location = { hash, pathname: "/page/", search: "", href: `http://host/page/${hash}` };
  const browser = { refuses: false, drops: false, entries: 1, tries: 0 };
  const go = (address: string, entry: boolean): void => {
    browser.tries += 1;
    if (browser.refuses) throw new DOMException("100 times per 30 seconds", "SecurityError");
    if (browser.drops) return;
    if (entry) browser.entries += 1;
    location.hash = address.startsWith("#") ? address : "";
    location.href = `http://host/page/${location.hash}`;
  };
  vi.stubGlobal("location", location);
  vi.stubGlobal("history", {
    replaceState: (_state: unknown, _title: string, address: string) => {
      go(address, false);
    },
    pushState: (_state: unknown, _title: string, address: string) => {
      go(address, true);
    },
  });
  return { location, browser };
}

test("a network of the reader's own is in the address, and comes back from it", () => {
  const model = { name: "own", layers: [{ conv: { out: 8 } }, "relu"] };
  const hash = write({ model });
  const [key, [text = ""] = []] = readLink(`#${hash}`).wanted[0] ?? [];
  expect([key, JSON.parse(text)]).toEqual(["model", model]);
  expect(write({ model: null })).toBe("");
});

test("an extra hash sign, as some programs paste it, is not part of a key", () => {
  expect(readLink("##lr=0.01").wanted).toEqual([["lr", ["0.01"]]]);
  expect(withViewKeys("##embed=loss&lr=0.01", { embed: null })).toBe("lr=0.01");
});

test("defaults are not written", () => {
  expect(write({})).toBe("");
  expect(readLink("")).toEqual({ wanted: [], source: "subset", view: "story", complaints: [] });
});

test.each([
  ["", "story"],
  ["#", "story"],
  ["#compute=processor", "story"],
  ["#view=runs", "runs"],
  ["#view=story&lr=0.01", "story"],
  ["#v=1&lr=0.01", "laboratory"],
  ["#data=synthetic", "laboratory"],
  ["#chapter=noise", "story"],
  ["#lesson=noise", "story"],
  ["#v=1&lr=0.01&lesson=noise", "story"],
  ["#view=laboratory&chapter=noise", "laboratory"],
  ["#embed=loss", "laboratory"],
  ["#hide=head", "laboratory"],
  ["#present=", "laboratory"],
  ["#view=nowhere", "story"],
])("%s opens the %s", (hash, view) => {
  expect(viewOf(hash)).toBe(view);
});

test("a hash names its view only where it would open another", () => {
  expect(withView("", "story")).toBe("");
  expect(withView("view=runs", "laboratory")).toBe("view=laboratory");
  expect(withView("lr=0.01&view=runs", "laboratory")).toBe("lr=0.01");
  expect(withView("lr=0.01", "story")).toBe("lr=0.01&view=story");
});

test("a presentation is left for the view that it was begun in", () => {
  const { location } = stubAddress("#present=loss&view=training");
  setViewKeys({ present: null });
  expect(location.hash).toBe("#view=training");
  const { location: old } = stubAddress("#present=loss");
  setViewKeys({ present: null });
  expect(old.hash).toBe("#view=laboratory");
});

test("the defaults of a view are not written in it", () => {
  const own = { ema: ["0.5"] };
  const hash = (ema: string[]): string =>
    writeHash({ ...fakeExperiment, ema }, fakeSettings, "subset", {}, own);
  expect(hash(["0.5"])).toBe("");
  expect(hash(["0.9", "0.98"])).toBe("v=1&ema=0.9&ema=0.98");
});

test("a setting at its default is written where it must be requested", () => {
  const hash = writeHash(fakeExperiment, fakeSettings, "subset", {}, {}, ["steps"]);
  expect(hash).toBe("v=1&steps=25");
  expect(readLink(hash).wanted).toEqual([["steps", ["25"]]]);
});

test.each([
  [
    { preset: "small", lr: 0.01, seed: 7 },
    "v=1&preset=small&lr=0.01&seed=7",
    [
      ["preset", ["small"]],
      ["lr", ["0.01"]],
      ["seed", ["7"]],
    ],
  ],
  [
    { lr: 1e-8, shuffle: false },
    "v=1&lr=1e-8&shuffle=false",
    [
      ["lr", ["1e-8"]],
      ["shuffle", ["false"]],
    ],
  ],
  [{ ema: ["0.98", "0.99,every=4"] }, "v=1&ema=0.98&ema=0.99,every=4", [["ema", ["0.98", "0.99,every=4"]]]],
  [
    { ema: [], augment: [] },
    "v=1&augment=none&ema=none",
    [
      ["augment", ["none"]],
      ["ema", ["none"]],
    ],
  ],
  [{ augment: ["flip", "crop=4"] }, "v=1&augment=flip,crop=4", [["augment", ["flip,crop=4"]]]],
])("what differs is written, and read back as texts for the engine: %j", (settings, hash, wanted) => {
  expect(write(settings)).toBe(hash);
  expect(readLink(`#${hash}`)).toEqual({ wanted, source: "subset", view: "laboratory", complaints: [] });
});

test("the source of the images and the view keys are written with the settings", () => {
  const hash = write({ lr: 0.01 }, "synthetic", { embed: "accuracy,loss", chapter: "noise" });
  expect(hash).toBe("v=1&data=synthetic&lr=0.01&chapter=noise&embed=accuracy,loss");
  expect(readLink(hash)).toEqual({
    wanted: [["lr", ["0.01"]]],
    source: "synthetic",
    view: "story",
    complaints: [],
  });
  expect(readViewKeys(hash)).toEqual({ embed: "accuracy,loss", chapter: "noise" });
  // Chapters were lessons.
  expect(readViewKeys("lesson=noise&embed=loss")).toEqual({ embed: "loss", chapter: "noise" });
});

test("an unknown name in any key is reported with the most similar known one", () => {
  const { wanted, source, complaints } = readLink(
    "v=2&seed=5&data=moon&embed=accuracy,foo&hide=toolz&lesson=nois&present=path",
  );
  expect(wanted).toEqual([["seed", ["5"]]]);
  expect(source).toBe("subset");
  const name = { to: null, because: "unknown-name" };
  expect(complaints).toMatchObject([
    { key: "v", value: "2", to: "1", because: "version" },
    { key: "data", value: "moon", ...name },
    { key: "chapter", value: "nois", ...name, known: ["noise"] },
    { key: "embed", value: "foo", ...name },
    { key: "hide", value: "toolz", ...name, known: ["tools"] },
  ]);
  expect(readLink("embed=&present&hide=head,loss").complaints).toEqual([]);
  expect(readLink("present=loss2").complaints).toMatchObject([{ key: "present", known: ["loss"] }]);
});

test("an unknown key may have been meant as one of the page's own keys", () => {
  const unknown = { value: "x", to: null, because: "unknown-key" as const };
  expect(withOtherKeys({ ...unknown, key: "embd", known: ["beta1"] }).known).toEqual(["embed"]);
  expect(withOtherKeys({ ...unknown, key: "labl_noise", known: ["label_noise"] }).known).toEqual([
    "label_noise",
  ]);
  expect(withOtherKeys({ ...unknown, key: "colour", known: ["lr"] }).known).toEqual([]);
});

test("malformed escapes are read without an error", () => {
  expect(readLink("%E0%A4%A=1&lr=%zz").wanted).toEqual([
    ["\ufffd%A", ["1"]],
    ["lr", ["%zz"]],
  ]);
});

test("a plus sign is not a space, and percent signs are read with and without an escape", () => {
  const { wanted } = readLink("lr=1e+3&ema=half-life=5%&ema=half-life=5%25&label=two%20words");
  expect(wanted).toEqual([
    ["lr", ["1e+3"]],
    ["ema", ["half-life=5%", "half-life=5%"]],
    ["label", ["two words"]],
  ]);
  expect(withViewKeys("ema=half-life=5%&label=1+1%20=%202", { chapter: "noise" })).toBe(
    "ema=half-life=5%25&label=1%2B1%20=%202&chapter=noise",
  );
});

test("changing view keys keeps keys such as __proto__, and removes extra hash signs", () => {
  expect(withViewKeys("#v=1&__proto__=2&constructor=3", { embed: null })).toBe(
    "v=1&__proto__=2&constructor=3",
  );
  expect(withViewKeys("embed=loss&#lr=1&&##ema=0.9", { embed: null })).toBe("lr=1&ema=0.9");
});

test("the view keys change without touching the run's settings", () => {
  const { location } = stubAddress("#v=1&ema=0.98&ema=0.99&hide=loss&lesson=beta");
  setViewKeys({ hide: null, chapter: "noise" });
  expect(location.hash).toBe("#v=1&ema=0.98&ema=0.99&chapter=noise");
  expect(currentViewKeys()).toEqual({ chapter: "noise" });
  setHash("", true);
  expect(location.hash).toBe("");
});

test.each(["refuses", "drops"] as const)(
  "an address that the browser %s is written later, the latest only, and the page uses it at once",
  async (how) => {
    const { location, browser } = stubAddress("#v=1&seed=1");
    browser[how] = true;
    setHash("v=1&seed=2", true);
    setHash("v=1&seed=3", false);
    setViewKeys({ present: "loss" });
    expect(browser.tries).toBe(1);
    expect(currentHash()).toBe("v=1&seed=3&present=loss");
    expect(currentViewKeys()).toEqual({ present: "loss" });
    expect(currentAddress()).toBe("http://host/page/#v=1&seed=3&present=loss");
    await vi.advanceTimersByTimeAsync(1000);
    expect(location.hash).toBe("#v=1&seed=1");
    browser[how] = false;
    await vi.advanceTimersByTimeAsync(2000);
    expect(location.hash).toBe("#v=1&seed=3&present=loss");
    expect(browser.entries).toBe(2);
    expect(currentAddress()).toBe(location.href);
  },
);

test("an address that could not be written is dropped once the reader has moved on", async () => {
  const { location, browser } = stubAddress();
  browser.refuses = true;
  setHash("v=1&seed=2", true);
  browser.refuses = false;
  location.hash = "#v=1&seed=9";
  dropPendingHash();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(location.hash).toBe("#v=1&seed=9");
});
