/** How sure a comparison on test pictures is: two standard errors, in percentage points. */

import type { Predictions } from "../engine";
import { number } from "../i18n";
import { decimals, difference } from "./percent";

/** Two standard errors of a share in percent, measured on n pictures: 2 √(p (1 − p) / n), the normal approximation. */
export function ofShare(percent: number, n: number): number {
  return 2 * Math.sqrt((percent * (100 - percent)) / n);
}

/** Of the difference of two shares, as if each were measured on pictures of its own; on the same ones it is too wide. */
export function independent(a: number, b: number, n: number): number {
  return 2 * Math.sqrt((a * (100 - a) + b * (100 - b)) / n);
}

/** The least error of a comparison on n pictures: five of them, since a handful says little about its own spread. */
export function leastError(n: number): number {
  return 500 / n;
}

/** Whether two shares of n pictures differ by more than their error, and in the numbers that are printed. */
export function differs(a: number, b: number, error: number, n: number): boolean {
  return difference(a, b, n) !== 0 && Math.abs(a - b) > Math.max(error, leastError(n));
}

/** An error as it is printed: with so many decimals that it is not nothing. */
export function errorText(error: number, n: number): string {
  return number(error, Math.max(decimals(n), error < 0.1 ? 2 : error < 1 ? 1 : 0));
}

/** Of n pictures, those that only the average (or the first of two methods) and those that only the raw network got right. */
export interface Discordant {
  average: number;
  raw: number;
  n: number;
}

/**
 * Of the difference d = (b − c) / n of two shares on the same n pictures, of which only the first got b right and only the second
 * c: 2 √((b + c) / n − d²) / √n. This is the standard error of a difference of correlated proportions (McNemar, Psychometrika 12,
 * 1947; Fleiss, Levin and Paik, Statistical Methods for Rates and Proportions, 3rd ed. 2003, section 13.1).
 */
export function paired({ average: b, raw: c, n }: Discordant): number {
  const d = (b - c) / n;
  return (100 * 2 * Math.sqrt(Math.max(0, (b + c) / n - d * d))) / Math.sqrt(n);
}

/** What two methods took the same pictures for, of which the first was right and the second not, and the other way round. */
export function discordantOf(
  first: ArrayLike<number>,
  second: ArrayLike<number>,
  labels: Uint8Array,
): Discordant {
  const counts: Discordant = { average: 0, raw: 0, n: labels.length };
  labels.forEach((label, image) => {
    const right = first[image] === label;
    if (right === (second[image] === label)) return;
    counts[right ? "average" : "raw"] += 1;
  });
  return counts;
}

/** What a method took each test picture for; undefined unless all were predicted. */
export function classesOf(
  predictions: Predictions | undefined,
  labels: Uint8Array | undefined,
  method: number,
): ArrayLike<number> | undefined {
  if (predictions === undefined || labels?.length !== predictions.images || method >= predictions.methods)
    return undefined;
  const { classes, images } = predictions;
  return classes.slice(method * images, (method + 1) * images);
}

/** The pictures on which the method and the raw network differ in being right; undefined unless all were predicted. */
export function discordant(
  predictions: Predictions | undefined,
  labels: Uint8Array | undefined,
  method: number,
): Discordant | undefined {
  const [first, raw] = [method, 0].map((one) => classesOf(predictions, labels, one));
  if (first === undefined || raw === undefined || labels === undefined) return undefined;
  return discordantOf(first, raw, labels);
}
