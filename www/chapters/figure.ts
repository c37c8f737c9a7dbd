import { type TemplateResult, html, nothing, svg } from "lit-html";

import type { Size } from "../charts/size";
import type { Shown } from "./frame";
import { type Place, axes, placeIn } from "./plot";
import { t } from "./words";

/** How the mark is placed. */
export interface Hands {
  key: (event: KeyboardEvent) => void;
  taken: (event: PointerEvent) => void;
  moved: (event: PointerEvent) => void;
  letGo: () => void;
  /** The browser has taken the gesture for its own, to scroll. */
  cancelled: () => void;
}

/** A chapter's plot with the mark in it; as long as that can be placed, it is a slider. */
export function plotArea(shown: Shown, size: Size, hands: Hands): TemplateResult {
  const { chapter, seen, asks } = shown;
  const plot = chapter.plot(seen);
  const place = placeIn(plot, size);
  const label = chapter.t("figure");
  const { row } = chapter.mark(seen);
  // A slider has one value: where the row is given, the mark's place in it.
  const axis = row === undefined ? plot.y : plot.x;
  const value = (row === undefined ? seen.mark?.y : seen.mark?.x) ?? axis.from;
  const text = seen.mark === undefined ? t("mark.none") : chapter.value(seen.mark, seen);
  const asked = (value: unknown): unknown => (asks ? value : nothing);
  // One element in all states, whose size is observed, and which can keep the focus.
  return html`<div
    class=${asks ? "plot-area asks" : "plot-area"}
    role=${asked("slider")}
    tabindex=${asks ? "0" : "-1"}
    aria-label=${asked(chapter.t("ask", chapter.facts?.(seen)))}
    aria-description=${asked(t("mark.keys"))}
    aria-valuemin=${asked(axis.from)}
    aria-valuemax=${asked(axis.to)}
    aria-valuenow=${asked(Number(value.toPrecision(3)))}
    aria-valuetext=${asked(text)}
    @keydown=${hands.key}
    @pointerdown=${hands.taken}
    @pointermove=${hands.moved}
    @pointerup=${hands.letGo}
    @pointercancel=${hands.cancelled}
  >
    ${
      size.width === 0
        ? nothing
        : html`<svg
            viewBox=${`0 0 ${size.width} ${size.height}`}
            role=${asks ? nothing : "img"}
            aria-label=${asks ? nothing : label}
            aria-hidden=${asks ? "true" : nothing}
          >
            ${axes(plot, place)} ${chapter.draw(seen, place)} ${prediction(shown, place)}
          </svg>`
    }
  </div>`;
}

/** The place for the mark, the mark, and once it is known, the way from it to the result. */
function prediction({ chapter, seen, asks }: Shown, place: Place): TemplateResult {
  const { columns, row } = chapter.mark(seen);
  const { mark } = seen;
  const { top, bottom, left, right } = place;
  const room =
    asks && columns !== undefined
      ? columns.map(
          (column) => svg`<rect class="column-room" rx="8" x=${place.x(column) - 24} width="48" y=${top}
            height=${bottom - top} />`,
        )
      : asks && row !== undefined
        ? svg`<rect class="column-room" rx="8" x=${left} width=${right - left} y=${place.y(row) - 24} height="48" />`
        : nothing;
  const touch =
    asks && mark === undefined
      ? svg`<text class="ink halo" x=${columns === undefined ? (left + right) / 2 : place.x(columns.at(-1) ?? 0) - 36}
          y=${row === undefined ? top + (bottom - top) * 0.6 : place.y(row) - 34}
          text-anchor=${columns === undefined ? "middle" : "end"}>${chapter.t("touch")}</text>`
      : nothing;
  if (mark === undefined) return svg`${room} ${touch}`;
  const answer = seen.done ? chapter.answer(seen) : undefined;
  const [x, y] = [place.x(mark.x), place.y(mark.y)];
  // The labels of lines are at the right.
  const before = x > (left + right) / 2;
  // Next to the mark; next to an answer, on the side of the mark that faces away from it, where lines are fewer.
  const [reach, under] =
    answer === undefined ? [17, 5] : [-11, y <= place.y(answer.y) && y - top > 30 ? -18 : 28];
  const aside = before ? -reach : reach;
  return svg`${room}
    ${
      answer === undefined
        ? nothing
        : svg`<line class="gap" x1=${x} y1=${y} x2=${place.x(answer.x)} y2=${place.y(answer.y)} />`
    }
    <path class="mark" d=${`M${x} ${y - 11}l11 11l-11 11l-11 -11z`} />
    <text class="ink halo" x=${x + aside} y=${y + under} text-anchor=${before ? "end" : "start"}
      >${t("mark.yours")} ${chapter.value(mark, seen)}</text>`;
}
