import type { EvaluationPoint } from "../engine";

/** The most points of a run; when there would be more, every second one is dropped. */
const MOST_POINTS = 4096;

/** The evaluations of a run: every `stride`-th, and the latest. */
export interface PointHistory {
  points: EvaluationPoint[];
  stride: number;
  /** The number of evaluations so far. */
  count: number;
}

export const noPoints: PointHistory = { points: [], stride: 1, count: 0 };

/** The history followed by these evaluations. */
export function addPoints(
  history: PointHistory,
  added: readonly EvaluationPoint[],
  most = MOST_POINTS,
): PointHistory {
  if (added.length === 0) return history;
  let { stride, count } = history;
  let points = [...history.points];
  for (const point of added) {
    // The latest point is always kept; the next one replaces it if it is not on the stride.
    if (count > 0 && (count - 1) % stride !== 0) points.pop();
    points.push(point);
    count += 1;
    if (points.length > most) {
      stride *= 2;
      points = points.filter((_, k) => k % 2 === 0 || k === points.length - 1);
    }
  }
  return { points, stride, count };
}
