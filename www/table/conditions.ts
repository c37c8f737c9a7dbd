import { shownMarks } from "../charts/runlines";
import { number, t, tOr } from "../i18n";
import type { State } from "../state";
import { adapterName, datasetName } from "./names";

/** The conditions of the measurements as pairs of name and value; empty without a run. */
export function conditions({ description, experiment, points, marks }: State): [string, string][] {
  if (description === undefined || experiment === undefined) return [];
  const { dataset, adapter, recorded } = description;
  const images = t("table.images", { train: number(dataset.train), test: number(dataset.test) });
  const preset = String(experiment.preset);
  const norm = String(experiment.norm);
  const done = shownMarks(marks).map(({ text }) => text);
  return [
    [t("table.condition.data"), `${datasetName(dataset)} (${images})`],
    [
      t("table.condition.network"),
      t("table.parameters", {
        preset: tOr(`choice.${preset}`, preset),
        n: number(description.parameters),
        norm: tOr(`choice.${norm}`, norm),
      }),
    ],
    [t("table.condition.steps"), number(points.at(-1)?.step ?? 0)],
    [t("table.condition.seed"), String(experiment.seed)],
    [
      t("table.condition.adapter"),
      recorded === undefined ? adapterName(adapter) : t("table.recorded", { adapter: adapterName(adapter) }),
    ],
    ...(done.length === 0 ? [] : ([[t("table.condition.done"), done.join(" ")]] as [string, string][])),
  ];
}
