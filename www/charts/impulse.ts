import type { Mark } from "../history/mark";
import { number } from "../i18n";
import type { State } from "../state";
import { rateAt } from "../averages/rate";
import { parseSpecs } from "../averages/spec";
import type { Line } from "./content";
import { seriesStyle } from "./palette";
import { methodKey } from "./runlines";

/** Points a predicted curve has at most. */
const POINTS = 400;
/** A share below this is drawn as none: nobody sees it, and the rates of a long run need not be gone through. */
const NONE = 1e-6;

type Outlier = Extract<Mark, { kind: "outlier" }>;

/** The latest bad batch of the run. */
export function lastOutlier(marks: readonly Mark[]): Outlier | undefined {
  return marks.findLast((mark) => mark.kind === "outlier");
}

/**
 * How much of the weights that the latest bad batch left behind is in each average, in percent, from that step to
 * `until`: (1 − β) β^k after k more steps, by the rates the averages have. A prediction from the settings alone. It
 * says nothing of accuracy, which is not a linear function of the weights, and nothing of how far the batch moved them.
 */
export function shareLines({ experiment, description, marks }: State, dark: boolean, until: number): Line[] {
  const outlier = lastOutlier(marks);
  if (outlier === undefined || description === undefined) return [];
  const bad = outlier.step + 1;
  return parseSpecs(experiment?.ema).flatMap((spec, k) => {
    if (spec === undefined) return [];
    const shares: number[] = [];
    let share = rateAt(spec, bad);
    for (let step = bad; step <= until; step++) {
      if (step > bad) share *= 1 - rateAt(spec, step);
      shares.push(share);
      if (share < NONE) break;
    }
    const stride = Math.max(1, Math.ceil(shares.length / POINTS));
    const places = shares.flatMap((_, k) => (k % stride === 0 || k === shares.length - 1 ? [k] : []));
    const x = [outlier.step, ...places.map((k) => bad + k)];
    const y = [0, ...places.map((k) => 100 * (shares[k] ?? 0))];
    const { colour } = seriesStyle(k + 1, dark);
    return [
      {
        key: methodKey(k + 1),
        name: "",
        label: "",
        style: { colour, dash: [1, 3], width: 1.5 },
        x,
        y,
        right: true,
        quiet: true,
        format: (value: number) => `${number(value, 2)} %`,
      },
    ];
  });
}
