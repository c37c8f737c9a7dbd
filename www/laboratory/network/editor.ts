import { type TemplateResult, html, nothing, render } from "lit-html";
import { live } from "lit-html/directives/live.js";

import type { Control } from "../../controls/control";
import { sameValue } from "../../controls/values";
import { html as element } from "../../dom";
import type { EngineError, Experiment, Setting, Survey } from "../../engine";
import { number, t as message } from "../../i18n";
import type { Send } from "../../part";
import type { FromWorker } from "../../protocol";
import { megaflops } from "../flops";
import {
  type Field,
  type Layer,
  type Model,
  inserted,
  kindOf,
  kinds,
  moved,
  ofKind,
  parseLayers,
  removed,
  replaced,
  valueOf,
  withValue,
} from "./layers";
import { kindName, t } from "./words";
import "./style.css";

/** The name of a network that was edited here. */
const OWN = "own";
/** Tells this editor's surveys from others. */
const TAG = "network";

const setting: Setting = { key: "model", flag: "model", kind: "text", default: undefined, help: "" };

/** The control of the network's layers: a preset as it is, or layers that the reader has changed. */
export class NetworkEditor implements Control {
  readonly setting = setting;
  readonly element = element("div", { class: "field network" });
  readonly #send: Send;
  readonly #changed: () => void;
  /** The reader's network; undefined for that of the preset. */
  #model: Model | undefined;
  /** What the reader's last changes replaced, the latest last. */
  #before: (Model | undefined)[] = [];
  #survey: Survey | undefined;
  #refused: EngineError | undefined;
  /** What was surveyed last. */
  #asked: Experiment = {};
  #complaint: string | undefined;
  #disabled = false;
  #differs = false;

  constructor(send: Send, changed: () => void) {
    this.#send = send;
    this.#changed = changed;
  }

  read(): ReturnType<Control["read"]> {
    const misfit = this.#survey?.error != null || this.#refused !== undefined;
    if (this.#model !== undefined && misfit)
      return { ok: false, error: "experiment.invalid.network", values: {} };
    return { ok: true, value: this.#model };
  }

  write(value: unknown): void {
    this.#model = (value ?? undefined) as Model | undefined;
    this.#before = [];
    this.#complaint = undefined;
    this.#draw();
  }

  mark(changed: boolean): void {
    this.#differs = changed;
    this.#draw();
  }

  disable(disabled: boolean): void {
    if (disabled === this.#disabled) return;
    this.#disabled = disabled;
    this.#draw();
  }

  translate(): void {
    this.#draw();
  }

  /** Surveys the network of the form's values, if it is another one. */
  follow({ preset, norm }: Experiment): void {
    const wanted = { preset, norm, model: this.#model };
    if (sameValue(wanted, this.#asked)) return;
    this.#asked = wanted;
    this.#send({ type: "survey", experiment: wanted, tag: TAG });
  }

  receive(message: FromWorker): void {
    if (message.type !== "surveyed" || message.tag !== TAG) return;
    if ("layers" in message.survey) {
      this.#survey = message.survey;
      this.#refused = undefined;
    } else this.#refused = message.survey;
    this.#changed();
  }

  get #layers(): readonly Layer[] {
    return this.#model?.layers ?? ((this.#survey?.model.layers ?? []) as Layer[]);
  }

  #change(layers: Layer[]): void {
    this.#keep({ name: OWN, layers });
  }

  #keep(model: Model | undefined): void {
    this.#before.push(this.#model);
    this.#model = model;
    this.#complaint = undefined;
    this.#changed();
  }

  #undo(): void {
    this.#model = this.#before.pop();
    this.#complaint = undefined;
    this.#changed();
  }

  #draw(): void {
    const survey = this.#survey;
    const name = this.#model === undefined ? (survey?.model.name ?? "") : t("own");
    const summary =
      survey === undefined || this.#problem() !== undefined
        ? name
        : t("summary", { name, parameters: number(survey.parameters), flops: number(megaflops(survey)) });
    this.element.classList.toggle("changed", this.#differs);
    render(
      html`<details>
          <summary>
            <span class="field-name">${t("name")}</span>
            <span class="network-summary">${summary}</span>
            ${this.#differs ? html`<span class="badge">${message("experiment.needs-reset")}</span>` : nothing}
          </summary>
          <p class="about">${t("help")}</p>
          <ol class="layers" aria-label=${t("list")}>
            ${this.#layers.map((layer, at) => this.#row(layer, at))}
          </ol>
          ${this.#buttons()} ${this.#json()}
        </details>
        <p class="field-error" role="alert" ?hidden=${this.#problem() === undefined}>${this.#problem()}</p>`,
      this.element,
    );
  }

  #problem(): string | undefined {
    if (this.#complaint !== undefined) return this.#complaint;
    if (this.#refused !== undefined) return t("unread", { reason: this.#refused.message });
    const error = this.#survey?.error;
    if (error == null) return undefined;
    if (error.layer >= this.#layers.length) return t("misfit.loss", { reason: error.reason });
    return t("misfit", { n: error.layer + 1, reason: error.reason });
  }

  #row(layer: Layer, at: number): TemplateResult {
    const kind = kindOf(layer);
    const known = kind in kinds;
    const choices = known ? Object.keys(kinds) : [kind, ...Object.keys(kinds)];
    const report = this.#survey?.layers[at];
    const [height, width, channels] = report?.output ?? [];
    const n = at + 1;
    const misfit = this.#survey?.error?.layer === at;
    const choose = (event: Event): void => {
      const { value } = event.currentTarget as HTMLSelectElement;
      this.#change(replaced(this.#layers, at, ofKind(value, layer)));
    };
    const button = (
      what: "up" | "down" | "remove",
      sign: string,
      possible: boolean,
      to: () => Layer[],
    ): TemplateResult =>
      html`<button
        type="button"
        class="icon-button small"
        title=${t(what, { n })}
        aria-label=${t(what, { n })}
        ?disabled=${this.#disabled || !possible}
        @click=${() => {
          this.#change(to());
        }}
      >
        ${sign}
      </button>`;
    return html`<li class=${misfit ? "layer misfit" : "layer"}>
      <select
        aria-label=${t("kind", { n })}
        .value=${live(kind)}
        ?disabled=${this.#disabled}
        @change=${choose}
      >
        ${choices.map((choice) => html`<option value=${choice} ?selected=${choice === kind}>${kindName(choice)}</option>`)}
      </select>
      <span class="layer-fields">${(kinds[kind] ?? []).map((field) => this.#field(layer, at, field))}</span>
      <span class="layer-shape"
        >${report === undefined ? "" : t("shape", { height: height ?? 0, width: width ?? 0, channels: channels ?? 0 })}</span
      >
      <span class="layer-parameters">${countOf(report?.parameters)}</span>
      <span class="layer-moves">
        ${button("up", "↑", at > 0, () => moved(this.#layers, at, -1))}
        ${button("down", "↓", at + 1 < this.#layers.length, () => moved(this.#layers, at, 1))}
        ${button("remove", "×", this.#layers.length > 1, () => removed(this.#layers, at))}
      </span>
    </li>`;
  }

  #field(layer: Layer, at: number, field: Field): TemplateResult {
    const value = valueOf(layer, field);
    const label = t(field.key as Parameters<typeof t>[0]);
    const set = (to: unknown): void => {
      this.#change(replaced(this.#layers, at, withValue(layer, field.key, to)));
    };
    if (field.kind === "boolean") {
      return html`<label class="check">
        <input
          type="checkbox"
          .checked=${live(value === true)}
          ?disabled=${this.#disabled}
          @change=${(event: Event) => {
            set((event.currentTarget as HTMLInputElement).checked);
          }}
        />
        <span>${label}</span>
      </label>`;
    }
    if (field.kind === "choice") {
      return html`<select
        aria-label=${label}
        .value=${live(String(value))}
        ?disabled=${this.#disabled}
        @change=${(event: Event) => {
          set(Number((event.currentTarget as HTMLSelectElement).value));
        }}
      >
        ${field.choices.map((choice) => html`<option value=${choice} ?selected=${choice === value}>${choice}×${choice}</option>`)}
      </select>`;
    }
    return html`<input
      type="number"
      class="layer-number"
      aria-label=${label}
      title=${label}
      min=${field.min}
      max=${field.max}
      step="any"
      .value=${live(String(value))}
      ?disabled=${this.#disabled}
      @change=${(event: Event) => {
        const wanted = (event.currentTarget as HTMLInputElement).valueAsNumber;
        const valid = Number.isFinite(wanted) && wanted >= field.min && wanted <= field.max;
        if (valid) set(wanted);
        else this.#draw();
      }}
    />`;
  }

  #buttons(): TemplateResult {
    const add = (event: Event): void => {
      const select = event.currentTarget as HTMLSelectElement;
      const kind = select.value;
      select.value = "";
      // The last three usually turn channels into classes; a layer goes before them.
      const tail = this.#layers.findIndex((layer) => kindOf(layer).startsWith("global"));
      if (kind !== "")
        this.#change(inserted(this.#layers, tail < 0 ? this.#layers.length : tail, ofKind(kind)));
    };
    return html`<div class="layer-buttons">
      <select aria-label=${t("add")} ?disabled=${this.#disabled} @change=${add}>
        <option value="">${t("add")}</option>
        ${Object.keys(kinds).map((kind) => html`<option value=${kind}>${kindName(kind)}</option>`)}
      </select>
      <button
        type="button"
        ?disabled=${this.#disabled || this.#before.length === 0}
        @click=${() => {
          this.#undo();
        }}
      >
        ${t("undo")}
      </button>
      <button
        type="button"
        ?disabled=${this.#disabled || this.#model === undefined}
        @click=${() => {
          this.#keep(undefined);
        }}
      >
        ${t("back")}
      </button>
    </div>`;
  }

  #json(): TemplateResult {
    const use = (event: Event): void => {
      const text = (event.currentTarget as HTMLElement).parentElement?.querySelector("textarea")?.value ?? "";
      try {
        this.#change(parseLayers(text));
      } catch (thrown) {
        this.#complaint = t("unread", { reason: thrown instanceof Error ? thrown.message : String(thrown) });
        this.#draw();
      }
    };
    const label = t("json.label", { example: '{"residual": […]}' });
    return html`<details class="layer-json">
      <summary>${t("json")}</summary>
      <textarea
        rows="6"
        spellcheck="false"
        aria-label=${label}
        title=${label}
        ?disabled=${this.#disabled}
        .value=${this.#layers
          .map((layer) => JSON.stringify(layer))
          .join(",\n")
          .replace(/^[^]*$/, "[\n$&\n]")}
      ></textarea>
      <button type="button" ?disabled=${this.#disabled} @click=${use}>${t("use")}</button>
    </details>`;
  }
}

function countOf(parameters: number | undefined): string {
  if (parameters === undefined || parameters === 0) return "";
  return parameters === 1 ? t("parameters.one") : t("parameters", { n: number(parameters) });
}
