import { rateAt } from "../averages/rate";
import { type AverageSpec, parseSpec } from "../averages/spec";

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
