import { expect, test } from "vitest";

import { fitted, markAt, markByKey } from "./mark";
import { type Plot, placeIn } from "./plot";

const plot: Plot = {
  x: { from: 1, to: 100, log: true, ticks: [] },
  y: { from: 0, to: 80, ticks: [] },
  right: 100,
};
const place = placeIn(plot, { width: 646, height: 364, wide: true, scale: 1 });
const key = (key: string, shiftKey = false) => ({ key, shiftKey });

test("a place and its values are each other's inverse", () => {
  expect([place.x(1), place.x(10), place.x(100)]).toEqual([46, 296, 546]);
  expect(place.atX(place.x(30))).toBeCloseTo(30);
  expect([place.y(0), place.y(80)]).toEqual([place.bottom, place.top]);
  expect(place.atY(place.y(50))).toBeCloseTo(50);
});

test("the mark is where the reader touches, within the plot", () => {
  const free = { step: {} };
  const { x, y } = markAt(free, plot, place, [296, place.y(20)]);
  expect([x, y].map((value) => Math.round(value))).toEqual([10, 20]);
  expect(markAt(free, plot, place, [-50, 9999])).toEqual({ x: 1, y: 0 });
  expect(markAt({ ...free, from: 5 }, plot, place, [-50, -50]).x).toBe(5);
});

test("a mark of a column stays in it, and of several it takes the nearest", () => {
  expect(markAt({ columns: [100], step: {} }, plot, place, [50, place.y(40)])).toEqual({ x: 100, y: 40 });
  expect(markAt({ columns: [1, 10, 100], step: {} }, plot, place, [200, place.y(0)]).x).toBe(10);
  expect(markAt({ row: 7, step: {} }, plot, place, [296, 0]).y).toBe(7);
});

test("the first arrow places it at the bottom, the next ones move it", () => {
  const spec = { columns: [100], step: { y: 2 } };
  const first = markByKey(spec, plot, undefined, key("ArrowUp"));
  expect(first).toEqual({ x: 100, y: 0 });
  expect(markByKey(spec, plot, first, key("ArrowUp"))).toEqual({ x: 100, y: 2 });
  expect(markByKey(spec, plot, first, key("ArrowUp", true))).toEqual({ x: 100, y: 10 });
  expect(markByKey(spec, plot, first, key("ArrowDown"))).toEqual({ x: 100, y: 0 });
  expect(markByKey(spec, plot, first, key("ArrowLeft"))).toEqual({ x: 100, y: 0 });
  expect(markByKey(spec, plot, first, key("a"))).toBeUndefined();
});

test("keys move it along a logarithmic axis by factors, and from column to column", () => {
  const free = { step: { x: 2, y: 1 } };
  expect(markByKey(free, plot, { x: 10, y: 5 }, key("ArrowRight"))).toEqual({ x: 20, y: 5 });
  expect(markByKey(free, plot, { x: 1, y: 5 }, key("ArrowLeft"))).toEqual({ x: 1, y: 5 });
  const columns = { columns: [1, 10, 100], step: { y: 1 } };
  expect(markByKey(columns, plot, { x: 10, y: 5 }, key("ArrowRight"))).toEqual({ x: 100, y: 5 });
});

test("where its column is gone, the mark moves to the last one and keeps its height", () => {
  expect(fitted({ columns: [780], step: {} }, { x: 300, y: 40 })).toEqual({ x: 780, y: 40 });
  expect(fitted({ columns: [1, 2, 3], step: {} }, { x: 2, y: 40 })).toEqual({ x: 2, y: 40 });
  expect(fitted({ step: {} }, { x: 2, y: 40 })).toEqual({ x: 2, y: 40 });
});
