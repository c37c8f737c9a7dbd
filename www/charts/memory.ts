import { html } from "../dom";
import { number, t } from "../i18n";
import type { PartContext, Part } from "../part";
import { type State, initialState } from "../state";
import { renderAverages } from "../table/averages";
import { kernel } from "../averages/kernel";
import { halfLife } from "../averages/rate";
import { type AverageSpec, parseSpecs } from "../averages/spec";
import { watcher } from "./changed";
import { ChoiceButtons } from "./buttons";
import type { Content, Line } from "./content";
import { Frame } from "./frame";
import { ImpulseChart } from "./impulse-chart";
import { NoiseTable } from "./noise-table";
import { caption, methodLine } from "./runlines";
import { fromZero, logRange, significant, wholeTexts } from "./scale";

/** The most points of a kernel's curve. */
const POINTS = 240;
/** The least share shown on a logarithmic axis, in percent. */
const LEAST = 1e-3;

const format = (value: number): string => `${significant(value, 3)} %`;

/** The composition of each average: the share of every past step, and the noise that it removes. */
export class MemoryPart implements Part {
  readonly #frame: Frame;
  readonly #axis: ChoiceButtons<"log" | "linear">;
  readonly #table = html(
    "table",
    { id: "averages", "aria-labelledby": "averages-title" },
    html("thead"),
    html("tbody"),
  );
  readonly #title = html("h2", { id: "memory-title" });
  readonly #tableTitle = html("h3", { id: "averages-title" });
  readonly #formula = html("span", { class: "about" });
  readonly #noise = new NoiseTable();
  readonly #impulse: ImpulseChart;
  readonly #changed = watcher();
  #state: State = initialState();
  #dark = false;

  constructor(host: HTMLElement) {
    this.#axis = new ChoiceButtons<"log" | "linear">(
      ["log", "linear"],
      "log",
      { name: () => t("charts.axes"), option: (axis) => t(`charts.axis.${axis}`) },
      () => {
        this.#frame.request();
      },
    );
    const kernelBox = html("div");
    const impulseBox = html("div", { class: "impulse-box", hidden: true });
    host.append(
      this.#title,
      html(
        "div",
        { class: "memory-grid" },
        html("div", { class: "memory-main" }, kernelBox, impulseBox),
        html(
          "div",
          { class: "memory-aside" },
          html(
            "section",
            { "aria-labelledby": "averages-title" },
            this.#tableTitle,
            html("p", { class: "formula" }, math(), this.#formula),
            html(
              "div",
              { class: "scroller", role: "group", tabindex: 0, "aria-labelledby": "averages-title" },
              this.#table,
            ),
          ),
          this.#noise.element,
        ),
      ),
    );
    this.#frame = new Frame(
      kernelBox,
      {
        id: "kernel",
        heading: "h3",
        terms: ["kernel", "horizon", "warm-up"],
        drawn: () => {
          renderAverages(this.#table, this.#state, this.#dark);
        },
      },
      () => this.#content(),
    );
    this.#frame.controls.append(this.#axis.element);
    this.#impulse = new ImpulseChart(impulseBox);
    host.setAttribute("aria-labelledby", "memory-title");
    this.rebuild();
  }

  render(state: State, context: PartContext): void {
    this.#state = state;
    this.#dark = context.dark;
    const { description, experiment, averages, step } = state;
    if (this.#changed(description, experiment, averages, step, context.dark)) this.#frame.request();
    this.#noise.render(state, context);
    this.#impulse.render(state, context);
  }

  rebuild(): void {
    this.#title.textContent = t("averages.title");
    this.#tableTitle.textContent = t("charts.memory.now");
    this.#formula.textContent = t("averages.formula");
    this.#axis.translate();
    this.#noise.rebuild();
    this.#impulse.rebuild();
    this.#frame.rebuild();
  }

  #content(): Content {
    const state = this.#state;
    const { step, description, marks } = state;
    const log = this.#axis.value === "log";
    const specs = parseSpecs(state.experiment?.ema);
    const reach = log ? step : Math.min(step, linearReach(specs, step));
    const lines = specs.flatMap((spec, k): Line[] => {
      const method = description?.methods[k + 1];
      if (spec === undefined || method === undefined) return [];
      const common = { ...methodLine(method, k + 1, this.#dark), format };
      return kernelLines(common, spec, step, reach, log);
    });
    const turned = marks.some(
      (mark) => mark.kind === "change" && mark.changes.some(({ key }) => key === "ema"),
    );
    return {
      title: t("charts.kernel"),
      about: turned ? `${t("charts.kernel.about")} ${t("charts.kernel.turned")}` : t("charts.kernel.about"),
      x: {
        title: t("charts.kernel.x"),
        log,
        range: (_low, high) => [log ? 1 : 0, Math.max(high ?? 0, 20)],
        ...(log ? {} : { ticks: wholeTexts }),
        name: (place) =>
          place <= 1
            ? t("charts.kernel.newest")
            : t("charts.kernel.back", { n: number(Math.round(place) - 1) }),
      },
      y: {
        title: t("charts.kernel.y"),
        log,
        range: log ? (low, high) => logRange(Math.max(low ?? LEAST, LEAST), high ?? 100) : fromZero,
      },
      lines,
      empty: step === 0 ? { text: t("charts.empty") } : undefined,
      caption: caption(state),
      // The share of the oldest step is not of interest.
      atRest: "nothing",
    };
  }
}

/** The curve of past steps, and a dot for the weights the average began with. */
function kernelLines(
  common: Pick<Line, "key" | "name" | "label" | "style" | "format">,
  spec: AverageSpec,
  step: number,
  reach: number,
  log: boolean,
): Line[] {
  const { weights, start } = kernel(spec, step);
  const x: number[] = [];
  const y: number[] = [];
  for (const place of places(Math.min(weights.length, reach), log)) {
    const share = 100 * (weights[place - 1] ?? 0);
    // Steps that were skipped are not part of the average; a curve through zeros would hide the others.
    if (share >= (log ? LEAST : 1e-9)) {
      x.push(place);
      y.push(share);
    }
  }
  const curve: Line = { ...common, x, y, dots: spec.every > 1 ? "always" : "few", labelAt: "start" };
  if (start.age + 1 > reach + 1 || 100 * start.share < LEAST) return [curve];
  const share = 100 * start.share;
  const began: Line = {
    ...common,
    name: "",
    label: share < 0.1 ? "" : t("charts.kernel.start", { share: number(share, share < 10 ? 1 : 0) }),
    x: [start.age + 1],
    y: [share],
    dots: "always",
  };
  return [curve, began];
}

/** Places from 1 to `last`: each of the first ones, then evenly apart on the axis. */
function places(last: number, log: boolean): number[] {
  if (last <= POINTS) return Array.from({ length: last }, (_, k) => k + 1);
  const all = new Set<number>();
  for (let k = 0; k < POINTS; k++) {
    const part = k / (POINTS - 1);
    all.add(Math.round(log ? last ** part : 1 + part * (last - 1)));
  }
  return [...all];
}

/** Six half-lives of the average in the middle: the longest would press the others against the axis. */
function linearReach(specs: readonly (AverageSpec | undefined)[], step: number): number {
  const halfLives = specs
    .flatMap((spec) => (spec === undefined ? [] : halfLife(spec, step)))
    .sort((a, b) => a - b);
  return Math.max(50, Math.ceil(6 * (halfLives[halfLives.length >> 1] ?? 0)));
}

function math(): HTMLElement {
  const i = (name: string): HTMLElement => html("i", {}, name);
  return html(
    "span",
    { class: "math" },
    i("v"),
    " ← ",
    i("β"),
    " ",
    i("v"),
    " + (1 − ",
    i("β"),
    ") ",
    i("w"),
  );
}
