import { relaxedSimd, simd } from "wasm-feature-detect";

/** The builds of the engine's module, by what they need: vector instructions, and memory that threads share. */
export type Build = "relaxed_threads" | "relaxed" | "simd" | "plain";

/**
 * The builds that this browser can run, the fastest first.
 *
 * @param isolated whether the page is isolated from other origins, without which it has no memory to share
 */
export async function buildsFor(isolated: boolean): Promise<[Build, ...Build[]]> {
  if (await relaxedSimd()) return isolated ? ["relaxed_threads", "relaxed"] : ["relaxed"];
  return (await simd()) ? ["simd"] : ["plain"];
}
