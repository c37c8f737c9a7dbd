import type { EvaluationPoint, StepMetric } from "../engine";
import type { Mark } from "./mark";
import { type MetricHistory, addMetrics, noMetrics } from "./metrics";
import { type PointHistory, addPoints, noPoints } from "./points";

/** The parts of a run that a checkpoint does not contain: its curves, and the events that the charts mark. */
export interface RunHistory {
  metrics: MetricHistory;
  points: PointHistory;
  marks: Mark[];
}

export const noHistory: RunHistory = { metrics: noMetrics, points: noPoints, marks: [] };

export interface HistoryUpdate {
  metrics: readonly StepMetric[];
  points: readonly EvaluationPoint[];
  marks: readonly Mark[];
}

/** The history followed by this update; the same object if the update is empty. */
export function append(history: RunHistory, { metrics, points, marks }: HistoryUpdate): RunHistory {
  if (metrics.length + points.length + marks.length === 0) return history;
  return {
    metrics: addMetrics(history.metrics, metrics),
    points: addPoints(history.points, points),
    marks: addMarks(history.marks, marks),
  };
}

/** Adds marks. Changes after the same step become one mark, because a slider passes through many values. */
export function addMarks(marks: Mark[], added: readonly Mark[]): Mark[] {
  return added.reduce((marks, mark) => {
    const last = marks.at(-1);
    if (last?.step !== mark.step || last.kind !== mark.kind) return [...marks, mark];
    return [...marks.slice(0, -1), join(last, mark)];
  }, marks);
}

function join(earlier: Mark, later: Mark): Mark {
  if (earlier.kind !== "change" || later.kind !== "change") return later;
  const changes = [...earlier.changes];
  for (const change of later.changes) {
    const place = changes.findIndex(({ key, to }) => key === change.key && to === change.from);
    const before = changes[place];
    if (before === undefined) changes.push(change);
    else changes[place] = { ...change, from: before.from };
  }
  return { ...later, changes };
}
