import { seriesStyle } from "../charts/palette";
import { swatch } from "../charts/swatch";
import { html } from "../dom";
import { language, number, t } from "../i18n";
import { methodName } from "../methods";
import { term } from "../panels/glossary/term";
import type { State } from "../state";
import { type ComparedRow, compare } from "./claimed";
import { conditions } from "./conditions";

/** The measured columns and their headings. */
const columns = [
  { key: "accuracy", name: "table.accuracy", term: "test-accuracy" },
  { key: "fluctuation", name: "table.fluctuation", term: "fluctuation", unit: "table.points" },
  { key: "best", name: "table.best" },
  { key: "loss", name: "table.loss", term: "test-loss" },
] as const;
type Column = (typeof columns)[number]["key"];

/**
 * The table of the run: claimed and measured figures of each method, and the conditions of the measurement. On a narrow
 * page, the style sheet stacks a row's cells and labels each with its column's name; the roles keep it a table for
 * screen readers.
 */
export function renderSummary(
  table: HTMLTableElement,
  notes: HTMLElement,
  state: State,
  dark: boolean,
): void {
  const methods = state.description?.methods ?? [];
  const best = Math.max(...state.summary.map((row) => row.accuracy));
  table.setAttribute("role", "table");
  table.tHead?.setAttribute("role", "rowgroup");
  table.tBodies[0]?.setAttribute("role", "rowgroup");
  // Built only once per language, so that the focus can stay on a heading.
  if (table.dataset.headings !== language()) table.tHead?.replaceChildren(...headings());
  table.dataset.headings = language();
  table.tBodies[0]?.replaceChildren(
    ...compare(methods, state.summary).map((compared) => row(compared, best, dark)),
  );
  notes.replaceChildren(
    html(
      "dl",
      { class: "conditions", "aria-label": t("table.conditions") },
      ...conditions(state).map(([name, text]) => html("div", {}, html("dt", {}, name), html("dd", {}, text))),
    ),
    html("p", {}, t("table.claimed.note")),
    html("p", {}, t("table.fluctuation.note")),
    html("p", {}, t("table.best.note")),
  );
}

function headings(): HTMLElement[] {
  const head = { scope: "col", role: "columnheader" };
  return [
    html(
      "tr",
      { role: "row" },
      html("th", { ...head, rowspan: 2 }, t("table.method")),
      html("th", { ...head, rowspan: 2, class: "claimed" }, t("table.claimed")),
      html("th", { scope: "colgroup", role: "columnheader", colspan: columns.length }, t("table.measured")),
    ),
    html(
      "tr",
      { role: "row" },
      ...columns.map((column) => {
        const name = "term" in column ? term(column.term, column.name) : t(column.name);
        return html("th", head, name, ...("unit" in column ? [html("small", {}, t(column.unit))] : []));
      }),
    ),
  ];
}

function row({ method, index, claim, measured }: ComparedRow, best: number, dark: boolean): HTMLElement {
  const cells: Record<Column, { text: string; detail?: string; className?: string }> =
    measured === undefined
      ? unmeasured(index === undefined)
      : {
          accuracy: {
            text: `${number(measured.accuracy, 1)} %`,
            className: measured.accuracy === best ? "top" : "",
          },
          fluctuation: { text: measured.fluctuation == null ? "–" : number(measured.fluctuation, 2) },
          best: {
            text: `${number(measured.best_accuracy, 1)} %`,
            detail: t("table.best.epoch", {
              epoch: number(measured.best_epoch, Number.isInteger(measured.best_epoch) ? 0 : 1),
            }),
          },
          loss: { text: number(measured.loss, 3) },
        };
  return html(
    "tr",
    { role: "row", "data-method": method.name },
    html(
      "th",
      { scope: "row", role: "rowheader" },
      ...(index === undefined ? [] : [swatch(seriesStyle(index, dark))]),
      html("span", {}, methodName(method)),
    ),
    cell(
      "claimed",
      t("table.claimed"),
      claim === undefined ? "" : `${number(claim.accuracy, 1)} %`,
      claim === undefined ? undefined : t(claim.fluctuation),
    ),
    ...columns.map((column) => {
      const { text, detail, className = "" } = cells[column.key];
      const name = t(column.name) + ("unit" in column ? ` (${t(column.unit)})` : "");
      return cell(`${column.key} ${className}`.trim(), name, text, detail);
    }),
  );
}

/** @param elsewhere whether the run does not have this method */
function unmeasured(elsewhere: boolean): Record<Column, { text: string; className: string }> {
  const cell = { text: elsewhere ? "—" : "–", className: "unmeasured" };
  return { accuracy: cell, fluctuation: cell, best: cell, loss: cell };
}

function cell(className: string, column: string, text: string, detail?: string): HTMLElement {
  return html(
    "td",
    { class: className, role: "cell", "data-column": column },
    text,
    ...(detail === undefined ? [] : [html("small", {}, detail)]),
  );
}
