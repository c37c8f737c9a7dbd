import { html } from "../dom";
import { number, t } from "../i18n";
import { methodName } from "../methods";
import { termRow } from "../panels/glossary/term";
import type { PartContext } from "../part";
import { type State, initialState } from "../state";
import { parseSpecs } from "../averages/spec";
import { watcher } from "./changed";
import { ChoiceButtons } from "./buttons";
import { seriesStyle } from "./palette";
import { significant } from "./scale";
import { inFrame } from "./schedule";
import { swatch } from "./swatch";
import { type NoiseReport, measuringNoise } from "./theory/measure";

/** Milliseconds between two measurements: they take some of them each, over a few frames. */
const INTERVAL = 2000;

/** How much of the raw weights' variance remains in each average, measured and in theory. */
export class NoiseTable {
  readonly element: HTMLElement;
  readonly #title = html("h3", { id: "noise-title" });
  readonly #window: ChoiceButtons<number>;
  readonly #said = html("p", { class: "about" });
  readonly #head = html("thead");
  readonly #body = html("tbody");
  readonly #notes = html("div");
  readonly #slow = html("p", { class: "caution", hidden: true });
  readonly #changed = watcher();
  #state: State = initialState();
  #dark = false;
  #work: ReturnType<typeof measuringNoise> | undefined;
  #later: ReturnType<typeof setTimeout> | undefined;
  #measuredAt = -Infinity;

  constructor() {
    this.#window = new ChoiceButtons<number>(
      [200, 1000, 5000],
      1000,
      { name: () => t("charts.noise.window"), option: (n) => t("charts.path.last", { n: number(n) }) },
      () => {
        this.#measure();
      },
    );
    this.element = html(
      "section",
      { class: "noise", "aria-labelledby": "noise-title" },
      html("div", { class: "noise-head" }, this.#title, this.#window.element),
      ...termRow(["variance-left", "autocorrelation"]),
      this.#said,
      html(
        "div",
        { class: "scroller", role: "group", tabindex: 0, "aria-labelledby": "noise-title" },
        html("table", { id: "noise", "aria-labelledby": "noise-title" }, this.#head, this.#body),
      ),
      html("div", { class: "notes" }, this.#notes, this.#slow),
    );
  }

  render(state: State, { dark }: PartContext): void {
    this.#state = state;
    this.#dark = dark;
    const { probes, description, experiment } = state;
    if (!this.#changed(probes, description, experiment, dark)) return;
    this.#later ??= setTimeout(
      () => {
        this.#later = undefined;
        this.#measure();
      },
      Math.max(0, this.#measuredAt + INTERVAL - performance.now()),
    );
  }

  rebuild(): void {
    this.#window.translate();
    this.#title.textContent = t("charts.noise");
    this.#head.replaceChildren(
      html(
        "tr",
        {},
        html("th", { scope: "col" }, t("table.method")),
        ...(["measured", "expected", "endless"] as const).map((column) =>
          html("th", { scope: "col" }, t(`charts.noise.${column}`)),
        ),
      ),
    );
    const notes = ["formula", "window", "assumed"] as const;
    this.#notes.replaceChildren(...notes.map((note) => html("p", {}, t(`charts.noise.note.${note}`))));
    this.#slow.textContent = t("charts.noise.note.slow");
    this.#measure();
  }

  #measure(): void {
    this.#measuredAt = performance.now();
    const { probes, experiment } = this.#state;
    this.#work = measuringNoise(probes, parseSpecs(experiment?.ema), this.#window.value);
    inFrame(this.#goOn);
  }

  readonly #goOn = (): void => {
    const next = this.#work?.next();
    if (next?.done === true) this.#show(next.value);
    else if (next !== undefined) inFrame(this.#goOn);
  };

  #show(report: NoiseReport): void {
    const { description } = this.#state;
    const methods = description?.methods ?? [];
    this.element.hidden = methods.length < 2;
    this.#said.textContent = said(report);
    this.#body.replaceChildren(
      ...methods
        .slice(1)
        .map((method, k) =>
          html(
            "tr",
            { "data-method": method.name },
            html(
              "th",
              { scope: "row" },
              swatch(seriesStyle(k + 1, this.#dark)),
              html("span", {}, methodName(method)),
            ),
            ...cells(report.averages[k]),
          ),
        ),
    );
    this.#slow.hidden = !report.slow;
  }
}

function said({ window, weights, correlation }: NoiseReport): string {
  if (window === 0) return t("charts.noise.none");
  const values = { weights: number(weights), steps: number(window) };
  return correlation === undefined
    ? t("charts.noise.over", values)
    : t("charts.noise.rho", {
        ...values,
        rho: correlation >= 0.9999 ? "≥ 0.9999" : `= ${significant(correlation, 3)}`,
      });
}

function cells(row: NoiseReport["averages"][number]): HTMLElement[] {
  if (row === undefined) return ["–", "–", "–"].map((text) => html("td", { class: "unmeasured" }, text));
  if ("lacks" in row)
    return [
      html(
        "td",
        { class: "unmeasured", colspan: 3 },
        t(`charts.noise.lacks.${row.lacks}`, { n: number(row.steps) }),
      ),
    ];
  return [row.measured, row.expected, row.endless].map((share, k) =>
    html("td", k === 0 ? { class: "accuracy" } : {}, `${significant(100 * share, 2)} %`),
  );
}
