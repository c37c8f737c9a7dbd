import { svg } from "lit-html";

import { withMemory } from "../../averages/spec";
import { number } from "../../i18n";
import { sandler, tarvainen } from "../../papers";
import type { Chapter, Seen } from "../chapter";
import { linesOf } from "../lines";
import { scoreOf } from "../measures";
import { guessing, percentAxis, ticksAt } from "../plot";
import { compared, gapSentence } from "../sentences";
import { t as shared } from "../words";
import { t } from "./branch.words";

const LR = 0.004;
/** The rate of a branch falls in this many equal parts. */
const PARTS = 10;

const LENGTHS = {
  short: { more: 60, memory: 25, every: 30, settings: { batch: 32, limit_test: 400 } },
  long: { more: 200, memory: 80, every: 50, settings: { batch: 64, limit_test: 1000 } },
} as const;

/** A longer run has its branch later: the knob counts in lengths of a branch. */
const stepOf = ({ length, knob }: Pick<Seen, "length" | "knob">): number => knob * LENGTHS[length].more;
const endOf = (seen: Pick<Seen, "length" | "knob">): number => stepOf(seen) + LENGTHS[seen.length].more;

export const branch: Chapter = {
  t,
  sources: [sandler, tarvainen],
  asks: "waiting",
  proceed: () => t("proceed"),

  runs(length, knob) {
    const { more, memory, every, settings } = LENGTHS[length];
    const steps = endOf({ length, knob });
    const from = stepOf({ length, knob });
    const common = {
      ...settings,
      steps,
      eval_every: every,
      eval_early: false,
      lr: LR,
      ema: [withMemory(memory)],
    };
    return [
      { name: "constant", settings: common },
      {
        name: "branch",
        settings: common,
        waits: "before",
        rates: Array.from({ length: PARTS }, (_, k) => ({
          after: from + (k * more) / PARTS,
          lr: Number((LR * (1 - (k + 0.5) / PARTS)).toPrecision(3)),
        })),
      },
    ];
  },
  run: (name) => t(name === "branch" ? "decayed" : "constant"),

  facts: (seen) => ({
    step: number(stepOf(seen)),
    more: number(LENGTHS[seen.length].more),
    m: number(LENGTHS[seen.length].memory),
  }),

  knob: {
    label: () => t("knob"),
    values: [2, 3, 4],
    start: 3,
    text: (n, length) => number(n * LENGTHS[length].more),
    when: "run",
  },

  plot(seen) {
    const end = endOf(seen);
    return {
      right: 130,
      x: { from: 0, to: end, title: shared("steps"), ticks: ticksAt([0, stepOf(seen), end]) },
      y: percentAxis(),
    };
  },

  draw(seen, place) {
    const [constant, branch] = seen.results;
    const from = place.x(stepOf(seen));
    return svg`${guessing(constant?.classes ?? 10, place)}
      <line class="axis" x1=${from} x2=${from} y1=${place.top} y2=${place.bottom} />
      <text class="halo" x=${from + 6} y=${place.top + 4}>${t("leaves")}</text>
      ${linesOf(
        [
          { result: constant, method: 0, text: (value) => t("end.constant", { value }) },
          {
            result: constant,
            method: 1,
            memory: LENGTHS[seen.length].memory,
            text: (value) => t("end.average", { value }),
          },
          { result: branch, method: 0, second: true, text: (value) => t("end.branch", { value }) },
        ],
        place,
      )}`;
  },

  mark: (seen) => ({ columns: [endOf(seen)], step: { y: 1 } }),
  value: ({ y }) => `${number(y)}%`,

  answer(seen) {
    const landed = seen.results[1];
    return landed === undefined ? undefined : { x: endOf(seen), y: scoreOf({ result: landed, method: 0 }) };
  },

  verdict({ results, mark }, answer) {
    const [constant, landed] = results;
    if (constant === undefined || landed === undefined) return [];
    const end = { result: landed, method: 0, name: t("name.branch") };
    return [
      ...gapSentence(mark?.y, answer.y, landed.testImages),
      compared({ result: constant, method: 1, name: t("name.average") }, end),
      compared(end, { result: constant, method: 0, name: t("name.raw") }),
    ];
  },
};
