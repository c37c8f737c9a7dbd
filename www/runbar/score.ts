import { USUAL, memoryOf, nearestMemory } from "../averages/memory";
import { constantBeta, parseSpec } from "../averages/spec";
import type { State } from "../state";

/**
 * Percent of the test pictures that the raw network and the average of the usual memory, or the nearest to it, got right at the
 * newest test; undefined before the first.
 */
export function scoreOf({ description, points }: Pick<State, "description" | "points">) {
  const newest = points.at(-1);
  const raw = newest?.methods[0]?.accuracy;
  if (newest === undefined || raw === undefined || description === undefined) return undefined;
  const averages = description.methods.flatMap(({ name, average }) => {
    const beta = constantBeta(parseSpec(average));
    const accuracy = newest.methods.find((method) => method.name === name)?.accuracy;
    return beta === undefined || accuracy === undefined ? [] : [{ memory: memoryOf(beta), accuracy }];
  });
  const nearest = nearestMemory(
    USUAL,
    averages.map(({ memory }) => memory),
  );
  const average = averages.find(({ memory }) => memory === nearest)?.accuracy;
  return average === undefined ? undefined : { raw, average };
}
