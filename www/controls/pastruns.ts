import { settingsDifference } from "../charts/runlines";
import { html } from "../dom";
import { number, t } from "../i18n";
import type { Part } from "../part";
import { type PastRun, type State, initialState } from "../state";

/** The list of past runs, whose curves stay on the charts. */
export class PastRunList implements Part {
  readonly #box: HTMLElement;
  readonly #clear: () => void;
  #shown: unknown[] = [];
  #state = initialState();

  constructor(box: HTMLElement, clear: () => void) {
    this.#box = box;
    this.#clear = clear;
  }

  render(state: State): void {
    const now = [state.pastRuns, state.experiment];
    if (now.every((value, k) => value === this.#shown[k])) return;
    this.#shown = now;
    this.#state = state;
    this.rebuild();
  }

  rebuild(): void {
    const state = this.#state;
    const { pastRuns } = state;
    if (pastRuns.length === 0) {
      this.#box.replaceChildren(html("p", { class: "about" }, t("past.none")));
      return;
    }
    const clear = html("button", { type: "button", class: "quiet", id: "clear-past" }, t("past.clear"));
    clear.addEventListener("click", this.#clear);
    this.#box.replaceChildren(
      html("div", { class: "heading" }, html("h2", {}, t("past.title")), clear),
      html("ol", { class: "past" }, ...[...pastRuns].reverse().map((run) => entry(run, state))),
    );
  }
}

function entry(run: PastRun, state: State): HTMLElement {
  const last = run.points.at(-1);
  const [raw, ...averages] = last?.methods.map(({ accuracy }) => accuracy) ?? [];
  const best = Math.max(...averages);
  const figures = [
    t("past.steps", { n: number(run.step) }),
    ...(raw === undefined ? [] : [t("past.raw", { value: number(raw, 1) })]),
    ...(Number.isFinite(best) ? [t("past.best", { value: number(best, 1) })] : []),
  ];
  return html(
    "li",
    { "data-run": run.id },
    html("span", { class: "past-name" }, t("past.run", { n: run.id })),
    html("span", { class: "past-settings" }, settingsDifference(run, state)),
    html("span", { class: "about" }, figures.join(" · ")),
  );
}
