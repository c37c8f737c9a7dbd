import { svg } from "lit-html";

import { memoryOf } from "../../averages/memory";
import { number } from "../../i18n";
import { busbridge, malladi } from "../../papers";
import type { Chapter, Seen } from "../chapter";
import { linesOf } from "../lines";
import { distance, scoreOf } from "../measures";
import { guessing, percentAxis, ticksAt } from "../plot";
import { compared, gapSentence } from "../sentences";
import { t } from "./batch.words";

const BETA = 0.99;
const SMALL = 16;
/** How much larger the large batch is. */
const KAPPA = 4;
const LARGE = KAPPA * SMALL;
const SCALED = Number((BETA ** KAPPA).toFixed(4));

const LENGTHS = {
  short: { steps: 400, every: 40, limit_test: 300 },
  long: { steps: 4096, every: 256, limit_test: 1000 },
} as const;

const picturesOf = ({ length }: Pick<Seen, "length">): number => LENGTHS[length].steps * SMALL;

export const batch: Chapter = {
  t,
  sources: [busbridge, malladi],
  asks: "waiting",
  proceed: () => t("proceed", { large: LARGE }),

  runs(length) {
    const { steps, every, limit_test } = LENGTHS[length];
    return [
      {
        name: "small",
        settings: {
          batch: SMALL,
          lr: 0.002,
          steps,
          eval_every: every,
          eval_early: false,
          limit_test,
          ema: [String(BETA)],
        },
      },
      {
        name: "large",
        waits: "before",
        settings: {
          batch: LARGE,
          lr: 0.002 * Math.sqrt(KAPPA),
          steps: steps / KAPPA,
          eval_every: every / KAPPA,
          eval_early: false,
          limit_test,
          ema: [String(BETA), String(SCALED)],
        },
      },
    ];
  },
  run: (name) => (name === "large" ? t("large", { large: LARGE }) : t("small", { small: SMALL })),

  facts: () => ({
    small: number(SMALL),
    large: number(LARGE),
    kappa: number(KAPPA),
    beta: number(BETA, 2),
    scaled: number(SCALED, 4),
  }),

  plot(seen) {
    const pictures = picturesOf(seen);
    return {
      right: 130,
      x: { from: 0, to: pictures, title: t("axis"), ticks: ticksAt([0, pictures / 2, pictures]) },
      y: percentAxis(),
    };
  },

  draw({ results }, place) {
    const [small, large] = results;
    const memory = memoryOf(BETA);
    const x = (step: number): number => step * LARGE;
    return svg`${guessing(small?.classes ?? 10, place)}
      ${linesOf(
        [
          {
            result: small,
            method: 1,
            memory,
            x: (step) => step * SMALL,
            text: (value) => t("end.small", { small: SMALL, value }),
          },
          {
            result: large,
            method: 1,
            memory,
            second: true,
            x,
            text: (value) => t("end.same", { value }),
          },
          {
            result: large,
            method: 2,
            memory: memoryOf(SCALED),
            second: true,
            x,
            text: (value) => t("end.scaled", { value }),
          },
        ],
        place,
      )}`;
  },

  mark: (seen) => ({ columns: [picturesOf(seen)], step: { y: 1 } }),
  value: ({ y }) => `${number(y)}%`,

  answer(seen) {
    const large = seen.results[1];
    return large === undefined
      ? undefined
      : { x: picturesOf(seen), y: scoreOf({ result: large, method: 1 }) };
  },

  verdict({ results, mark }, answer) {
    const [small, large] = results;
    if (small === undefined || large === undefined) return [];
    const reference = { points: small.points, method: 1, batch: SMALL };
    const [same = NaN, scaled = NaN] = [1, 2].map((method) =>
      distance(reference, { points: large.points, method, batch: LARGE }),
    );
    return [
      ...gapSentence(mark?.y, answer.y, large.testImages),
      compared(
        { result: small, method: 1, name: t("name.small") },
        { result: large, method: 1, name: t("name.same") },
      ),
      t("distance", { same: number(same, 1), scaled: number(scaled, 1) }),
    ];
  },
};
