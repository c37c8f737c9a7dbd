import { html } from "../dom";
import { number, t } from "../i18n";
import { align } from "./align";
import type { Content } from "./content";

/** Rows a table has at most: more are read in the log, not in a table. */
const MOST_ROWS = 200;

/** The chart's values as a table, with what was done to the run; of very many places, evenly chosen ones. */
export function dataTable(content: Content, update: () => void): HTMLElement[] {
  const lines = content.lines.filter((line) => line.name !== "" && line.right !== true);
  const { x, y } = align(lines);
  const stride = Math.max(1, Math.ceil(x.length / MOST_ROWS));
  const chosen = x.map((_, k) => k).filter((k) => (x.length - 1 - k) % stride === 0);
  const marks = content.marks ?? [];
  const done = (k: number): string => {
    const before = chosen[chosen.indexOf(k) - 1];
    const from = before === undefined ? -Infinity : (x[before] ?? 0);
    return marks
      .filter((mark) => mark.x > from && mark.x <= (x[k] ?? 0))
      .map((mark) => mark.text)
      .join(" ");
  };
  const table = html(
    "table",
    {},
    html("caption", { class: "hidden" }, content.title),
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        html("th", { scope: "col" }, content.x.title),
        ...lines.map((line) => html("th", { scope: "col" }, line.name)),
        ...(marks.length > 0 ? [html("th", { scope: "col", class: "done" }, t("charts.table.done"))] : []),
      ),
    ),
    html(
      "tbody",
      {},
      ...chosen.map((k) =>
        html(
          "tr",
          {},
          html("th", { scope: "row" }, number(x[k] ?? 0)),
          ...lines.map((line, column) => {
            const value = y[column]?.[k];
            return html("td", {}, value == null ? "" : line.format(value));
          }),
          ...(marks.length > 0 ? [html("td", { class: "done" }, done(k))] : []),
        ),
      ),
    ),
  );
  const button = html("button", { type: "button", class: "quiet" }, t("charts.table.update"));
  button.addEventListener("click", update);
  const last = x.at(-1);
  const note = [
    last === undefined ? t("charts.table.none") : t("charts.table.until", { place: content.x.name(last) }),
    ...(stride > 1
      ? [t("charts.table.chosen", { shown: number(chosen.length), all: number(x.length) })]
      : []),
  ].join(" ");
  return [
    html("div", { class: "data-table-head" }, html("p", { class: "about" }, note), button),
    html(
      "div",
      {
        class: "scroller",
        role: "group",
        tabindex: 0,
        "aria-label": t("charts.table.of", { title: content.title }),
      },
      table,
    ),
  ];
}
