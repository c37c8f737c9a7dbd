import { html, scroller } from "../dom";
import { number, t } from "../i18n";
import { align, union } from "./align";
import type { Content } from "./content";

/** The most rows of a table; the log has all of them. */
const MOST_ROWS = 200;

/** The chart's values as a table, with the marks of the run. Of very many places, a selection. */
export function dataTable(content: Content, update: () => void): HTMLElement[] {
  const lines = content.lines.filter((line) => line.name !== "" && line.quiet !== true);
  const { x, y } = align(lines);
  const rows = new Set(chosenPlaces(lines.map((line) => line.x)));
  const chosen = x.flatMap((place, k) => (rows.has(place) ? [k] : []));
  const marks = content.marks ?? [];
  const done = (k: number): string => {
    const before = chosen[chosen.indexOf(k) - 1];
    const from = before === undefined ? -Infinity : (x[before] ?? 0);
    return marks
      .filter((mark) => mark.x >= from && mark.x < (x[k] ?? 0))
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
    ...(chosen.length < x.length
      ? [t("charts.table.chosen", { shown: number(chosen.length), all: number(x.length) })]
      : []),
  ].join(" ");
  return [
    html("div", { class: "data-table-head" }, html("p", { class: "about" }, note), button),
    scroller(t("charts.table.of", { title: content.title }), table),
  ];
}

/** At most `most` places: short lists completely, and of longer ones evenly spaced places including the last. */
export function chosenPlaces(lists: readonly ArrayLike<number>[], most = MOST_ROWS): number[] {
  const distinct = [...new Set(lists)].sort((a, b) => a.length - b.length);
  let room = most;
  const chosen = distinct.map((list, k) => {
    const share = Math.max(1, Math.floor(room / (distinct.length - k)));
    const stride = Math.max(1, Math.ceil(list.length / share));
    const places = Array.from(list).filter((_, place) => (list.length - 1 - place) % stride === 0);
    room -= places.length;
    return places;
  });
  return union(chosen);
}
