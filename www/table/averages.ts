import { seriesStyle } from "../charts/palette";
import { swatch } from "../charts/swatch";
import { html } from "../dom";
import { language, number, t } from "../i18n";
import { methodName } from "../methods";
import { term } from "../panels/glossary/term";
import type { State } from "../state";

/**
 * Renders each average's memory at the current step: effective β, half-life, and the share of the start that is left.
 */
export function renderAverages(table: HTMLTableElement, state: State, dark: boolean): void {
  const methods = state.description?.methods.map((method) => method.name) ?? [];
  // Built only once per language, so that the focus can stay on a heading.
  if (table.dataset.headings !== language()) {
    table.tHead?.replaceChildren(
      html(
        "tr",
        {},
        html("th", { scope: "col" }, t("table.method")),
        html("th", { scope: "col" }, term("effective-beta", "averages.effective")),
        html(
          "th",
          { scope: "col" },
          term("half-life", "averages.halflife"),
          html("small", {}, t("averages.steps")),
        ),
        html("th", { scope: "col" }, term("initial-share", "averages.share")),
      ),
    );
  }
  table.dataset.headings = language();
  table.tBodies[0]?.replaceChildren(
    ...state.averages.map((average) =>
      html(
        "tr",
        { "data-method": average.name },
        html(
          "th",
          { scope: "row" },
          swatch(seriesStyle(methods.indexOf(average.name), dark)),
          html("span", {}, methodName(average)),
        ),
        html("td", {}, number(average.effective_beta, 4)),
        html("td", {}, number(average.half_life, average.half_life < 100 ? 1 : 0)),
        html(
          "td",
          {},
          html("span", { class: "share" }, meter(average.initial_share), share(average.initial_share)),
        ),
      ),
    ),
  );
}

function share(value: number): string {
  const percent = 100 * value;
  if (percent > 0 && percent < 0.1) return `< ${number(0.1, 1)} %`;
  return `${number(percent, 1)} %`;
}

function meter(value: number): HTMLElement {
  const bar = html("span", { class: "bar", "aria-hidden": "true" });
  bar.style.setProperty("--share", String(value));
  return bar;
}
