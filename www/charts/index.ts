import { byId } from "../dom";
import type { Follow } from "../followed";
import type { Part } from "../part";
import { AccuracyChart } from "./accuracy";
import { Crosshair } from "./crosshair";
import { FluctuationChart } from "./fluctuation";
import { LossChart } from "./loss";
import { MemoryPart } from "./memory";
import { PathChart } from "./path";

/** Creates all charts of the page; `follow` has the run record weights. */
export function createCharts(follow: Follow): { accuracy: AccuracyChart; parts: Part[] } {
  const place = (name: string): HTMLElement => byId(`part-${name}`, HTMLElement);
  const steps = new Crosshair();
  const accuracy = new AccuracyChart(place("accuracy"), steps);
  return {
    accuracy,
    parts: [
      accuracy,
      new LossChart(place("loss"), steps),
      new PathChart(place("path"), follow, steps),
      new MemoryPart(place("memory")),
      new FluctuationChart(place("fluctuation"), steps),
    ],
  };
}
