import { expect, test } from "vitest";

import type { Setting } from "../engine";
import { formatValue, growsInto, parseValue, sameValue, sameAverages } from "./values";

const row = (setting: Partial<Setting>): Setting => ({
  key: "x",
  flag: "x",
  kind: "float",
  default: 0,
  help: "",
  ...setting,
});

test("a number within its range is taken", () => {
  expect(parseValue(row({ min: 0, max: 10 }), " 2e-3 ")).toEqual({ ok: true, value: 0.002 });
});

test("a value that is not a number, not a whole number or out of range is refused with its reason", () => {
  const error = (setting: Partial<Setting>, text: string): unknown => {
    const parsed = parseValue(row(setting), text);
    return parsed.ok ? undefined : parsed.error;
  };
  expect(error({}, "fast")).toBe("experiment.invalid.number");
  expect(error({}, "")).toBe("experiment.invalid.number");
  expect(error({}, "Infinity")).toBe("experiment.invalid.number");
  expect(error({ kind: "integer" }, "1.5")).toBe("experiment.invalid.integer");
  expect(error({ min: 0, max: 1 }, "1.1")).toBe("experiment.invalid.range");
  expect(error({ min: 1 }, "0")).toBe("experiment.invalid.min");
  expect(error({ max: 1 }, "2")).toBe("experiment.invalid.max");
});

test("a setting that may be left open is null when empty", () => {
  expect(parseValue(row({ kind: "integer", default: null, min: 1 }), "")).toEqual({ ok: true, value: null });
});

test("averages are separated by spaces, commas or both, and keep their options", () => {
  const list = (text: string): unknown => parseValue(row({ kind: "list", max: 3 }), text);
  expect(list(".9  0.98, 0.990")).toEqual({ ok: true, value: ["0.9", "0.98", "0.99"] });
  expect(list("0.9,0.98，0.99")).toEqual({ ok: true, value: ["0.9", "0.98", "0.99"] });
  expect(list("0.98,every=4,warmup=ramp 0.9")).toEqual({
    ok: true,
    value: ["0.98,every=4,warmup=ramp", "0.9"],
  });
  expect(list("")).toEqual({ ok: true, value: [] });
  expect(list("power=.1, half-life=5% every=2 0.9")).toEqual({
    ok: true,
    value: ["power=0.1", "half-life=5%,every=2", "0.9"],
  });
  expect(list("power=0.1,warmup=ramp")).toMatchObject({ ok: false });
  expect(list("1")).toMatchObject({ ok: false });
  expect(list("-0.5")).toMatchObject({ ok: false });
  expect(list("every=4")).toMatchObject({ ok: false });
  expect(list(".1 .2 .3 .4")).toMatchObject({ ok: false, values: { most: 3 } });
});

test("shown values read back unchanged", () => {
  const averages = ["0.9", "0.98,every=4,buffers=copy"];
  const parsed = parseValue(row({ kind: "list" }), formatValue(averages));
  expect(parsed.ok && sameValue(parsed.value, averages)).toBe(true);
  expect(parseValue(row({}), formatValue(1e-8))).toEqual({ ok: true, value: 1e-8 });
});

test("averages can be added and changed during a run, but not removed, and keep their update interval", () => {
  const before = ["0.9", "0.98,every=4,from=10"];
  expect(growsInto(before, ["0.5", "0.99,every=4,from=10,warmup=ramp"])).toBe(true);
  expect(growsInto(before, [...before, "0.999"])).toBe(true);
  expect(growsInto(before, ["0.9"])).toBe(false);
  expect(growsInto(before, ["0.9", "0.98,every=2,from=10"])).toBe(false);
  expect(growsInto(before, ["0.9", "0.98,every=4"])).toBe(false);
});

test("lists that differ only in the averages' first steps are the same averages", () => {
  expect(sameAverages(["0.9", "0.5,from=7"], ["0.9", "0.5"])).toBe(true);
  expect(sameAverages(["0.9", "0.5"], ["0.9", "0.6"])).toBe(false);
  expect(sameAverages(3, 3)).toBe(false);
});
