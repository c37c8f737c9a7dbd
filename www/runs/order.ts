import type { Figures } from "../kept/figures";
import type { KeptRun } from "../kept/run";
import { runName } from "./names";

/** The columns by which the table can be sorted; `number` is the order in which the runs began. */
export const sortable = ["number", "name", "steps", "raw", "best", "lead", "fluctuation", "seconds"] as const;
export type Sortable = (typeof sortable)[number];

export interface Order {
  by: Sortable;
  descending: boolean;
}

export interface Row {
  run: KeptRun;
  figures: Figures;
}

/** The rows in an order; those without the figure come last, either way. */
export function ordered(rows: readonly Row[], { by, descending }: Order): Row[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    if (by === "name")
      return sign * runName(a.run).localeCompare(runName(b.run), undefined, { numeric: true });
    const [x, y] = [valueOf(a, by), valueOf(b, by)];
    if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
    return sign * (x - y) || b.run.number - a.run.number;
  });
}

/** Not a number where a run has no such figure. */
function valueOf({ run, figures: { raw, best, lead } }: Row, by: Exclude<Sortable, "name">): number {
  switch (by) {
    case "number":
      return run.number;
    case "steps":
      return run.step;
    case "raw":
      return raw.final;
    case "best":
      return best?.final ?? NaN;
    case "lead":
      return lead?.by ?? NaN;
    case "fluctuation":
      return best?.fluctuation ?? NaN;
    case "seconds":
      return run.seconds;
  }
}
