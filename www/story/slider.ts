import { type TemplateResult, html } from "lit-html";

import { memoryColour } from "../charts/ramp";
import { css } from "../dom";
import { number } from "../i18n";
import { betaOf } from "../averages/memory";
import { ZONE, betaDigits, fitting, placeOf, rounded, ticks } from "../averages/scale";
import type { Shown } from "./run";
import { t } from "./words";

/** About how wide a text of the slider is: Chinese characters are twice as wide as Latin ones. */
function widthOf(text: string): number {
  return Array.from(text).reduce((sum, letter) => sum + (letter > "\u2e7f" ? 14 : 8), 0);
}

/** What the slider's value is in words, in the four units that people think in. */
export function readings(memory: number, { total, batch, train }: Shown) {
  const m = rounded(memory);
  const beta = betaOf(memory);
  const share = (100 * memory) / total;
  return {
    m: number(m),
    beta: number(beta, betaDigits(beta)),
    share: number(share, share < 10 ? 1 : 0),
    images: number(m * batch),
    epochs: number((m * batch) / train, 2),
  };
}

/** The slider's value as one sentence. */
export function valueText(memory: number, shown: Shown): string {
  return t("memory.value", readings(memory, shown));
}

/** What is in the slider: the zone that suits, the track with a gap at every tested average, labels, and the thumb. */
export function sliderParts(
  memory: number,
  shown: Shown,
  { width, wide }: { width: number; wide: boolean },
): TemplateResult {
  const { total, averages } = shown;
  const percent = (memory: number): string => `${(100 * placeOf(memory, total)).toFixed(3)}%`;
  const colours = Array.from({ length: 13 }, (_, k) => memoryColour(total ** (k / 12)));
  const track = `linear-gradient(90deg, ${colours.join(", ")})`;
  const [from, to] = ZONE.map((share) => Math.max(1, share * total)) as [number, number];
  const middle = Math.sqrt(from * to);
  return html`<div
      class="zone"
      .style=${css({ left: percent(from), right: `calc(100% - ${percent(to)})` })}
    ></div>
    <div class="track" .style=${css({ background: track })}></div>
    ${averages
      .filter((average) => average.memory > 1 && average.memory < total)
      .map((average) => html`<div class="notch" .style=${css({ left: percent(average.memory) })}></div>`)}
    <div class="tick zone-name" .style=${css({ left: percent(middle) })}>
      ${t("zone")}${wide ? html`<br />${t("zone.more")}` : ""}
    </div>
    ${labels(total, middle, width, wide).map(
      ({ memory, text, under, edge }) =>
        html`<div class=${`tick ${edge}`} .style=${css({ left: percent(memory) })}>
          ${text}${under === "" ? "" : html`<br />${under}`}
        </div>`,
    )}
    <div
      class="thumb"
      .style=${css({ left: percent(memory), background: memoryColour(memory) })}
      aria-hidden="true"
    >
      ‹ ›
    </div>`;
}

interface Label {
  memory: number;
  text: string;
  under: string;
  edge: "first" | "last" | "";
  left: number;
  right: number;
}

/** The labels that have room: the ends, the zone's, then the others. */
function labels(total: number, zone: number, width: number, wide: boolean): Label[] {
  const betas = width >= 700;
  const all = wide ? ticks(total) : [1, 10, 100, total].filter((memory, k) => k === 0 || memory <= total);
  const label = (memory: number): Label => {
    const edge = memory === 1 ? "first" : memory === total ? "last" : "";
    const beta = betaOf(memory);
    const text =
      edge === "first"
        ? t(wide ? "tick.first" : "tick.first.short")
        : edge === "last"
          ? t("tick.last")
          : number(memory);
    const under = betas ? `β ${number(beta, betaDigits(beta))}` : "";
    const room = Math.max(widthOf(text), widthOf(under));
    const at = placeOf(memory, total) * width;
    const left = edge === "first" ? at : edge === "last" ? at - room : at - room / 2;
    return { memory, text, under, edge, left, right: left + room };
  };
  const zoneRoom = Math.max(widthOf(t("zone")), wide ? widthOf(t("zone.more")) : 0);
  const zoneAt = placeOf(zone, total) * width;
  const zoneLabel = { ...label(zone), left: zoneAt - zoneRoom / 2, right: zoneAt + zoneRoom / 2 };
  const ends = all.filter((memory) => memory === 1 || memory === total).map(label);
  const others = all.filter((memory) => memory !== 1 && memory !== total).map(label);
  return fitting([...ends, zoneLabel, ...others], 8).filter((one) => one !== zoneLabel);
}
