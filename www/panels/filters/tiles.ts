/** The kernels of a first convolution as pixels. */

/** Output channels, input channels, height, width. */
export type Shape = readonly [number, number, number, number];

/** The largest absolute value, ignoring numbers that are not finite. */
export function largest(values: Float32Array): number {
  let most = 0;
  for (const value of values) if (Number.isFinite(value)) most = Math.max(most, Math.abs(value));
  return most;
}

/** The root mean square. */
export function rms(values: Float32Array): number {
  let sum = 0;
  for (const value of values) sum += value ** 2;
  return values.length === 0 ? 0 : Math.sqrt(sum / values.length);
}

export function subtract(a: Float32Array, b: Float32Array): Float32Array {
  return a.map((value, i) => value - (b[i] ?? 0));
}

/** The values of one kernel. */
export function filterAt(
  values: Float32Array,
  [, inputs, height, width]: Shape,
  output: number,
): Float32Array {
  const size = inputs * height * width;
  return values.subarray(output * size, (output + 1) * size);
}

/**
 * One kernel as RGBA, `height` × `width`: −scale is black, 0 mid-grey, +scale full brightness, in each of the channels
 * red, green and blue. A kernel of other inputs than three is drawn in greys, by the mean over its inputs.
 */
export function tile(
  values: Float32Array,
  shape: Shape,
  output: number,
  scale: number,
): Uint8ClampedArray<ArrayBuffer> {
  const [, inputs, height, width] = shape;
  const weights = filterAt(values, shape, output);
  const plane = height * width;
  const pixels = new Uint8ClampedArray(4 * plane);
  const brightness = (value: number): number => (scale === 0 ? 128 : 127.5 + (127.5 * value) / scale);
  for (let p = 0; p < plane; p++) {
    for (let channel = 0; channel < 3; channel++) {
      let value = weights[channel * plane + p] ?? 0;
      if (inputs !== 3) {
        value = 0;
        for (let input = 0; input < inputs; input++) value += (weights[input * plane + p] ?? 0) / inputs;
      }
      pixels[4 * p + channel] = brightness(value);
    }
    pixels[4 * p + 3] = 255;
  }
  return pixels;
}

export interface Grid {
  columns: number;
  rows: number;
  /** Device pixels per weight, and between tiles. */
  pixel: number;
  gap: number;
  width: number;
  height: number;
}

/** Tiles in rows of eight, each weight a whole number of device pixels, as large as `available` allows. */
export function grid([outputs, , height, width]: Shape, available: number, ratio: number): Grid {
  const columns = Math.max(1, Math.min(8, outputs));
  const rows = Math.ceil(outputs / columns);
  const gap = Math.round(3 * ratio);
  const pixel = Math.max(1, Math.floor((available * ratio - (columns - 1) * gap) / (columns * width)));
  return {
    columns,
    rows,
    pixel,
    gap,
    width: columns * width * pixel + (columns - 1) * gap,
    height: rows * height * pixel + (rows - 1) * gap,
  };
}
