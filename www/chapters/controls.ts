import { type TemplateResult, html, nothing } from "lit-html";

import { number } from "../i18n";
import type { Knob } from "./chapter";
import type { Actions, Shown } from "./frame";
import { type Length, cost } from "./run";
import { t } from "./words";

const LENGTHS: readonly Length[] = ["short", "long"];
/** Seconds in a minute. */
const MINUTE = 60;

/** What the buttons under a figure do: to the run, and to what the reader has chosen. */
export interface Choices extends Pick<Actions, "pause" | "resume" | "stop"> {
  run: () => void;
  proceed: () => void;
  turn: (knob: number) => void;
  take: (length: Length) => void;
}

/** The buttons under a figure; nothing where there is nothing to do. */
export function controls(shown: Shown, choices: Choices): TemplateResult | typeof nothing {
  const { chapter, around, seen, asks, measures } = shown;
  const { progress, recorded } = around;
  const { knob } = chapter;
  const missing = asks && seen.mark === undefined;
  const knobAt = (when: Knob["when"]): unknown =>
    knob?.when === when
      ? segments(knob.label(), knob.values, seen.knob, (value) => knob.text(value, seen.length), choices.turn)
      : nothing;
  const go = (text: string, act: () => void, disabled = false): TemplateResult =>
    button("go", text, act, { primary: around.current, disabled });
  const stop = (): TemplateResult => button("stop", t("stop"), choices.stop);
  switch (progress.kind) {
    case "running": {
      const { paused, part, run, runs } = progress;
      const values = { part: number(Math.floor(100 * part)), n: run + 1, of: runs };
      const said = paused ? t("paused") : t(runs > 1 ? "running.of" : "running", values);
      return row({
        go: paused ? go(t("resume"), choices.resume) : go(t("pause"), choices.pause),
        other: stop(),
        // Not a live region: it changes all the time.
        status: html`<progress max="1" .value=${part} aria-label=${t("running", values)}></progress>
          <p class="chapter-status">${said}</p>`,
      });
    }
    case "waiting":
      return row({
        knob: knobAt("waiting"),
        go: go(chapter.proceed?.() ?? t("resume"), choices.proceed, missing),
        other: stop(),
        status: status(missing ? t("run.first") : ""),
      });
    case "idle":
    case "done":
    case "stopped": {
      if (seen.done) return knob?.when === "done" ? row({ knob: knobAt("done") }) : nothing;
      if (measures) {
        return row({
          go: go(t("show"), choices.run, missing),
          status: status(missing ? t("run.first") : ""),
        });
      }
      const sentences = [
        progress.kind === "stopped" ? t(`stopped.${progress.why}`) : "",
        recorded ? t("run.recorded") : missing ? t("run.first") : costOf(shown),
        around.replaces ? t("run.replaces") : "",
      ];
      return row({
        knob: knobAt("run"),
        go: go(t("run"), choices.run, recorded || missing),
        other: segments(t("length"), LENGTHS, seen.length, (length) => t(`length.${length}`), choices.take),
        status: status(sentences.filter((one) => one !== "").join(" ")),
      });
    }
  }
}

interface Row {
  knob?: unknown;
  go?: TemplateResult;
  other?: TemplateResult;
  status?: TemplateResult;
}

/** One template for all states, so that the button which leads on stays the same element and keeps the focus. */
function row({ knob, go, other, status }: Row): TemplateResult {
  return html`<div class="chapter-controls">${knob} ${go} ${other} ${status}</div>`;
}

function status(text: string): TemplateResult {
  return html`<p class="chapter-status" role="status">${text}</p>`;
}

/** A button by whose name the page, its tests and the focus find it. */
export function button(
  name: string,
  text: string,
  act: () => void,
  { primary = false, disabled = false } = {},
): TemplateResult {
  return html`<button
    type="button"
    data-do=${name}
    class=${primary ? "primary" : ""}
    ?disabled=${disabled}
    @click=${act}
  >
    ${text}
  </button>`;
}

function segments<T extends string | number>(
  label: string,
  values: readonly T[],
  chosen: T,
  text: (value: T) => string,
  choose: (value: T) => void,
): TemplateResult {
  return html`<div class="choice" role="group" aria-label=${label}>
    <span aria-hidden="true">${label}</span>
    ${values.map(
      (value) =>
        html`<button
          type="button"
          data-choice=${value}
          aria-pressed=${value === chosen ? "true" : "false"}
          @click=${() => {
            choose(value);
          }}
        >
          ${text(value)}
        </button>`,
    )}
  </div>`;
}

/** What the runs would cost, in time where the speed is known. */
function costOf({ chapter, around: { speed, recompute }, seen }: Shown): string {
  if (recompute === undefined) return "";
  const images = cost(chapter.runs(seen.length, seen.knob), recompute);
  if (speed === undefined) return t("run.images", { images: number(Number(images.toPrecision(2))) });
  const seconds = images / speed;
  const time =
    seconds < MINUTE
      ? t("seconds", { n: number(Math.max(5, 5 * Math.ceil(seconds / 5))) })
      : t("minutes", { n: number(Math.ceil(seconds / MINUTE)) });
  return t("run.time", { time });
}
