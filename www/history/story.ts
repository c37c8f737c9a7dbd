import type { EvaluationPoint, StepMetric } from "../engine";
import type { Mark } from "../protocol";
import { type MetricHistory, addMetrics, noMetrics } from "./metrics";
import { type PointHistory, addPoints, noPoints } from "./points";

/** What a checkpoint lacks of a run that is taken up again: its curves, and what was done to it. */
export interface Story {
  metrics: MetricHistory;
  points: PointHistory;
  marks: Mark[];
}

export const noStory: Story = { metrics: noMetrics, points: noPoints, marks: [] };

export interface News {
  metrics: readonly StepMetric[];
  points: readonly EvaluationPoint[];
  marks: readonly Mark[];
}

/** The story with this at its end; the same story where there is nothing new. */
export function tell(story: Story, { metrics, points, marks }: News): Story {
  if (metrics.length + points.length + marks.length === 0) return story;
  return {
    metrics: addMetrics(story.metrics, metrics),
    points: addPoints(story.points, points),
    marks: addMarks(story.marks, marks),
  };
}

/** What was done twice after the same step is one mark: a knob that is turned passes through many values. */
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
