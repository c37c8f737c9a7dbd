import type { TemplateResult } from "lit-html";

import { memoryColour } from "../charts/ramp";
import { accuracies } from "./measures";
import { type Place, endLabels, percentText, series } from "./plot";
import type { RunResult } from "./run";

/** A line of a figure: what a network of a run gets right, test by test. */
export interface Curve {
  /** Undefined as long as the run has not begun. */
  result: RunResult | undefined;
  method: number;
  /** The average's memory, which its colour comes from; the raw network is grey. */
  memory?: number;
  /** The line of another run with the same colour, which is thinner for an average and thicker for the raw network. */
  second?: boolean;
  /** The label at its end. */
  text: (value: string) => string;
  /** Where a step is on the axis; points left of the plot are left out. */
  x?: (step: number) => number;
}

/** Lines with their bands of two standard errors, and the newest value at the end of each. */
export function linesOf(curves: readonly Curve[], place: Place): TemplateResult[] {
  const begun = curves.flatMap(({ result, ...curve }) => {
    if (result === undefined || result.points.length === 0) return [];
    const { method, x = (step) => step } = curve;
    const points = accuracies(result.points, method)
      .map((right, k) => [x(result.points[k]?.step ?? 0), right] as const)
      .filter(([at]) => place.x(at) >= place.left);
    return [{ ...curve, points, pictures: result.testImages }];
  });
  return [
    ...begun.map(({ points, pictures, memory, second }) =>
      series(points, place, {
        colour: memory === undefined ? "var(--raw)" : memoryColour(memory),
        pictures,
        name: `${memory === undefined ? "raw" : "average"}${second === true ? " second" : ""}`,
      }),
    ),
    ...endLabels(
      begun.flatMap(({ points, pictures, text }) => {
        const [x, y] = points.at(-1) ?? [];
        return x === undefined || y === undefined ? [] : [{ x, y, text: text(percentText(y, pictures)) }];
      }),
      place,
    ),
  ];
}
