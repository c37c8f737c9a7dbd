import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { initialState } from "../state";
import { HiddenTabPause } from "./hiddentab";

let pauses: string | null;

beforeEach(() => {
  vi.stubGlobal("localStorage", { getItem: () => pauses });
});
afterEach(() => {
  vi.unstubAllGlobals();
});

function setUp() {
  const conductor = { state: initialState(), start: vi.fn(), pause: vi.fn(), send: vi.fn() };
  return { conductor, tab: new HiddenTabPause(conductor) };
}

test("a hidden tab keeps training, and saves the run before it may be closed", () => {
  pauses = null;
  const { conductor, tab } = setUp();
  conductor.state.phase = "running";
  tab.visibilityChanged(true);
  expect(conductor.pause).not.toHaveBeenCalled();
  expect(conductor.send).toHaveBeenCalledWith({ type: "save-state" });
});

test("a tab that paused when hidden continues when shown, but only if it paused by itself", () => {
  pauses = "pause";
  const { conductor, tab } = setUp();
  conductor.state.phase = "running";
  tab.visibilityChanged(true);
  expect(conductor.pause).toHaveBeenCalledOnce();
  conductor.state.phase = "paused";
  tab.visibilityChanged(false);
  expect(conductor.start).toHaveBeenCalledOnce();
  tab.visibilityChanged(true);
  tab.visibilityChanged(false);
  expect(conductor.start).toHaveBeenCalledOnce();
});
