import { svg } from "lit-html";

import { betaOf } from "../../averages/memory";
import { withMemory } from "../../averages/spec";
import { memoryColour } from "../../charts/ramp";
import { number } from "../../i18n";
import { milani, polyak } from "../../papers";
import type { Chapter, Seen } from "../chapter";
import { mean } from "../measures";
import { type Place, endLabels, series, ticksAt } from "../plot";
import { t as shared } from "../words";
import { t } from "./noise.words";

const LENGTHS = {
  short: {
    memory: 50,
    stop: 200,
    settings: { batch: 32, lr: 0.004, steps: 300, eval_every: 10, limit_test: 200 },
  },
  long: {
    memory: 100,
    stop: 702,
    settings: { batch: 64, lr: 0.004, steps: 1092, eval_every: 39, limit_test: 1000 },
  },
} as const;

/** The share of pictures that a method reassigned, test by test. */
function flipsOf({ results }: Seen, method: number): (readonly [step: number, percent: number])[] {
  return results[0]?.flips.map(({ step, methods }) => [step, methods[method] ?? NaN] as const) ?? [];
}

/** Its mean after the stop. */
function lateMean(seen: Seen, method: number): number {
  const late = flipsOf(seen, method).filter(([step]) => step > LENGTHS[seen.length].stop);
  return mean(late.map(([, percent]) => percent));
}

export const noise: Chapter = {
  t,
  sources: [polyak, milani],
  asks: "waiting",
  proceed: () => t("proceed"),

  runs(length) {
    const { memory, stop, settings } = LENGTHS[length];
    return [
      { name: "only", waits: stop, settings: { ...settings, eval_early: false, ema: [withMemory(memory)] } },
    ];
  },

  facts({ length }) {
    const { memory, stop, settings } = LENGTHS[length];
    const beta = betaOf(memory);
    return {
      every: number(settings.eval_every),
      n: number(settings.limit_test),
      stop: number(stop),
      m: number(memory),
      beta: number(beta, 2),
      left: `${number(100 * Math.sqrt((1 - beta) / (1 + beta)))}%`,
    };
  },

  plot({ length }) {
    const { steps } = LENGTHS[length].settings;
    return {
      x: { from: 0, to: steps, title: shared("steps"), ticks: ticksAt([0, LENGTHS[length].stop, steps]) },
      y: {
        from: 0,
        to: 80,
        ticks: [0, 20, 40, 60, 80].map((at) => ({ at, text: at === 80 ? "80%" : String(at) })),
      },
    };
  },

  draw(seen, place) {
    const raw = flipsOf(seen, 0);
    // What is asked for is not shown before.
    const newest = seen.results[0]?.points.at(-1)?.step ?? 0;
    const average = newest > LENGTHS[seen.length].stop ? flipsOf(seen, 1) : [];
    return svg`${curve(raw, place, "var(--raw)", "raw")}
      ${curve(average, place, memoryColour(LENGTHS[seen.length].memory), "average")}
      ${endLabels(
        [raw, average].flatMap((line, k) => {
          const [x, y] = line.at(-1) ?? [];
          if (x === undefined || y === undefined) return [];
          return [{ x, y, text: t(k === 0 ? "end.raw" : "end.average", { value: number(y) }) }];
        }),
        place,
      )}`;
  },

  mark: ({ length }) => ({ columns: [LENGTHS[length].settings.steps], step: { y: 1 } }),
  value: ({ y }) => t("value", { y: number(y) }),

  answer(seen) {
    const y = lateMean(seen, 1);
    return Number.isNaN(y) ? undefined : { x: LENGTHS[seen.length].settings.steps, y };
  },

  verdict(seen, { y }) {
    return [
      t("said", {
        guess: number(seen.mark?.y ?? NaN),
        average: number(y),
        raw: number(lateMean(seen, 0)),
        stop: number(LENGTHS[seen.length].stop),
      }),
    ];
  },
};

function curve(points: readonly (readonly [number, number])[], place: Place, colour: string, name: string) {
  return series(points, place, { colour, name });
}
