import { rateAt } from "../averages/rate";
import { type AverageSpec, parseSpec } from "../averages/spec";
import type { Method } from "../engine";

/** The average that a text spells. */
export function specOf(text: string): AverageSpec {
  const spec = parseSpec(text);
  if (spec === undefined) throw new Error(`${text} is not an average`);
  return spec;
}

/** The average of a sequence w_0, w_1, …, step by step. */
export function average(spec: AverageSpec, weights: readonly number[]): number[] {
  let v = weights[0] ?? 0;
  return weights.map((w, step) => (step === 0 ? v : (v += rateAt(spec, step) * (w - v))));
}

/** The raw weights, then the averages of these texts, under names that tell them apart. */
export function methodsOf(...averages: string[]): Method[] {
  const name = (average: string): string => `ema-${average.replaceAll(/,\w+=/g, "-")}`;
  return [{ name: "raw", average: null }, ...averages.map((average) => ({ name: name(average), average }))];
}
