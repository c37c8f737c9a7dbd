import type { EvaluationPoint, StepMetric } from "../engine";
import type { Mark } from "../protocol";
import { type MetricHistory, addMetrics, noMetrics } from "./metrics";
import { type PointHistory, addPoints, noPoints } from "./points";

/** The parts of a resumed run that a checkpoint lacks: its curves, and the changes made to it. */
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

/** The history with this at its end; the same history where there is nothing new. */
export function append(history: RunHistory, { metrics, points, marks }: HistoryUpdate): RunHistory {
  if (metrics.length + points.length + marks.length === 0) return history;
  return {
    metrics: addMetrics(history.metrics, metrics),
    points: addPoints(history.points, points),
    marks: addMarks(history.marks, marks),
  };
}

/** Repeated changes after the same step become one mark: a slider passes through many values. */
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
