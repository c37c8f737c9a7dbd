import { afterEach, beforeEach, expect, test, vi } from "vitest";

import type { Images } from "../images";
import { noHistory } from "../history/runhistory";
import type { FromWorker } from "../protocol";
import { type State, initialState } from "../state";
import { FakeEngine } from "../testing/fake-engine";
import { fakeExperiment, fakeModule } from "../testing/fake-module";
import { fakeSnapshot } from "../testing/snapshot";
import type { SavedRun } from "../vault";
import type { Message } from "./messages";
import { Recovery } from "./recovery";

/** A browser's locks, which a test gives to other tabs. */
class Locks {
  readonly held = new Set<string>();
  readonly waiting: (() => void)[] = [];
  async request(
    name: string,
    options: LockOptions,
    callback: (lock: object | null) => Promise<unknown> | undefined,
  ): Promise<void> {
    if (this.held.has(name) && options.ifAvailable === true) {
      await callback(null);
      return;
    }
    if (this.held.has(name)) await new Promise<void>((resolve) => this.waiting.push(resolve));
    this.held.add(name);
    await callback({});
  }
}

let locks: Locks;

beforeEach(() => {
  locks = new Locks();
  vi.stubGlobal("navigator", { locks });
  vi.stubGlobal("document", { documentElement: { lang: "en" } });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

const saved: SavedRun = {
  version: 2,
  savedAt: 0,
  source: "synthetic",
  step: 12,
  checkpoint: new Blob([]),
  story: noHistory,
  experiment: fakeExperiment,
  description: new FakeEngine(fakeModule().world, fakeExperiment).describe(),
};

const opened: FromWorker = {
  type: "opened",
  reason: "new",
  description: saved.description,
  experiment: fakeExperiment,
  adjustments: [],
  snapshot: fakeSnapshot(),
  history: noHistory,
  undo: null,
};

function setUp(kept: SavedRun | undefined = saved) {
  const shown = new Map<string, Message>();
  const messages = {
    show: (name: string, message: Message): void => {
      shown.set(name, message);
    },
    hide: (name: string): void => {
      shown.delete(name);
    },
  };
  const state: State = initialState();
  const images: Images = { source: "synthetic", files: undefined };
  const resumeSaved = vi.fn(() => Promise.resolve(true));
  const conductor = {
    state,
    images,
    resumeSaved,
    goBack: vi.fn(),
    store: vi.fn(),
    load: vi.fn(),
    loadSubset: vi.fn(),
  };
  const vault = {
    write: vi.fn(),
    read: vi.fn(() => Promise.resolve(kept)),
    clear: vi.fn(() => Promise.resolve()),
  };
  const recovery = new Recovery(conductor, messages, vault);
  const press = (name: string, action: number): void => {
    shown.get(name)?.actions?.[action]?.run();
  };
  return { recovery, shown, conductor, vault, press };
}

test("a saved run is offered and continues where the reader chooses", async () => {
  const { recovery, shown, conductor, press } = setUp();
  await recovery.begin();
  expect(shown.get("kept")?.title()).toBe("One of your runs is saved here: step 12 of 25");
  expect(conductor.store).toHaveBeenLastCalledWith(true);
  press("kept", 0);
  expect(conductor.resumeSaved).toHaveBeenCalledWith(saved);
  expect(shown.size).toBe(0);
});

test("a discarded run is deleted", async () => {
  const { recovery, conductor, vault, press } = setUp();
  await recovery.begin();
  press("kept", 1);
  expect(vault.clear).toHaveBeenCalledOnce();
  expect(conductor.resumeSaved).not.toHaveBeenCalled();
});

test("a run that has replaced the offered one is not discarded with it", async () => {
  const { recovery, conductor, vault, press } = setUp();
  await recovery.begin();
  conductor.state.savedStep = 30;
  press("kept", 1);
  expect(vault.clear).not.toHaveBeenCalled();
});

test("without a saved run, or with storage that cannot be read, nothing is offered", async () => {
  const { recovery, shown, conductor, vault } = setUp();
  vault.read.mockRejectedValue(new Error("forbidden"));
  await recovery.begin();
  expect(shown.size).toBe(0);
  expect(conductor.store).toHaveBeenLastCalledWith(true);
});

test("of two tabs only one stores its run; the other reports it, and takes over when the first is closed", async () => {
  locks.held.add("emascope.saved-run");
  const { recovery, shown, conductor } = setUp();
  const begun = recovery.begin();
  await vi.waitFor(() => {
    expect(shown.has("other-tab")).toBe(true);
  });
  expect(conductor.store).not.toHaveBeenCalled();
  expect(shown.has("kept")).toBe(false);
  locks.waiting[0]?.();
  await begun;
  expect(shown.size).toBe(0);
  expect(conductor.store).toHaveBeenLastCalledWith(true);
});

test("a divergence shows its step, a remedy, and the way back", () => {
  const { recovery, shown, conductor, press } = setUp();
  conductor.state.experiment = { lr: 0.5, warmup_steps: 0 };
  recovery.observe({ type: "diverged", step: 60, good: 12 });
  const message = shown.get("diverged");
  expect(message?.tone).toBe("bad");
  expect(message?.title()).toContain("60");
  expect(message?.details?.()[0]).toContain("Learning rate 0.5");
  press("diverged", 0);
  expect(conductor.goBack).toHaveBeenCalledOnce();
});

test.each(["full", "forbidden", "other"] as const)(
  "storage that fails (%s) is named with the browser's own words, until it works again",
  (reason) => {
    const { recovery, shown } = setUp();
    recovery.observe({ type: "not-stored", failure: { reason, error: "QuotaExceededError: no room" } });
    expect(shown.get("not-stored")?.title()).toMatch(
      { full: /full/, forbidden: /does not let/, other: /repeatedly failed/ }[reason],
    );
    expect(shown.get("not-stored")?.details?.().join(" ")).toContain("QuotaExceededError: no room");
    recovery.observe({ type: "not-stored", failure: null });
    expect(shown.size).toBe(0);
  },
);

test("the adjustments of a link are listed line by line", () => {
  const { recovery, shown } = setUp();
  const none = { known: [] };
  recovery.addressRead({
    complaints: [
      { key: "colour", value: "red", to: null, because: "unknown-key", known: ["seed"] },
      { key: "lr", value: "50", to: "10", because: "range", ...none },
      { key: "ema", value: "every=0", to: null, because: "range", ...none },
      {
        key: "preset",
        value: "huge",
        to: "tiny",
        because: "unknown-name",
        known: ["tiny", "small", "resnet9"],
      },
      { key: "embed", value: "foo", to: null, because: "unknown-name", known: ["loss"] },
      { key: "ema", value: "0.98", to: null, because: "twice", ...none },
    ],
  });
  expect(shown.get("address")?.details?.()).toEqual([
    "colour: unknown setting. Did you mean seed?",
    "Learning rate: 50 is out of range; 10 is used.",
    "Averages β: every=0 is out of range, so it is left out.",
    "Network: there is no “huge”, only tiny, small, or resnet9; tiny is used.",
    "embed: there is no “foo”, so it is left out. Did you mean loss?",
    "Averages β: 0.98 is listed twice; it is used once.",
  ]);
  recovery.addressRead({ complaints: [] });
  expect(shown.size).toBe(0);
});

test("missing files are requested until a run uses some", () => {
  const { recovery, shown, conductor } = setUp();
  recovery.filesUnavailable();
  expect(shown.get("own-file")?.details?.()).toEqual([
    "Choose or drop the file to train on it. Links do not contain data.",
  ]);
  recovery.observe(opened);
  expect(shown.has("own-file")).toBe(true);
  conductor.images = { source: "file", files: [] };
  recovery.observe(opened);
  expect(shown.size).toBe(0);
});

test("a run whose images cannot be loaded stays on offer", async () => {
  const { recovery, shown, conductor, press } = setUp();
  conductor.resumeSaved.mockResolvedValue(false);
  await recovery.begin();
  press("kept", 0);
  await vi.waitFor(() => {
    expect(shown.has("kept")).toBe(true);
  });
});
