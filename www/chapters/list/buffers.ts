import { nothing, svg } from "lit-html";

import { withMemory } from "../../averages/spec";
import { memoryColour } from "../../charts/ramp";
import { number } from "../../i18n";
import { ioffe, izmailov } from "../../papers";
import type { Chapter, Seen } from "../chapter";
import { differenceOf, scoreOf } from "../measures";
import { guessing, label, percentAxis, percentText, share } from "../plot";
import { compared, gapSentence } from "../sentences";
import { t as shared } from "../words";
import { t } from "./buffers.words";

const POLICIES = ["average", "copy", "recompute"] as const;

const SETTINGS = {
  short: { batch: 32, steps: 300, eval_every: 150, limit_test: 500 },
  long: { batch: 64, steps: 1092, eval_every: 364, limit_test: 1000 },
} as const;

/** The averages with their columns. */
function waysOf({ results }: Seen) {
  const [result] = results;
  if (result === undefined || result.points.length === 0) return [];
  return POLICIES.map((policy, k) => {
    const scored = { result, method: k + 1 };
    return { ...scored, x: k + 1, name: `“${t(policy)}”`, right: scoreOf(scored) };
  });
}

/** The lowest, and with it those that are too close to it. */
function lowestOf(seen: Seen) {
  const [low, ...others] = waysOf(seen).sort((a, b) => a.right - b.right);
  return low === undefined ? [] : [low, ...others.filter((way) => !differenceOf(way, low).clear)];
}

export const buffers: Chapter = {
  t,
  sources: [ioffe, izmailov],
  asks: "before",
  knob: {
    label: () => t("knob"),
    values: [10, 50, 150],
    start: 50,
    text: (m) => number(m),
    when: "run",
  },

  runs(length, memory) {
    const ema = POLICIES.map((policy) =>
      policy === "average" ? withMemory(memory) : `${withMemory(memory)},buffers=${policy}`,
    );
    // Each test measures the statistics again, on about two thousand pictures, so there are few tests.
    return [{ name: "only", settings: { ...SETTINGS[length], eval_early: false, ema } }];
  },

  facts: ({ knob }) => ({ m: number(knob) }),

  plot: () => ({
    x: { from: 0.4, to: 3.6, ticks: POLICIES.map((policy, k) => ({ at: k + 1, text: t(policy) })) },
    y: percentAxis(),
  }),

  draw(seen, place) {
    const [result] = seen.results;
    const raw = result === undefined ? NaN : scoreOf({ result, method: 0 });
    return svg`${guessing(result?.classes ?? 10, place)}
      ${
        result === undefined || Number.isNaN(raw)
          ? nothing
          : svg`<line class="raw-level" x1=${place.left} x2=${place.right} y1=${place.y(raw)} y2=${place.y(raw)} />
            ${label(shared("raw.value", { value: percentText(raw, result.testImages) }), place.left + 6, place.y(raw) - 8)}`
      }
      ${waysOf(seen).map(
        ({ x, right, result }) => svg`${share(
          { x, percent: right, pictures: result.testImages },
          place,
          memoryColour(seen.knob),
        )}
        ${label(percentText(right, result.testImages), place.x(x) + 12, place.y(right) + 5)}`,
      )}`;
  },

  mark: () => ({ columns: [1, 2, 3], step: { y: 1 } }),
  value: ({ x, y }) => t("value", { way: t(POLICIES[x - 1] ?? "average"), y: number(y) }),

  answer(seen) {
    const lowest = lowestOf(seen);
    // Where it is too close to call, the reader's may be the lowest.
    const low = lowest.find(({ x }) => x === seen.mark?.x) ?? lowest[0];
    return low === undefined ? undefined : { x: low.x, y: low.right };
  },

  verdict(seen, { x, y }) {
    const [best, middle, last] = waysOf(seen).sort((a, b) => b.right - a.right);
    if (best === undefined || middle === undefined || last === undefined) return [];
    const [low, close, third] = lowestOf(seen).map(({ name }) => name);
    const found = seen.mark?.x === x ? "said.right" : "said.wrong";
    const key = third !== undefined ? "said.any" : close !== undefined ? "said.close" : found;
    return [
      t(key, { way: low ?? "", other: close ?? "" }),
      ...gapSentence(seen.mark?.y, y, best.result.testImages),
      compared(best, last),
      compared(best, middle),
    ];
  },
};
