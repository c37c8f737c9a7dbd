import { relaxedSimd, simd } from "wasm-feature-detect";

/** The builds of the engine's module, by what they need: vector instructions, and memory that threads share. */
export type Build = "relaxed_threads" | "simd_threads" | "relaxed" | "simd" | "plain";

/**
 * The builds that this browser can run, the fastest first.
 *
 * @param isolated whether the page is isolated from other origins, without which it has no memory to share
 */
export async function buildsFor(isolated: boolean): Promise<[Build, ...Build[]]> {
  const vectors = (await relaxedSimd()) ? "relaxed" : (await simd()) ? "simd" : undefined;
  // Without vectors the processor does not compute, so threads would be of no use.
  if (vectors === undefined) return ["plain"];
  return isolated ? [`${vectors}_threads`, vectors] : [vectors];
}
