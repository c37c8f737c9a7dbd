import { number } from "../i18n";
import { methodName } from "../methods";
import { accuracies, lateFluctuation, mean, secondHalf } from "./measures";
import type { RunResult } from "./run";
import { t } from "./words";

export interface Table {
  columns: readonly string[];
  rows: readonly { name: string; cells: readonly string[] }[];
}

/** What each network of each run got right. */
export function tableOf(results: readonly RunResult[], nameOf?: (run: string) => string): Table {
  const shown = (value: number | undefined): string =>
    value === undefined || Number.isNaN(value) ? "–" : number(value, 1);
  return {
    columns: [t("column.right"), t("column.mean"), t("column.fluctuation")],
    rows: results.flatMap(({ name, methods, points }) =>
      methods.map((method, k) => {
        const right = accuracies(points, k);
        const run = nameOf === undefined || results.length < 2 ? "" : `${nameOf(name)} · `;
        const cells = [right.at(-1), mean(secondHalf(right)), lateFluctuation(right)].map(shown);
        return { name: run + methodName(method), cells };
      }),
    ),
  };
}
