import { html, svg } from "../dom";
import type { Method } from "../engine";
import { number, t } from "../i18n";
import { methodLabel } from "../methods";
import { type State } from "../state";
import { lastUpdate, rateAt } from "../averages/rate";
import { type AverageSpec, constantBeta, parseSpecs } from "../averages/spec";
import { ChoiceButtons } from "./buttons";
import { seriesColour } from "./palette";

/** Significant digits of the greatest number in the formula; the others have as many decimals. */
const DIGITS = 5;

/** The numbers of one update. */
export interface Update {
  step: number;
  rate: number;
  before: number;
  weight: number;
  after: number;
}

/** The last update of an average that the history still has, of one followed weight. */
export function lastUpdateOf(
  { latest, methods }: State["probes"],
  spec: AverageSpec,
  probe: number,
  method: number,
): Update | undefined {
  const first = latest.steps[0];
  const last = latest.steps[latest.length - 1];
  if (latest.length < 2 || first === undefined || last === undefined) return undefined;
  const step = lastUpdate(spec, last);
  const row = step - first;
  if (row < 1) return undefined;
  const value = (at: number, of: number): number =>
    latest.values[at * latest.width + probe * methods + of] ?? NaN;
  const update = {
    step,
    rate: rateAt(spec, step),
    before: value(row - 1, method),
    weight: value(row, 0),
    after: value(row, method),
  };
  return Number.isFinite(update.before + update.weight + update.after) ? update : undefined;
}

/** A factor of the formula: enough digits to distinguish β from 1. */
export function factor(value: number): string {
  const away = Math.min(value, 1 - value);
  const decimals = away > 0 ? Math.min(8, 2 - Math.floor(Math.log10(away) + 1e-9)) : 0;
  return String(Number(value.toFixed(decimals)));
}

/** The formula of one average, with the numbers of its last update of one weight. */
export class Formula {
  readonly element: HTMLElement;
  readonly #choice: ChoiceButtons<number>;
  readonly #title = html("h3", {});
  readonly #symbols = html("p", { class: "math" });
  readonly #numbers = html("div", { class: "substituted" });
  readonly #way = way();
  readonly #wayText = html("p", { class: "about" });
  readonly #note = html("p", { class: "about" });
  #methods: readonly Method[] = [];

  constructor(changed: () => void) {
    this.#choice = new ChoiceButtons<number>(
      [],
      2,
      {
        name: () => t("charts.path.average"),
        option: (method) => methodLabel(this.#methods[method] ?? { name: "" }),
      },
      changed,
    );
    this.element = html(
      "aside",
      { class: "formula-box" },
      this.#title,
      this.#choice.element,
      this.#symbols,
      this.#numbers,
      this.#way.element,
      this.#wayText,
      this.#note,
    );
  }

  /** The average it is about, by its place in the bank; 0 while there is none. */
  get method(): number {
    return this.#methods.length > 1 ? this.#choice.value : 0;
  }

  render({ description, experiment, probes }: State, probe: number): void {
    this.#methods = description?.methods ?? [];
    this.#choice.offer(this.#methods.map((_, k) => k).slice(1));
    this.element.hidden = this.#methods.length < 2;
    const { method } = this;
    const spec = parseSpecs(experiment?.ema)[method - 1];
    const update = spec === undefined ? undefined : lastUpdateOf(probes, spec, probe, method);
    const shown = update !== undefined && spec !== undefined;
    for (const element of [this.#numbers, this.#way.element, this.#wayText])
      element.toggleAttribute("hidden", !shown);
    this.#title.textContent = shown
      ? t("charts.path.formula", { step: number(update.step) })
      : t("charts.path.formula.none");
    const rate = update?.rate ?? 1 - (constantBeta(spec) ?? NaN);
    const [kept, taken] = Number.isFinite(rate) ? [factor(1 - rate), factor(rate)] : ["β", "(1 − β)"];
    const colours = { v: seriesColour(method), w: seriesColour(0) };
    this.#symbols.replaceChildren(
      ...symbol("v", colours.v),
      ` ← ${kept} · `,
      ...symbol("v", colours.v),
      ` + ${taken} · `,
      ...symbol("w", colours.w),
    );
    this.#note.textContent = shown ? note(spec, update) : "";
    if (!shown) return;
    this.#substitute(update, kept, taken, colours);
    this.#way.show(update.rate, colours);
    this.#wayText.textContent = t("charts.path.way", { percent: percent(update.rate) });
  }

  #substitute(
    { before, weight, after }: Update,
    kept: string,
    taken: string,
    colours: { v: string; w: string },
  ): void {
    const greatest = Math.max(Math.abs(before), Math.abs(weight), Math.abs(after), 1e-8);
    const decimals = Math.max(0, DIGITS - 1 - Math.floor(Math.log10(greatest)));
    const row = (sign: string, by: string, value: number, colour: string, name: string): HTMLElement[] => {
      const shown = html("span", { class: "number" }, number(value, decimals));
      shown.style.color = colour;
      return [
        html("span", { class: "sign" }, sign),
        html("span", { class: "by" }, by),
        shown,
        html("span", { class: "about" }, name),
      ];
    };
    this.#numbers.replaceChildren(
      ...row("", `${kept} ·`, before, colours.v, t("charts.path.before")),
      ...row("+", `${taken} ·`, weight, colours.w, t("charts.path.weight")),
      html("span", { class: "rule" }),
      ...row("≈", "", after, colours.v, t("charts.path.after")),
    );
  }

  translate(): void {
    this.#choice.translate();
  }
}

function symbol(name: string, colour: string): Node[] {
  const element = html("i", {}, name);
  element.style.color = colour;
  return [element];
}

function percent(rate: number): string {
  return String(Number((100 * rate).toPrecision(3)));
}

function note({ decay, every, from }: AverageSpec, { step, rate }: Update): string {
  const notes = [];
  if (step <= from) notes.push(t("charts.path.from", { step: number(from) }));
  else if (decay.kind !== "constant") notes.push(t("charts.path.grows", { now: factor(1 - rate) }));
  else if (decay.warmup !== "none" && Math.abs(1 - rate - decay.beta) > 1e-6)
    notes.push(t("charts.path.warmup", { now: factor(1 - rate), later: factor(decay.beta) }));
  if (every > 1) notes.push(t("charts.path.every", { n: every }));
  return notes.join(" ");
}

/** A line from where the average was to where the weight is, and how far along it the average goes. */
function way(): { element: SVGElement; show(rate: number, colours: { v: string; w: string }): void } {
  const [left, right, y] = [8, 232, 12];
  const line = svg("line", { x1: left, y1: y, x2: right, y2: y, class: "way-line" });
  const gone = svg("line", { x1: left, y1: y, y2: y, "stroke-width": 3 });
  const before = svg("circle", { cx: left, cy: y, r: 4, class: "way-hollow" });
  const weight = svg("circle", { cx: right, cy: y, r: 4 });
  const after = svg("circle", { cy: y, r: 4.5 });
  const element = svg(
    "svg",
    { class: "way", viewBox: "0 0 240 24", "aria-hidden": "true" },
    line,
    gone,
    weight,
    before,
    after,
  );
  return {
    element,
    show(rate, { v, w }) {
      const x = String(left + rate * (right - left));
      gone.setAttribute("x2", x);
      gone.setAttribute("stroke", v);
      before.setAttribute("stroke", v);
      weight.setAttribute("fill", w);
      after.setAttribute("cx", x);
      after.setAttribute("fill", v);
    },
  };
}
