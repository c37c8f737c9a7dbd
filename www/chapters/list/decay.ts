import { svg } from "lit-html";

import { withMemory } from "../../averages/spec";
import { number } from "../../i18n";
import { morales, sandler } from "../../papers";
import type { Chapter } from "../chapter";
import { linesOf } from "../lines";
import { scoreOf } from "../measures";
import { guessing, percentAxis, percentText, ticksAt } from "../plot";
import { compared, gapSentence } from "../sentences";
import { t as shared } from "../words";
import { t } from "./decay.words";

const LENGTHS = {
  short: { memory: 25, settings: { batch: 32, steps: 250, eval_every: 50, limit_test: 500 } },
  long: { memory: 100, settings: { batch: 64, steps: 1092, eval_every: 78, limit_test: 1000 } },
} as const;

export const decay: Chapter = {
  t,
  sources: [sandler, morales],
  asks: "waiting",
  proceed: () => t("proceed"),

  runs(length) {
    const { memory, settings } = LENGTHS[length];
    const common = { ...settings, lr: 0.004, eval_early: false, ema: [withMemory(memory)] };
    return [
      { name: "constant", settings: { ...common, schedule: "constant" } },
      { name: "cosine", settings: { ...common, schedule: "cosine" }, waits: "before" },
    ];
  },
  run: (name) => t(name === "cosine" ? "cosine" : "constant"),

  facts: ({ length }) => ({
    steps: number(LENGTHS[length].settings.steps),
    m: number(LENGTHS[length].memory),
  }),

  plot({ length }) {
    const { steps } = LENGTHS[length].settings;
    return {
      right: 190,
      x: {
        from: 0,
        to: steps,
        title: shared("steps"),
        ticks: ticksAt([0, steps / 2, steps].map(Math.round)),
      },
      y: percentAxis(),
    };
  },

  draw({ results, length }, place) {
    const [constant, cosine] = results;
    const { memory } = LENGTHS[length];
    return svg`${guessing(constant?.classes ?? 10, place)}
      ${linesOf(
        [
          { result: constant, method: 0, text: (value) => t("end.constant", { value }) },
          { result: constant, method: 1, memory, text: (value) => t("end.average", { value }) },
          { result: cosine, method: 0, second: true, text: (value) => t("end.cosine", { value }) },
        ],
        place,
      )}`;
  },

  mark: ({ length }) => ({ columns: [LENGTHS[length].settings.steps], step: { y: 1 } }),
  value: ({ y }) => `${number(y)}%`,

  answer({ results, length }) {
    const [, cosine] = results;
    if (cosine === undefined) return undefined;
    return { x: LENGTHS[length].settings.steps, y: scoreOf({ result: cosine, method: 0 }) };
  },

  verdict({ results, mark }, answer) {
    const [constant, cosine] = results;
    if (constant === undefined || cosine === undefined) return [];
    const n = cosine.testImages;
    const falling = { result: cosine, method: 0, name: t("name.cosine") };
    return [
      ...gapSentence(mark?.y, answer.y, n),
      compared({ result: constant, method: 1, name: t("name.average") }, falling),
      compared(falling, { result: constant, method: 0, name: t("name.constant") }),
      t("both", { both: percentText(scoreOf({ result: cosine, method: 1 }), n) }),
    ];
  },
};
