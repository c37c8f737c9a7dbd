import type { StepMetric } from "../engine";

/** The most buckets of a run; when there would be more, neighbours are merged. */
const MOST_BUCKETS = 2048;

/** The range of a quantity over some steps, and its last value; nothing is smoothed. */
interface Extent {
  min: number;
  max: number;
  last: number;
}

/** The training batches of the steps `first` to `last`. */
interface MetricBucket {
  first: number;
  last: number;
  loss: Extent;
  accuracy: Extent;
}

/**
 * All steps of a run in a bounded number of buckets. While `width` is 1, each bucket is one step with its exact values.
 */
export interface MetricHistory {
  buckets: readonly MetricBucket[];
  /** The number of steps in a full bucket. */
  width: number;
  /** The latest step. */
  last: StepMetric | undefined;
}

export const noMetrics: MetricHistory = { buckets: [], width: 1, last: undefined };

/** The history followed by these steps. */
export function addMetrics(
  history: MetricHistory,
  metrics: readonly StepMetric[],
  most = MOST_BUCKETS,
): MetricHistory {
  if (metrics.length === 0) return history;
  let { width } = history;
  let buckets = [...history.buckets];
  for (const metric of metrics) {
    const next = bucketOf(metric);
    const open = buckets.at(-1);
    if (open !== undefined && open.last - open.first + 1 < width)
      buckets[buckets.length - 1] = join(open, next);
    else buckets.push(next);
    if (buckets.length > most) {
      buckets = inPairs(buckets);
      width *= 2;
    }
  }
  return { buckets, width, last: metrics.at(-1) };
}

function bucketOf({ step, loss, accuracy }: StepMetric): MetricBucket {
  return { first: step, last: step, loss: point(loss), accuracy: point(accuracy) };
}

function point(value: number): Extent {
  return { min: value, max: value, last: value };
}

function inPairs(buckets: MetricBucket[]): MetricBucket[] {
  const merged: MetricBucket[] = [];
  for (let k = 0; k < buckets.length; k += 2) {
    const [a, b] = [buckets[k], buckets[k + 1]];
    if (a !== undefined) merged.push(b === undefined ? a : join(a, b));
  }
  return merged;
}

function join(a: MetricBucket, b: MetricBucket): MetricBucket {
  return {
    first: a.first,
    last: b.last,
    loss: span(a.loss, b.loss),
    accuracy: span(a.accuracy, b.accuracy),
  };
}

/** The range of both; NaN does not hide the other numbers. */
function span(a: Extent, b: Extent): Extent {
  const min = a.min <= b.min || Number.isNaN(b.min) ? a.min : b.min;
  const max = a.max >= b.max || Number.isNaN(b.max) ? a.max : b.max;
  return { min, max, last: b.last };
}
