import { number } from "../i18n";

/** Bounds of the accuracy axis in percent: multiples of 5 with a margin around the data, within 0 to 100. */
export function accuracyRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 100];
  const air = Math.max((high - low) * 0.08, 2);
  return [Math.max(0, Math.floor((low - air) / 5) * 5), Math.min(100, Math.ceil((high + air) / 5) * 5)];
}

/** Bounds of an axis that begins at zero. */
export function fromZero(low: number | null, high: number | null): [number, number] {
  return low === null || high === null || high <= 0 ? [0, 1] : [0, high * 1.06];
}

/** Bounds with a small margin on both sides. */
export function withAir(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const air = (high - low) * 0.06 || Math.abs(high) * 0.1 || 1;
  return [low - air, high + air];
}

/** The same for quantities that are never negative. */
export function aboveZero(low: number | null, high: number | null): [number, number] {
  const [from, to] = withAir(low, high);
  return [Math.max(0, from), to];
}

/** Bounds of a logarithmic axis: the 1, 2 or 5 times a power of ten around the data. */
export function logRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null || !(low > 0)) return [0.1, 10];
  return [roundDown(low), roundUp(high)];
}

function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) + 1e-9);
  return power * (value >= 5 * power ? 5 : value >= 2 * power ? 2 : 1);
}

function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value) - 1e-9);
  return power * (value <= 2 * power ? 2 : value <= 5 * power ? 5 : 10);
}

/** Ticks with enough decimals to distinguish them. */
export function tickTexts(values: readonly number[]): string[] {
  let gap = Infinity;
  for (let k = 1; k < values.length; k++) {
    const apart = Math.abs((values[k] ?? NaN) - (values[k - 1] ?? NaN));
    if (apart > 0) gap = Math.min(gap, apart);
  }
  const decimals = gap === Infinity ? 2 : Math.max(0, Math.min(8, Math.ceil(-Math.log10(gap) - 1e-6)));
  // 0.25 has a power of ten of −1, and two decimals.
  const exact = values.every((value) => Math.abs(round(value, decimals) - value) < gap * 1e-3);
  return values.map((value) => number(value, exact ? decimals : decimals + 1));
}

function round(value: number, decimals: number): number {
  return Math.round(value * 10 ** decimals) / 10 ** decimals;
}

/** Tick labels of an axis that counts; fractions have none. */
export function wholeTexts(values: readonly number[]): string[] {
  return values.map((value) => (Number.isInteger(value) ? number(value) : ""));
}

/** A number with this many significant digits, never with an exponent. */
export function significant(value: number, digits: number): string {
  if (value === 0 || !Number.isFinite(value)) return number(value);
  const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(value)) + 1e-12);
  return number(value, Math.max(0, Math.min(12, decimals)));
}

/** Ticks of a logarithmic axis: powers of ten, and 2 and 5 times these where there are few. */
export function logTicks(low: number, high: number): number[] {
  const factors = high / low < 1000 ? [1, 2, 5] : [1];
  const ticks: number[] = [];
  for (let power = Math.floor(Math.log10(low) + 1e-9); 10 ** power <= high * (1 + 1e-9); power++) {
    for (const factor of factors) {
      // Parsed from text, because 10 ** -3 is not exactly 0.001.
      const tick = Number(`${factor}e${power}`);
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) ticks.push(tick);
    }
  }
  return ticks;
}
