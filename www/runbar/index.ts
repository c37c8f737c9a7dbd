import { type TemplateResult, html, nothing, render } from "lit-html";

import type { Conductor } from "../conductor";
import { duration } from "../controls/duration";
import { number } from "../i18n";
import type { Part } from "../part";
import { type State, initialState, isActive } from "../state";
import { scoreOf } from "./score";
import "./style.css";
import { t } from "./words";

/** The run in one line at the foot of the page, wherever the controls of a view are out of sight. */
export class CompactBar implements Part {
  readonly #host: HTMLElement;
  readonly #conductor: Conductor;
  #state = initialState();
  #secondary = false;

  constructor(host: HTMLElement, conductor: Conductor) {
    this.#host = host;
    this.#conductor = conductor;
  }

  render(state: State): void {
    this.#state = state;
    this.rebuild();
  }

  /** Whether another button on the page is the primary one. */
  secondary(is: boolean): void {
    this.#secondary = is;
    this.rebuild();
  }

  rebuild(): void {
    this.#host.setAttribute("aria-label", t("label"));
    render(this.#line(), this.#host);
  }

  #line(): TemplateResult {
    const { step, description, secondsLeft: left } = this.#state;
    const total = description?.total_steps ?? 0;
    const score = scoreOf(this.#state);
    const ended = this.#state.phase === "finished" || this.#state.phase === "diverged";
    const parts = [
      description === undefined
        ? t("preparing")
        : t(ended ? "ended" : "step", { step: number(step), total: number(total) }),
      ...(description?.recorded === undefined ? [] : [t("recorded")]),
      ...(left === null || ended ? [] : [t("left", { time: duration(left) })]),
    ];
    return html`${this.#button(ended)}
      <progress max="1" .value=${total === 0 ? 0 : step / total} aria-hidden="true"></progress>
      <p>
        <span>${parts.join(" · ")}</span>
        ${
          score === undefined
            ? nothing
            : html`<b>${t("score", { average: number(score.average), raw: number(score.raw) })}</b>`
        }
      </p>`;
  }

  #button(ended: boolean): TemplateResult {
    const { phase, step, description } = this.#state;
    const active = isActive(phase);
    const disabled = description === undefined || phase === "loading" || phase === "failed";
    const name = active ? "pause" : ended ? "again" : step > 0 ? "resume" : "start";
    // Of a run that diverged, a message says what is next.
    return html`<button
      type="button"
      class=${phase === "diverged" || this.#secondary ? "" : "primary"}
      id="bar-toggle"
      ?disabled=${disabled}
      aria-disabled=${this.#busy ? "true" : nothing}
      @click=${this.#pressed}
    >
      ${t(name)}
    </button>`;
  }

  /** Whether the answer to a press is on its way; a button that is only busy keeps the focus. */
  get #busy(): boolean {
    const { phase } = this.#state;
    return phase === "opening" || phase === "pausing";
  }

  readonly #pressed = (): void => {
    const { phase } = this.#state;
    if (this.#busy) return;
    if (isActive(phase)) this.#conductor.pause();
    else if (phase === "finished" || phase === "diverged") {
      this.#conductor.again(crypto.getRandomValues(new Uint16Array(1))[0] ?? 0);
    } else this.#conductor.start();
  };
}
