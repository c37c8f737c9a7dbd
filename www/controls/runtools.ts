import { html } from "../dom";
import { type MessageKey, number, t } from "../i18n";
import { recall, remember } from "../storage";
import type { State } from "../state";

/** Steps per second; null for full speed. */
const SPEEDS = [1, 2, 5, 10, 20, 50, 100, 200, 500, null];
/** The factors by which a bad batch multiplies the learning rate. */
const FACTORS = [1, 3, 10, 30, 100];
const FACTOR = 10;

const HIDDEN_TAB = "emascope.hidden-tab";

export interface ToolActions {
  pace(stepsPerSecond: number | null): void;
  /** Pauses started runs after this many epochs; null for no pause before the end. */
  stopAfter(epochs: number | null): void;
  disturb(factor: number): void;
  newSeed(): void;
}

/** Whether the reader chose to pause training while the tab is hidden. */
export function pausesHidden(): boolean {
  return recall(HIDDEN_TAB) === "pause";
}

/** The second row of the run bar: speed, pause, bad batch, new seed, and the behaviour in a hidden tab. */
export class RunTools {
  readonly #badBatch = html("button", { type: "button", id: "disturb" });
  readonly #newSeed = html("button", { type: "button", id: "new-seed" });
  readonly #factor = html("select", { id: "disturb-factor" });
  readonly #speed = html("select", { id: "speed" });
  readonly #stopAfter = html("input", {
    id: "stop-after",
    type: "text",
    inputmode: "numeric",
    autocomplete: "off",
    size: 4,
  });
  readonly #hidden = html("select", { id: "hidden-tab" });
  readonly #texts: [HTMLElement, MessageKey][] = [];
  readonly #hints: [HTMLElement, MessageKey][] = [];

  constructor(box: HTMLElement, actions: ToolActions) {
    this.#speed.append(...SPEEDS.map((speed) => html("option", { value: speed ?? "" })));
    this.#speed.value = "";
    this.#speed.addEventListener("change", () => {
      actions.pace(this.#speed.value === "" ? null : Number(this.#speed.value));
    });
    this.#stopAfter.addEventListener("change", () => {
      const epochs = Number(this.#stopAfter.value);
      const valid = Number.isFinite(epochs) && epochs > 0;
      if (!valid) this.#stopAfter.value = "";
      actions.stopAfter(valid ? epochs : null);
    });
    this.#factor.append(...FACTORS.map((factor) => html("option", { value: factor })));
    this.#factor.value = String(FACTOR);
    this.#badBatch.addEventListener("click", () => {
      actions.disturb(Number(this.#factor.value));
    });
    this.#newSeed.addEventListener("click", () => {
      actions.newSeed();
    });
    this.#hidden.append(html("option", { value: "go-on" }), html("option", { value: "pause" }));
    this.#hidden.value = pausesHidden() ? "pause" : "go-on";
    this.#hidden.addEventListener("change", () => {
      remember(HIDDEN_TAB, this.#hidden.value === "pause" ? "pause" : null);
    });
    box.append(
      this.#labelled("tools.speed", this.#speed),
      this.#labelled("tools.stop-after", this.#stopAfter, "tools.epochs"),
      html("div", { class: "tool joined" }, this.#badBatch, this.#factor),
      html("div", { class: "tool" }, this.#newSeed),
      this.#labelled("tools.hidden-tab", this.#hidden),
    );
    this.#texts.push([this.#badBatch, "tools.bad-batch"], [this.#newSeed, "tools.new-seed"]);
    this.#hints.push([this.#badBatch, "tools.bad-batch.help"], [this.#newSeed, "tools.new-seed.help"]);
    this.#hints.push([this.#stopAfter, "tools.stop-after.help"]);
  }

  #labelled(key: MessageKey, control: HTMLElement, unit?: MessageKey): HTMLElement {
    const name = html("span");
    this.#texts.push([name, key]);
    const label = html("label", { class: "tool" }, name, control);
    if (unit !== undefined) {
      const after = html("span");
      this.#texts.push([after, unit]);
      label.append(after);
    }
    return label;
  }

  render(state: State): void {
    const { phase, description } = state;
    const live = phase === "running" || phase === "evaluating" || phase === "paused";
    const recorded = description?.recorded !== undefined;
    this.#badBatch.disabled = this.#factor.disabled = !live || recorded;
    this.#newSeed.disabled = phase === "loading" || phase === "opening" || recorded;
  }

  translate(): void {
    for (const [element, key] of this.#texts) element.textContent = t(key);
    for (const [element, key] of this.#hints) element.title = t(key);
    this.#factor.setAttribute("aria-label", t("tools.factor"));
    for (const option of this.#factor.options) option.textContent = `× ${number(Number(option.value))}`;
    for (const option of this.#speed.options) {
      option.textContent =
        option.value === "" ? t("tools.full") : t("tools.rate", { n: number(Number(option.value)) });
    }
    for (const option of this.#hidden.options) {
      option.textContent = t(option.value === "pause" ? "tools.hidden.pause" : "tools.hidden.go-on");
    }
  }
}
