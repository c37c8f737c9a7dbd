import { rounded } from "../averages/scale";
import { differences } from "../charts/runlines";
import type { Experiment } from "../engine";
import { locale, number } from "../i18n";
import type { KeptRun } from "../kept/run";
import { datasetName } from "../table/names";
import { t } from "./words";

/** Settings that have a column of their own, or none: how long a run was meant to be, where it has its steps. */
const ELSEWHERE = ["data", "seed", "steps", "epochs"];

/** How a run is called: as the reader named it, else by its number. */
export function runName({ name, number }: Pick<KeptRun, "name" | "number">): string {
  return name === "" ? t("run", { n: number }) : name;
}

/** What a run has that a run of the defaults does not, and its seed. */
export function whatDiffers(run: KeptRun, defaults: Experiment): string[] {
  const { experiment, dataset, marks, diverged } = run;
  const hits = marks.filter(({ kind }) => kind === "outlier").length;
  const changed = marks.some(({ kind }) => kind === "change");
  return [
    ...(experiment.data === defaults.data ? [] : [datasetName(dataset)]),
    ...differences(experiment, defaults, ELSEWHERE),
    t("differs.seed", { n: String(experiment.seed) }),
    ...(hits === 0 ? [] : [hits === 1 ? t("differs.hits.one") : t("differs.hits", { n: hits })]),
    ...(changed ? [t("differs.changed")] : []),
    ...(diverged ? [t("differs.diverged")] : []),
  ];
}

/** Names as a list in the reader's language. */
export function listed(names: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(names);
}

/** A difference in points, with its sign. */
export function signed(value: number, digits: number): string {
  const text = number(Math.abs(value), digits);
  return value < 0 && Number(Math.abs(value).toFixed(digits)) > 0 ? `−${text}` : text;
}

/** A memory as it is named. */
export function memoryText(memory: number): string {
  return t("memory.n", { m: number(rounded(memory)) });
}
