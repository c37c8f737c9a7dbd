import { expect, test } from "vitest";

import type { Content, Line } from "./content";
import { faintAt, readAt, readingText, valueAt } from "./reading";

const line = (key: string, x: number[], y: number[]): Line => ({
  key,
  name: `the ${key}`,
  label: key,
  style: { colour: "#000", dash: [], width: 1 },
  x,
  y,
  format: (value) => `${value} %`,
});

const axis = { title: "", range: (): [number, number] => [0, 1] };
const content: Content = {
  title: "",
  about: "",
  x: { ...axis, name: (place) => `step ${place}` },
  y: axis,
  lines: [line("every", [1, 2, 3, 4], [5, 6, 7, NaN]), line("some", [2, 4], [60, 80]), line("none", [], [])],
  marks: [
    { x: 2, symbol: "circle", tone: "muted", label: "", text: "Something at 2." },
    { x: 3, symbol: "circle", tone: "muted", label: "", text: "Something at 3." },
  ],
  caption: { data: "", synthetic: false, settings: "" },
};
const all = (): boolean => true;

test("a place is read with the last value of each line, under the place it was measured at", () => {
  const { groups } = readAt(content, 3, all);
  expect(groups.map(({ name, rows }) => [name, rows.map((row) => row.value)])).toEqual([
    ["step 3", [7]],
    ["step 2", [60]],
  ]);
  expect(readAt(content, 0, all).groups).toEqual([]);
  expect(readAt(content, 2, all).groups.map(({ rows }) => rows.map((row) => row.value))).toEqual([[60, 6]]);
  expect(readAt(content, 3, (key) => key !== "every").groups.map((group) => group.name)).toEqual(["step 2"]);
});

test("changes since the previous value are read with it", () => {
  // A change after a step shows in the following value.
  expect(readAt(content, 3, all).marks.map((mark) => mark.x)).toEqual([2]);
  expect(readAt(content, 4, (key) => key === "some").marks.map((mark) => mark.x)).toEqual([2, 3]);
  expect(readAt(content, 2, all).marks).toEqual([]);
});

test("a reading has a spoken form", () => {
  expect(readingText(readAt(content, 3, all))).toBe("step 3: every 7 %; step 2: some 60 %; Something at 2.");
});

test("a gap is read as the value before it", () => {
  expect(valueAt(line("every", [1, 2, 3], [5, NaN, NaN]), Infinity)).toEqual({ place: 1, value: 5 });
  expect(valueAt(line("every", [1], [NaN]), Infinity)).toBeUndefined();
});

test("an earlier run is named where the pointer is on its line", () => {
  const style = { colour: "#000", dash: [], width: 1 };
  const faint = [
    { key: "some", name: "one before", style, x: [1, 3], y: [50, 60] },
    { key: undefined, name: "another", style, x: [1, 3, 5], y: [10, 20, 30] },
  ];
  const at = (place: number, value: number, isShown = all): string | undefined =>
    faintAt({ ...content, faint }, place, isShown, (other) => Math.abs(other - value));
  expect(at(3, 58)).toBe("one before");
  expect(at(3, 25)).toBe("another");
  expect(at(3, 40)).toBeUndefined();
  expect(at(4, 60)).toBeUndefined();
  expect(at(3, 58, () => false)).toBeUndefined();
});
