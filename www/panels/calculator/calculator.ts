import type { Warmup } from "../../averages/decay";
import { constantBeta, parseSpec } from "../../averages/spec";
import { type Control, createControl } from "../../controls/control";
import { html } from "../../dom";
import type { Experiment } from "../../engine";
import { t } from "../../i18n";
import type { Part, Send } from "../../part";
import type { State } from "../../state";
import { copyRow } from "../copy";
import { formatBeta } from "./formulas";
import { type Inputs, plan } from "./plan";
import { renderPlan } from "./results";
import { settings } from "./settings";
import { type Library, libraries, snippet } from "./snippets";

/** Finds a β for the reader's own run, and writes the line of code for it. */
export class Calculator implements Part {
  readonly #root: HTMLElement;
  readonly #send: Send;
  readonly #controls: Record<keyof typeof settings, Control>;
  #results = html("div", { class: "calc-results" });
  #code = html("code", { lang: "en" });
  #note = html("p", { class: "about" });
  #tryButton = html("button", { type: "button" });
  #trySaid = html("span", { class: "said", role: "status" });
  #library: Library = "pytorch";
  #state: State | undefined;
  /** The inputs are the run's, until the reader changes one. */
  #follows = true;
  #experiment: Experiment | undefined;
  /** The β that was sent to the run and is not among its averages yet. */
  #asked: string | undefined;

  constructor(root: HTMLElement, send: Send) {
    this.#root = root;
    this.#send = send;
    const control = (setting: (typeof settings)[keyof typeof settings]): Control =>
      createControl(setting, () => {
        this.#follows = false;
        this.#show();
      });
    this.#controls = {
      beta: control(settings.beta),
      oldBatch: control(settings.oldBatch),
      batch: control(settings.batch),
      images: control(settings.images),
      stepsPerEpoch: control(settings.stepsPerEpoch),
      epochs: control(settings.epochs),
      warmup: control(settings.warmup),
    };
    for (const each of Object.values(this.#controls)) each.write(each.setting.default);
    this.rebuild();
  }

  render(state: State): void {
    const before = this.#state;
    this.#state = state;
    const { description, experiment } = state;
    if (
      this.#follows &&
      description !== undefined &&
      experiment !== undefined &&
      experiment !== this.#experiment
    )
      this.#take(state);
    this.#experiment = experiment;
    if (before?.description !== description || before?.phase !== state.phase) this.#showTry();
  }

  rebuild(): void {
    for (const control of Object.values(this.#controls)) control.translate();
    const { warmup, ...numbers } = this.#controls;
    const take = html("button", { type: "button", class: "small" }, t("calc.take"));
    take.addEventListener("click", () => {
      if (this.#state !== undefined) this.#take(this.#state);
      this.#follows = true;
    });
    this.#results = html("div", { class: "calc-results" });
    this.#code = html("code", { lang: "en" });
    this.#note = html("p", { class: "about" });
    this.#tryButton = html("button", { type: "button", class: "small" });
    this.#tryButton.addEventListener("click", () => {
      this.#try();
    });
    this.#trySaid = html("span", { class: "said", role: "status" });

    this.#root.setAttribute("aria-labelledby", "calculator-title");
    this.#root.classList.add("calculator");
    this.#root.replaceChildren(
      html("h2", { id: "calculator-title" }, t("calc.title")),
      html("p", { class: "about" }, t("calc.about")),
      html(
        "div",
        { class: "calc-columns" },
        html(
          "div",
          { class: "calc-inputs settings" },
          ...Object.values(numbers).map((control) => control.element),
          html("div", {}, take),
        ),
        this.#results,
        html(
          "div",
          { class: "calc-code" },
          html("h3", { id: "calc-code-title" }, t("calc.code")),
          html("div", { class: "calc-choices" }, this.#libraryButtons(), warmup.element),
          html(
            "pre",
            { class: "code", tabindex: 0, role: "group", "aria-labelledby": "calc-code-title" },
            this.#code,
          ),
          this.#note,
          html(
            "div",
            { class: "calc-actions" },
            copyRow([
              {
                label: "copy.code",
                what: () => t(`calc.library.${this.#library}`),
                text: () => this.#code.textContent,
              },
            ]),
            this.#tryButton,
            this.#trySaid,
          ),
        ),
      ),
    );
    this.#show();
  }

  #libraryButtons(): HTMLElement {
    const buttons = libraries.map((library) => {
      const button = html(
        "button",
        { type: "button", "aria-pressed": "false" },
        t(`calc.library.${library}`),
      );
      button.addEventListener("click", () => {
        this.#library = library;
        for (const other of buttons) other.setAttribute("aria-pressed", String(other === button));
        this.#show();
      });
      button.setAttribute("aria-pressed", String(library === this.#library));
      return button;
    });
    return html("div", { class: "segmented", role: "group", "aria-label": t("calc.library") }, ...buttons);
  }

  /** Puts the run's own numbers in. */
  #take({ description, experiment }: State): void {
    if (description === undefined || experiment === undefined) return;
    const betas = description.methods.flatMap(({ average }) => constantBeta(parseSpec(average)) ?? []);
    const { beta, oldBatch, batch, images, stepsPerEpoch, epochs } = this.#controls;
    beta.write(betas[Math.floor((betas.length - 1) / 2)] ?? settings.beta.default);
    oldBatch.write(experiment.batch);
    batch.write(experiment.batch);
    images.write(description.dataset.train);
    stepsPerEpoch.write(null);
    epochs.write(Number((description.total_steps / description.steps_per_epoch).toFixed(3)));
    this.#show();
  }

  /** What the fields say; undefined while one of them says nothing that can be used. */
  #inputs(): Inputs | undefined {
    const read = (key: keyof Inputs): unknown => {
      const parsed = this.#controls[key].read();
      return parsed.ok ? parsed.value : undefined;
    };
    const beta = read("beta");
    const oldBatch = read("oldBatch");
    const batch = read("batch");
    const images = read("images");
    const epochs = read("epochs");
    const stepsPerEpoch = read("stepsPerEpoch");
    const given = stepsPerEpoch === null || typeof stepsPerEpoch === "number";
    if (
      typeof beta !== "number" ||
      typeof oldBatch !== "number" ||
      typeof batch !== "number" ||
      typeof images !== "number" ||
      typeof epochs !== "number" ||
      !given
    )
      return undefined;
    return { beta, oldBatch, batch, images, stepsPerEpoch, epochs };
  }

  get #warmup(): Warmup {
    const parsed = this.#controls.warmup.read();
    return (parsed.ok ? parsed.value : "none") as Warmup;
  }

  #show(): void {
    for (const control of Object.values(this.#controls)) control.mark(false);
    const inputs = this.#inputs();
    if (inputs === undefined) {
      this.#results.replaceChildren(html("p", { class: "about" }, t("calc.incomplete")));
      this.#showTry();
      return;
    }
    const planned = plan(inputs);
    this.#results.replaceChildren(...renderPlan(planned));
    const { code, instead, note } = snippet(this.#library, planned.beta, this.#warmup);
    this.#code.textContent = code;
    this.#note.textContent = [
      ...(instead === undefined
        ? []
        : [
            t("calc.instead", {
              library: t(`calc.library.${this.#library}`),
              wanted: t(`calc.warmup.${this.#warmup}`),
              instead: t(instead),
            }),
          ]),
      t(note),
    ].join(" ");
    this.#showTry();
  }

  /** The average as the engine writes it, if the run can have it. */
  #spec(): { spec: string; beta: string } | undefined {
    const inputs = this.#inputs();
    if (inputs === undefined) return undefined;
    const beta = formatBeta(plan(inputs).beta);
    return { beta, spec: this.#warmup === "none" ? beta : `${beta},warmup=${this.#warmup}` };
  }

  #showTry(): void {
    const chosen = this.#spec();
    const averages = averagesOf(this.#state?.experiment);
    const { phase = "loading", description, limits } = this.#state ?? {};
    const full = averages.length >= (limits?.averages ?? 0);
    const goesOn = ["paused", "running", "evaluating"].includes(phase) && description?.recorded === undefined;
    const here = chosen !== undefined && averages.some((spec) => withoutStart(spec) === chosen.spec);
    this.#tryButton.textContent = t("calc.try", { beta: chosen?.beta ?? "–" });
    this.#tryButton.disabled = chosen === undefined || !goesOn || here || full;
    if (chosen !== undefined && here && this.#asked === chosen.spec)
      this.#trySaid.textContent = t("calc.try.done");
    else if (here) this.#trySaid.textContent = t("calc.try.here");
    else if (limits !== undefined && full)
      this.#trySaid.textContent = t("calc.try.full", { n: limits.averages });
    else this.#trySaid.textContent = "";
  }

  /** Adds the average to the run that is going on. */
  #try(): void {
    const chosen = this.#spec();
    const experiment = this.#state?.experiment;
    if (chosen === undefined || experiment === undefined) return;
    this.#asked = chosen.spec;
    const ema = [...averagesOf(experiment), chosen.spec];
    this.#send({ type: "change", experiment: { ...experiment, ema } });
  }
}

function averagesOf(experiment: Experiment | undefined): string[] {
  return Array.isArray(experiment?.ema) ? experiment.ema.map(String) : [];
}

/** An average that began in mid-run is the same one. */
function withoutStart(spec: string): string {
  return spec.replace(/,from=\d+/, "");
}
