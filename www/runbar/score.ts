import { constantBeta, parseSpec } from "../averages/spec";
import type { State } from "../state";

/** The memory in steps that the bar's average is nearest to: the one that the story shows at first. */
const USUAL = 50;

/** Percent of the test pictures that the raw network and one average got right at the newest test; undefined before the first. */
export function scoreOf({ description, points }: Pick<State, "description" | "points">) {
  const newest = points.at(-1);
  const raw = newest?.methods[0]?.accuracy;
  if (newest === undefined || raw === undefined || description === undefined) return undefined;
  const averages = description.methods.flatMap(({ name, average }) => {
    const beta = constantBeta(parseSpec(average));
    const accuracy = newest.methods.find((method) => method.name === name)?.accuracy;
    return beta === undefined || accuracy === undefined
      ? []
      : [{ apart: Math.abs(Math.log((1 - beta) * USUAL)), accuracy }];
  });
  const [first, ...others] = averages;
  if (first === undefined) return undefined;
  const nearest = others.reduce((best, one) => (one.apart < best.apart ? one : best), first);
  return { raw, average: nearest.accuracy };
}
