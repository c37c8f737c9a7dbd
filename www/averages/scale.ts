/** The scale of the memory slider. */

import { USUAL } from "./memory";

/** The share of a run at a constant rate that suits an average's memory best. */
export const ZONE = [0.05, 0.1] as const;
/** Key presses from one end to the other. */
const PRESSES = 60;

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** The memory at a place of the slider from 0 to 1, in a run of `total` steps: 1 step to the whole run. */
export function memoryAt(place: number, total: number): number {
  return clamp(total ** clamp(place, 0, 1), 1, total);
}

/** The place of a memory, from 0 to 1. */
export function placeOf(memory: number, total: number): number {
  return total <= 1 ? 0 : clamp(Math.log(memory) / Math.log(total), 0, 1);
}

/** A memory as it is shown and tracked: whole steps, from 100 on with two digits. */
export function rounded(memory: number): number {
  return memory < 100 ? Math.round(memory) : Number(memory.toPrecision(2));
}

/** The decimals that a β needs: two digits of 1 − β, without zeros at the end. */
export function betaDigits(beta: number): number {
  if (beta <= 0) return 0;
  const most = Math.ceil(-Math.log10(1 - beta) - 1e-9) + 1;
  let digits = most;
  const value = beta.toFixed(most);
  while (digits > 1 && value[value.length - 1 - (most - digits)] === "0") digits -= 1;
  return digits;
}

/** The memories that are marked: 1, 3, 10, 30, … and the whole run. */
export function ticks(total: number): number[] {
  const marked: number[] = [];
  for (let power = 1; power < total; power *= 10) marked.push(power, 3 * power);
  return [...marked.filter((memory) => memory < total), total];
}

/** A label on the slider, which takes room from `left` to `right`. */
export interface Room {
  left: number;
  right: number;
}

/** Those labels that keep `gap` to those before them in the list; the first ones are the most important. */
export function fitting<T extends Room>(labels: readonly T[], gap: number): T[] {
  const fits: T[] = [];
  for (const label of labels) {
    if (fits.every((other) => label.left >= other.right + gap || label.right <= other.left - gap))
      fits.push(label);
  }
  return fits;
}

/** The memory that a key leads to; undefined if the key is not the slider's. */
export function memoryByKey(
  { key, shiftKey }: Pick<KeyboardEvent, "key" | "shiftKey">,
  memory: number,
  total: number,
  tested: readonly number[],
): number | undefined {
  const among = (marks: readonly number[], up: boolean): number => {
    const sorted = [...marks].sort((a, b) => a - b);
    const next = up
      ? sorted.find((mark) => mark > memory * 1.0001)
      : sorted.findLast((mark) => mark < memory / 1.0001);
    return next ?? memory;
  };
  switch (key) {
    case "ArrowRight":
    case "ArrowUp":
    case "ArrowLeft":
    case "ArrowDown": {
      const up = key === "ArrowRight" || key === "ArrowUp";
      if (shiftKey) return among(tested, up);
      return memoryAt(placeOf(memory, total) + (up ? 1 : -1) / PRESSES, total);
    }
    case "PageUp":
      return among(ticks(total), true);
    case "PageDown":
      return among(ticks(total), false);
    case "Home":
      return 1;
    case "End":
      return total;
    case "Backspace":
      return Math.min(USUAL, total);
    default:
      return undefined;
  }
}
