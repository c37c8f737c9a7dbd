import { type TemplateResult, html, nothing } from "lit-html";

import { placeOf } from "../averages/scale";
import { memoryColour } from "../charts/ramp";
import { css } from "../dom";
import { number } from "../i18n";
import { type Said, memoryOfAnswer, named, steps } from "./said";
import { t } from "./words";

/** The memory of an answer on the scale of the memory slider, from one step to the whole run. */
export function bar(said: Said): TemplateResult {
  const { total, zone } = said;
  const memory = memoryOfAnswer(said);
  const percent = (memory: number): string => `${(100 * placeOf(Math.max(1, memory), total)).toFixed(2)}%`;
  const colours = Array.from({ length: 13 }, (_, k) => memoryColour(total ** (k / 12)));
  const powers: number[] = [];
  for (let power = 10; power * 3 <= total; power *= 10) powers.push(power);
  // As many as have room on a phone.
  const every = Math.ceil(powers.length / 4);
  const shown = powers.filter((_, k) => (powers.length - 1 - k) % every === 0);
  const text = `${named(said.decay)}, ${t("steps", { n: steps(memory) })}`;
  return html`<div class="scale-bar" role="img" aria-label=${t("scale", { text })}>
    ${
      zone === undefined
        ? nothing
        : html`<div
            class="zone"
            .style=${css({ left: percent(zone[0]), right: `calc(100% - ${percent(zone[1])})` })}
          ></div>`
    }
    <div class="track" .style=${css({ background: `linear-gradient(90deg, ${colours.join(", ")})` })}></div>
    <div class="dot" .style=${css({ left: percent(memory), background: memoryColour(memory) })}></div>
    <span class="tick first">${t("scale.first")}</span>
    ${shown.map((power) => html`<span class="tick" .style=${css({ left: percent(power) })}>${number(power)}</span>`)}
    <span class="tick last">${number(total)}</span>
  </div>`;
}
