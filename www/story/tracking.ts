import { memoryOf } from "../averages/memory";
import { constantBeta, parseSpecs, withMemory } from "../averages/spec";
import { rounded } from "../averages/scale";

/**
 * The averages of a run with one more of this memory, as the setting `ema` spells them; undefined if the run has it already or has
 * no room. An average cannot be taken out of a run.
 */
export function trackedAs(memory: number, ema: unknown, most: number): string[] | undefined {
  const steps = rounded(memory);
  const memories = parseSpecs(ema).map((spec) => rounded(memoryOf(constantBeta(spec) ?? 0)));
  if (!Array.isArray(ema) || steps <= 1 || memories.includes(steps) || ema.length >= most) return undefined;
  return [...ema.map(String), withMemory(steps)];
}
