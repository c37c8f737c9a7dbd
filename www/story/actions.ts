import { type TemplateResult, html, nothing } from "lit-html";

import type { State } from "../state";
import type { Stage } from "./run";
import { t } from "./words";

/** What the buttons of the first screen do. */
export interface Acts {
  start: () => void;
  pause: () => void;
  resume: () => void;
  /** Has the network train on a bad batch. */
  hit: () => void;
  again: () => void;
  /** Leads to the chapter on bad batches. */
  next: () => void;
}

/** The buttons of the first screen. One template for all stages, so that the first stays the same element and keeps the focus. */
export function actions(stage: Stage, { phase, description }: State, acts: Acts): TemplateResult {
  const recorded = description?.recorded !== undefined;
  const disabled = description === undefined || phase === "loading" || phase === "failed";
  // The answer to a press is on its way; a button that is only busy keeps the focus.
  const busy = phase === "opening" || phase === "pausing";
  const go = (name: string, icon: string, act: () => void): TemplateResult =>
    button("story-go", name, icon, act, { primary: true, disabled, busy });
  const hit = (disabled: boolean): TemplateResult =>
    button("story-hit", t("hit"), "⚡", acts.hit, { disabled: disabled || recorded });
  const again = (): TemplateResult => button("story-again", t("again"), "", acts.again);
  // Of a run that diverged, a message says what is next.
  const next = phase === "diverged" ? nothing : go(t("next"), "", acts.next);
  const [first, second, third] = {
    before: [go(t("start"), "▶", acts.start), hit(true)],
    running: [go(t("pause"), "❚❚", acts.pause), hit(false)],
    paused: [go(t("resume"), "▶", acts.resume), hit(true)],
    ended: [next, nothing, again()],
  }[stage];
  return html`${first} ${second} ${third}`;
}

function button(
  id: string,
  name: string,
  icon: string,
  act: () => void,
  { primary = false, disabled = false, busy = false } = {},
): TemplateResult {
  return html`<button
    type="button"
    id=${id}
    class=${primary ? "primary" : ""}
    ?disabled=${disabled}
    aria-disabled=${busy ? "true" : nothing}
    @click=${busy ? nothing : act}
  >
    ${icon === "" ? nothing : html`<span aria-hidden="true">${icon}</span>`} ${name}
  </button>`;
}
