import { afterEach, expect, test, vi } from "vitest";

import { initialState } from "../state";
import { ScreenLock } from "./screenlock";

afterEach(() => {
  vi.unstubAllGlobals();
});

function setUp(request: () => Promise<unknown>) {
  const page = Object.assign(new EventTarget(), { visibilityState: "visible" });
  vi.stubGlobal("document", page);
  vi.stubGlobal("navigator", { wakeLock: { request } });
  const lock = new ScreenLock();
  const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));
  const phase = async (phase: "running" | "evaluating" | "paused" | "finished"): Promise<void> => {
    lock.render({ ...initialState(), phase });
    await settle();
  };
  const seen = async (visibilityState: "visible" | "hidden"): Promise<void> => {
    page.visibilityState = visibilityState;
    page.dispatchEvent(new Event("visibilitychange"));
    await settle();
  };
  return { phase, seen };
}

/** A browser's locks: those that are held. */
function locks() {
  const held = new Set<object>();
  const request = vi.fn(() => {
    const lock = {
      released: false,
      release() {
        lock.released = true;
        held.delete(lock);
        return Promise.resolve();
      },
    };
    held.add(lock);
    return Promise.resolve(lock);
  });
  return { held, request };
}

test("the screen stays on while a run goes on, and no longer", async () => {
  const { held, request } = locks();
  const { phase } = setUp(request);
  await phase("paused");
  expect(held.size).toBe(0);
  await phase("running");
  await phase("evaluating");
  expect(held.size).toBe(1);
  expect(request).toHaveBeenCalledTimes(1);
  await phase("finished");
  expect(held.size).toBe(0);
});

test("a page that is shown again takes the lock again", async () => {
  const { held, request } = locks();
  const { phase, seen } = setUp(request);
  await phase("running");
  await seen("hidden");
  expect(held.size).toBe(0);
  await seen("visible");
  expect(held.size).toBe(1);
});

test("a browser that refuses is not asked again during this run", async () => {
  const request = vi.fn(() => Promise.reject(new Error("battery")));
  const { phase } = setUp(request);
  await phase("running");
  await phase("evaluating");
  expect(request).toHaveBeenCalledTimes(1);
  await phase("paused");
  await phase("running");
  expect(request).toHaveBeenCalledTimes(2);
});
