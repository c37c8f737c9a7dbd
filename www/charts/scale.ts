/** Bounds of the accuracy axis in percent: round, with air around the data, never outside 0 to 100. */
export function accuracyRange(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 100];
  const air = Math.max((high - low) * 0.08, 2);
  return [Math.max(0, Math.floor((low - air) / 5) * 5), Math.min(100, Math.ceil((high + air) / 5) * 5)];
}
