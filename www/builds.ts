import { relaxedSimd, simd } from "wasm-feature-detect";

/** The builds of the engine's module, by the vector instructions that they need. */
export type Build = "relaxed" | "simd" | "plain";

/** The fastest build that this browser can run. */
export async function bestBuild(): Promise<Build> {
  if (await relaxedSimd()) return "relaxed";
  return (await simd()) ? "simd" : "plain";
}
