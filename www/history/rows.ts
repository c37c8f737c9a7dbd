/**
 * Rows of numbers, one per step, of which at most `capacity` are kept: every `stride`-th step, and the stride doubles
 * when there is no more room. The kept values are as measured.
 *
 * Rows are only ever written after `length`. An older history can therefore share its arrays with the newer ones that
 * extend it, and still sees only its own rows.
 */
export interface Rows {
  readonly width: number;
  readonly capacity: number;
  readonly stride: number;
  readonly length: number;
  readonly steps: Float64Array;
  readonly values: Float32Array;
}

export function noRows(width: number, capacity: number): Rows {
  return {
    width,
    capacity,
    stride: 1,
    length: 0,
    steps: new Float64Array(capacity),
    values: new Float32Array(capacity * width),
  };
}

/** The rows followed by those in `values`, which belong to `step` and the steps after it. */
export function addRows(rows: Rows, step: number, values: Float32Array): Rows {
  const { width } = rows;
  let next = rows;
  for (let k = 0; (k + 1) * width <= values.length; k++) {
    if ((step + k) % next.stride !== 0) continue;
    while (next.length === next.capacity) next = thinned(next);
    if ((step + k) % next.stride === 0)
      next = pushed(next, step + k, values.subarray(k * width, (k + 1) * width));
  }
  return next;
}

/**
 * The same, but keeps the latest rows without gaps, at least `keep` of them, and drops older ones when there is no
 * room.
 */
export function addLatest(rows: Rows, step: number, values: Float32Array, keep: number): Rows {
  const { width } = rows;
  let next = rows;
  for (let k = 0; (k + 1) * width <= values.length; k++) {
    if (next.length === next.capacity) {
      const from = next.length - keep + 1;
      const fresh = noRows(width, next.capacity);
      fresh.steps.set(next.steps.subarray(from));
      fresh.values.set(next.values.subarray(from * width));
      next = { ...fresh, length: keep - 1 };
    }
    next = pushed(next, step + k, values.subarray(k * width, (k + 1) * width));
  }
  return next;
}

/** The same rows with other columns. `from` gives the old index of each new column; undefined for one of NaN. */
export function rearranged(rows: Rows, width: number, from: (column: number) => number | undefined): Rows {
  const next = noRows(width, rows.capacity);
  next.values.fill(NaN);
  next.steps.set(rows.steps.subarray(0, rows.length));
  for (let column = 0; column < width; column++) {
    const old = from(column);
    if (old === undefined) continue;
    for (let row = 0; row < rows.length; row++) {
      next.values[row * width + column] = rows.values[row * rows.width + old] ?? NaN;
    }
  }
  return { ...next, stride: rows.stride, length: rows.length };
}

function pushed(rows: Rows, step: number, row: Float32Array): Rows {
  rows.steps[rows.length] = step;
  rows.values.set(row, rows.length * rows.width);
  return { ...rows, length: rows.length + 1 };
}

/** Every second row, in new arrays, with twice the stride. */
function thinned(rows: Rows): Rows {
  const stride = rows.stride * 2;
  const fresh = noRows(rows.width, rows.capacity);
  let length = 0;
  for (let row = 0; row < rows.length; row++) {
    const step = rows.steps[row] ?? 0;
    if (step % stride !== 0) continue;
    fresh.steps[length] = step;
    fresh.values.set(rows.values.subarray(row * rows.width, (row + 1) * rows.width), length * rows.width);
    length += 1;
  }
  return { ...fresh, stride, length };
}
