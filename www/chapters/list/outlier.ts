import { svg } from "lit-html";

import { withMemory } from "../../averages/spec";
import { differs, errorText, independent } from "../../charts/error";
import { decimals, difference } from "../../charts/percent";
import { number } from "../../i18n";
import { morales } from "../../papers";
import type { Chapter, Seen } from "../chapter";
import { linesOf } from "../lines";
import { dip } from "../measures";
import { guessing, percentAxis, ticksAt } from "../plot";
import { gapSentence } from "../sentences";
import { t as shared } from "../words";
import { t } from "./outlier.words";

const MEMORY = 50;

const LENGTHS = {
  short: { after: 200, more: 80, every: 40, then: 8, settings: { batch: 32, limit_test: 500 } },
  long: { after: 800, more: 160, every: 80, then: 8, settings: { batch: 64, limit_test: 1000 } },
} as const;

/** The dips of the raw network and of the average. */
function dipsOf({ results, length }: Seen) {
  const [result] = results;
  const { after } = LENGTHS[length];
  if (result?.marks.some(({ kind }) => kind === "outlier") !== true) return undefined;
  const [raw, average] = [0, 1].map((method) => dip(result.points, method, after));
  return raw === undefined || average === undefined ? undefined : { raw, average, n: result.testImages };
}

export const outlier: Chapter = {
  t,
  sources: [morales],
  asks: "waiting",
  knob: {
    label: () => t("knob"),
    values: [5, 10, 20, 30],
    start: 20,
    text: (n) => t("times", { n }),
    when: "waiting",
  },
  proceed: () => t("proceed"),

  runs(length) {
    const { after, more, every, then, settings } = LENGTHS[length];
    return [
      {
        name: "only",
        disturb: { after, evalEvery: then },
        settings: {
          ...settings,
          steps: after + more,
          eval_every: every,
          eval_early: false,
          ema: [withMemory(MEMORY)],
        },
      },
    ];
  },

  facts: ({ length, knob }) => ({ steps: number(LENGTHS[length].after), factor: number(knob) }),

  plot({ length }) {
    const { every, more } = LENGTHS[length];
    return {
      x: { from: -2 * every, to: more, title: t("after"), ticks: ticksAt([-every, 0, more / 2, more]) },
      y: percentAxis(),
    };
  },

  draw({ results, length }, place) {
    const [result] = results;
    const { after } = LENGTHS[length];
    const x = (step: number): number => step - after;
    return svg`${guessing(result?.classes ?? 10, place)}
      <line class="strike" x1=${place.x(0)} x2=${place.x(0)} y1=${place.top} y2=${place.bottom} />
      <text class="strike-name halo" x=${place.x(0) + 6} y=${place.top + 4}>${t("strike")}</text>
      ${linesOf(
        [
          { result, method: 0, x, text: (value) => shared("raw.value", { value }) },
          { result, method: 1, x, memory: MEMORY, text: (value) => shared("average.value", { value }) },
        ],
        place,
      )}`;
  },

  mark: ({ length }) => ({ from: 1, step: { x: LENGTHS[length].then, y: 1 } }),
  value: ({ x, y }) => t("value", { x: number(x), y: number(y) }),

  answer(seen) {
    const dips = dipsOf(seen);
    if (dips === undefined) return undefined;
    const { before, depth, lowestAfter } = dips.average;
    return { x: lowestAfter, y: before - depth };
  },

  verdict(seen, answer) {
    const dips = dipsOf(seen);
    if (dips === undefined || seen.mark === undefined) return [];
    const { raw, average, n } = dips;
    const low = average.before - average.depth;
    const error = independent(average.before, low, n);
    const points = (lost: number): string => number(lost, decimals(n));
    return [
      ...gapSentence(seen.mark.y, answer.y, n),
      t("when", { guess: number(seen.mark.x), answer: number(answer.x) }),
      t(differs(average.before, low, error, n) ? "lost" : "lost.close", {
        raw: points(difference(raw.before, raw.before - raw.depth, n)),
        average: points(difference(average.before, low, n)),
        error: errorText(error, n),
      }),
    ];
  },
};
