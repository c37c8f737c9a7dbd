/** The window as the reader has it. */

/** Whether there is room for labels next to lines. */
export const wide = matchMedia("(width >= 720px)");

/** Whether the reader prefers that nothing moves. */
export const still = matchMedia("(prefers-reduced-motion: reduce)");

/** The page's font size relative to the usual one; a presentation's is larger. */
export function scale(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
}
