import { type Decay, type Kind, decayOf, decayValue, grows, kinds, withWarmup } from "../../averages/decay";
import { parseSpec, printSpec, warmupOf } from "../../averages/spec";
import { ChoiceButtons } from "../../charts/buttons";
import { type Control, createControl } from "../../controls/control";
import { html } from "../../dom";
import type { Experiment, Setting } from "../../engine";
import { t } from "../../i18n";
import type { Part, Send } from "../../part";
import type { State } from "../../state";
import { methodLabel } from "../../methods";
import { copyRow } from "../copy";
import { rounded } from "./formulas";
import { type Inputs, plan } from "./plan";
import { renderPlan } from "./results";
import { parameters, settings } from "./settings";
import { type Library, libraries, snippet } from "./snippets";

/** Finds an average for the reader's own run, and writes the line of code for it. */
export class Calculator implements Part {
  readonly #root: HTMLElement;
  readonly #send: Send;
  readonly #controls: Record<keyof typeof settings, Control>;
  /** The number of each kind of averages that has one. */
  readonly #parameters: Map<Kind, Control>;
  readonly #kind: ChoiceButtons<Kind>;
  readonly #library: ChoiceButtons<Library>;
  #results = html("div", { class: "calc-results" });
  #code = html("code", { lang: "en" });
  #note = html("p", { class: "about" });
  #tryButton = html("button", { type: "button" });
  #trySaid = html("span", { class: "said", role: "status" });
  #state: State | undefined;
  /** The inputs are the run's, until the reader changes one. */
  #follows = true;
  #experiment: Experiment | undefined;
  /** The average that was sent to the run and is not among its own yet. */
  #asked: string | undefined;

  constructor(root: HTMLElement, send: Send) {
    this.#root = root;
    this.#send = send;
    const changed = (): void => {
      this.#follows = false;
      this.#show();
    };
    const control = (setting: Setting): Control => createControl(setting, changed);
    this.#controls = {
      oldBatch: control(settings.oldBatch),
      batch: control(settings.batch),
      images: control(settings.images),
      stepsPerEpoch: control(settings.stepsPerEpoch),
      epochs: control(settings.epochs),
      warmup: control(settings.warmup),
    };
    this.#parameters = new Map(parameters.map(({ kind, setting }) => [kind, control(setting)]));
    for (const each of this.#fields) each.write(each.setting.default);
    this.#kind = new ChoiceButtons<Kind>(
      kinds,
      "constant",
      { name: () => t("calc.kind"), option: (kind) => t(`kind.${kind}`) },
      changed,
    );
    this.#library = new ChoiceButtons<Library>(
      libraries,
      "pytorch",
      { name: () => t("calc.library"), option: (library) => t(`calc.library.${library}`) },
      () => {
        this.#show();
      },
    );
    this.rebuild();
  }

  get #fields(): Control[] {
    return [...this.#parameters.values(), ...Object.values(this.#controls)];
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
    for (const control of this.#fields) control.translate();
    this.#kind.translate();
    this.#library.translate();
    const { warmup } = this.#controls;
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
          this.#kind.element,
          ...this.#fields.filter((control) => control !== warmup).map((control) => control.element),
          html("div", {}, take),
        ),
        this.#results,
        html(
          "div",
          { class: "calc-code" },
          html("h3", { id: "calc-code-title" }, t("calc.code")),
          html("div", { class: "calc-choices" }, this.#library.element, warmup.element),
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
                what: () => t(`calc.library.${this.#library.value}`),
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

  /** Puts the run's own numbers in. */
  #take({ description, experiment }: State): void {
    if (description === undefined || experiment === undefined) return;
    const decays = description.methods.flatMap(({ average }) => parseSpec(average)?.decay ?? []);
    const decay = decays[Math.floor((decays.length - 1) / 2)] ?? decayOf("constant");
    const { oldBatch, batch, images, stepsPerEpoch, epochs } = this.#controls;
    this.#kind.value = decay.kind;
    this.#parameters.get(decay.kind)?.write(decayValue(decay));
    oldBatch.write(experiment.batch);
    batch.write(experiment.batch);
    images.write(description.dataset.train);
    stepsPerEpoch.write(null);
    epochs.write(Number((description.total_steps / description.steps_per_epoch).toFixed(3)));
    this.#show();
  }

  /** What the fields say; undefined while one of them says nothing that can be used. */
  #inputs(): Inputs | undefined {
    const read = (control: Control | undefined): unknown => {
      const parsed = control?.read();
      return parsed?.ok === true ? parsed.value : undefined;
    };
    const kind = this.#kind.value;
    const parameter = this.#parameters.get(kind);
    const number = parameter === undefined ? NaN : read(parameter);
    const oldBatch = read(this.#controls.oldBatch);
    const batch = read(this.#controls.batch);
    const images = read(this.#controls.images);
    const epochs = read(this.#controls.epochs);
    const stepsPerEpoch = read(this.#controls.stepsPerEpoch);
    const given = stepsPerEpoch === null || typeof stepsPerEpoch === "number";
    if (
      typeof number !== "number" ||
      typeof oldBatch !== "number" ||
      typeof batch !== "number" ||
      typeof images !== "number" ||
      typeof epochs !== "number" ||
      !given
    )
      return undefined;
    return { decay: decayOf(kind, number), oldBatch, batch, images, stepsPerEpoch, epochs };
  }

  /** The average for the planned run, with the warm-up that the code has. */
  #chosen(decay: Decay): Decay {
    const parsed = this.#controls.warmup.read();
    const average = rounded(decay);
    return withWarmup(average, parsed.ok ? String(parsed.value) : "") ?? average;
  }

  #show(): void {
    for (const control of this.#fields) control.mark(false);
    const kind = this.#kind.value;
    for (const [of, { element }] of this.#parameters) element.hidden = of !== kind;
    // What is a share of the run depends on no batch and needs no warm-up.
    for (const { element } of [this.#controls.oldBatch, this.#controls.warmup])
      element.hidden = grows(decayOf(kind));
    const inputs = this.#inputs();
    if (inputs === undefined) {
      this.#results.replaceChildren(html("p", { class: "about" }, t("calc.incomplete")));
      this.#showTry();
      return;
    }
    const planned = plan(inputs);
    this.#results.replaceChildren(...renderPlan(planned));
    const library = this.#library.value;
    const decay = this.#chosen(planned.decay);
    const { code, instead, note } = snippet(library, decay, planned.steps);
    this.#code.textContent = code;
    this.#note.textContent = [
      ...(instead === undefined
        ? []
        : [
            t(grows(decay) ? "calc.instead.kind" : "calc.instead", {
              library: t(`calc.library.${library}`),
              wanted: t(`calc.warmup.${warmupOf(decay)}`),
              instead: t(instead),
            }),
          ]),
      t(note),
    ].join(" ");
    this.#showTry();
  }

  /** The average as the engine writes it, if the run can have it. */
  #spec(): string | undefined {
    const inputs = this.#inputs();
    if (inputs === undefined) return undefined;
    return printSpec({ decay: this.#chosen(plan(inputs).decay), every: 1, buffers: "average", from: 0 });
  }

  #showTry(): void {
    const chosen = this.#spec();
    const averages = averagesOf(this.#state?.experiment);
    const { phase = "loading", description, limits } = this.#state ?? {};
    const full = averages.length >= (limits?.averages ?? 0);
    const goesOn = ["paused", "running", "evaluating"].includes(phase) && description?.recorded === undefined;
    const here = chosen !== undefined && averages.some((spec) => withoutStart(spec) === chosen);
    this.#tryButton.textContent = t("calc.try", {
      average: chosen === undefined ? "–" : methodLabel({ name: "", average: chosen }),
    });
    this.#tryButton.disabled = chosen === undefined || !goesOn || here || full;
    if (chosen !== undefined && here && this.#asked === chosen)
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
    this.#asked = chosen;
    const ema = [...averagesOf(experiment), chosen];
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
