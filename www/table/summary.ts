import { seriesStyle } from "../charts/palette";
import { swatch } from "../charts/swatch";
import { html } from "../dom";
import { number, t, tOr } from "../i18n";
import { methodName } from "../methods";
import type { State } from "../state";
import { compare } from "./claimed";
import { adapterName, datasetName } from "./names";

/** The table of the run: what is claimed of each method beside what this tab measured, and under what conditions. */
export function renderSummary(
  table: HTMLTableElement,
  notes: HTMLElement,
  state: State,
  dark: boolean,
): void {
  const methods = state.description?.methods.map((method) => method.name) ?? [];
  const best = Math.max(...state.summary.map((row) => row.accuracy));

  const rows = compare(methods, state.summary).map(({ method, claim, measured }) => {
    const index = methods.indexOf(method);
    const row = html(
      "tr",
      { "data-method": method },
      html(
        "th",
        { scope: "row" },
        ...(index < 0 ? [] : [swatch(seriesStyle(index, dark))]),
        html("span", {}, methodName(method)),
      ),
      claim === undefined
        ? cell("", "claimed")
        : cell(`${number(claim.accuracy, 1)} %`, "claimed", t(claim.fluctuation)),
    );
    if (measured === undefined) {
      const empty = index < 0 ? "—" : "–";
      for (const name of ["accuracy", "fluctuation", "best", "loss"])
        row.append(cell(empty, `${name} unmeasured`));
      return row;
    }
    const { fluctuation } = measured;
    row.append(
      cell(`${number(measured.accuracy, 1)} %`, measured.accuracy === best ? "accuracy top" : "accuracy"),
      cell(fluctuation == null ? "–" : number(fluctuation, 2), "fluctuation"),
      cell(
        `${number(measured.best_accuracy, 1)} %`,
        "best",
        t("table.best.epoch", { epoch: number(measured.best_epoch, fraction(measured.best_epoch)) }),
      ),
      cell(number(measured.loss, 3), "loss"),
    );
    return row;
  });

  table.tHead?.replaceChildren(
    html(
      "tr",
      {},
      html("th", { scope: "col", rowspan: 2 }, t("table.method")),
      html("th", { scope: "col", rowspan: 2, class: "claimed" }, t("table.claimed")),
      html("th", { scope: "colgroup", colspan: 4 }, t("table.measured")),
    ),
    html(
      "tr",
      {},
      heading(t("table.accuracy")),
      heading(t("table.fluctuation"), t("table.points")),
      heading(t("table.best")),
      heading(t("table.loss")),
    ),
  );
  table.tBodies[0]?.replaceChildren(...rows);
  notes.replaceChildren(
    conditions(state),
    html("p", {}, t("table.claimed.note")),
    html("p", {}, t("table.fluctuation.note")),
    html("p", {}, t("table.best.note")),
  );
}

function cell(text: string, className: string, detail?: string): HTMLTableCellElement {
  return html("td", { class: className }, text, ...(detail === undefined ? [] : [html("small", {}, detail)]));
}

function heading(text: string, unit?: string): HTMLTableCellElement {
  return html("th", { scope: "col" }, text, ...(unit === undefined ? [] : [html("small", {}, unit)]));
}

function conditions(state: State): HTMLElement {
  const { description, experiment } = state;
  if (description === undefined || experiment === undefined) return html("dl", { class: "conditions" });
  const { dataset, adapter } = description;
  const images = t("table.images", { train: number(dataset.train), test: number(dataset.test) });
  const preset = String(experiment.preset);
  const norm = String(experiment.norm);
  const entries: [string, string][] = [
    [t("table.condition.data"), `${datasetName(dataset)} (${images})`],
    [
      t("table.condition.network"),
      t("table.parameters", {
        preset: tOr(`choice.${preset}`, preset),
        n: number(description.parameters),
        norm: tOr(`choice.${norm}`, norm),
      }),
    ],
    [t("table.condition.steps"), number(state.points.at(-1)?.step ?? 0)],
    [t("table.condition.seed"), String(experiment.seed)],
    [t("table.condition.adapter"), adapterName(adapter)],
  ];
  return html(
    "dl",
    { class: "conditions", "aria-label": t("table.conditions") },
    ...entries.map(([term, text]) => html("div", {}, html("dt", {}, term), html("dd", {}, text))),
  );
}

function fraction(epoch: number): number {
  return Number.isInteger(epoch) ? 0 : 1;
}
