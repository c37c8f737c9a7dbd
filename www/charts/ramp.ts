/**
 * The colour of an average, by its memory alone: one ordered ramp from a short memory to a long one, never by its place in a list.
 *
 * The stops are those of oklch(.60 − .26 q, .098 + .055 q, 190 + 110 q) for marks on light, oklch(.53 − .19 q, .088 + .06 q,
 * 190 + 110 q) for text on light, and oklch(.63 + .25 q, .105 − .02 q, 190 + 110 q) on dark, clipped to sRGB, at q = log₁₀(memory) / 4.
 * Each has a contrast of 3:1 (marks) or 4.5:1 (text) to the card, the paper and the shaded zone.
 */
const stops: readonly [memory: number, mark: string, text: string, dark: string][] = [
  [1, "#1b938d", "#107c77", "#169d97"],
  [3, "#008892", "#00757d", "#2aa4ae"],
  [10, "#007c98", "#006b84", "#45abc5"],
  [20, "#00749a", "#006588", "#55afd1"],
  [50, "#00689b", "#005c8b", "#6bb3df"],
  [100, "#005f9c", "#00558d", "#7bb6e8"],
  [200, "#10569b", "#0c4d8d", "#8bb9f0"],
  [400, "#234c98", "#1f458d", "#9bbcf7"],
  [1000, "#323e93", "#2e3a8a", "#afc0fe"],
  [3000, "#3e2c89", "#3c2b83", "#c7c5ff"],
  [10_000, "#461779", "#461977", "#e0cbff"],
];

/** The colour of a memory in steps, as CSS has it, for both themes; between two stops, mixed in OKLab. */
export function memoryColour(memory: number, use: "mark" | "text" = "mark"): string {
  return `light-dark(${colourOn(false, memory, use)}, ${colourOn(true, memory)})`;
}

/** The colour of a memory in one theme, for a canvas. */
export function colourOn(dark: boolean, memory: number, use: "mark" | "text" = "mark"): string {
  const last = stops.length - 1;
  const after = stops.findIndex(([stop]) => stop >= memory);
  const above = stops[after < 0 ? last : after];
  const below = stops[Math.max(0, (after < 0 ? last : after) - 1)];
  if (above === undefined || below === undefined) throw new Error("the ramp has no stops");
  const [from, to] = [Math.log(below[0]), Math.log(above[0])];
  const share = to === from ? 1 : Math.min(1, Math.max(0, (Math.log(memory) - from) / (to - from)));
  const column = dark ? 3 : use === "mark" ? 1 : 2;
  const [a, b] = [below[column], above[column]];
  return share === 1 ? b : share === 0 ? a : `color-mix(in oklab, ${b} ${(100 * share).toFixed(1)}%, ${a})`;
}
