/** From this number of pictures on, percentages are shown with one decimal. */
const FINE = 2000;

/** The decimals of a percentage that was measured on this number of pictures. */
export function decimals(pictures: number): number {
  return pictures < FINE ? 0 : 1;
}

/** A percentage as it is printed everywhere, for its number of pictures. */
export function percent(value: number, pictures: number): string {
  return value.toFixed(decimals(pictures));
}

/** The difference between two percentages as they are printed, so that a reader who subtracts finds the same. */
export function difference(a: number, b: number, pictures: number): number {
  return Number(percent(a, pictures)) - Number(percent(b, pictures));
}
