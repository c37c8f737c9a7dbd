import { type TemplateResult, html } from "lit-html";

import { errorText } from "../charts/error";
import { decimals, percent } from "../charts/percent";
import { number } from "../i18n";
import { definitionId } from "../panels/glossary/term";
import { isTerm } from "../panels/glossary/terms";
import { type Scored, differenceOf, scoreOf } from "./measures";
import { t } from "./words";

/** The prediction next to the result, both in percent of pictures, and the gap between the printed numbers. */
export function gapSentence(said: number | undefined, was: number | undefined, pictures: number): string[] {
  if (said === undefined || was === undefined) return [];
  const guess = Math.round(said);
  const gap = Number((Number(percent(was, pictures)) - guess).toFixed(1));
  const values = { guess: `${number(guess)}%`, answer: `${percent(was, pictures)}%` };
  if (gap === 0) return [t("said.right", values)];
  const size = Math.abs(gap);
  const key = `gap.${gap > 0 ? "higher" : "lower"}${size === 1 ? ".one" : ""}` as const;
  return [t("said.gap", { ...values, gap: t(key, { gap: number(size, Number.isInteger(size) ? 0 : 1) }) })];
}

/** Which of two networks got more right, with the error of the difference; the better one is named first. */
export function compared(one: Scored & { name: string }, other: Scored & { name: string }): string {
  const [a, b] = scoreOf(one) >= scoreOf(other) ? [one, other] : [other, one];
  const n = a.result.testImages;
  const { printed, error, clear } = differenceOf(a, b);
  const text = t(clear ? "compare.clear" : "compare.close", {
    a: a.name,
    b: b.name,
    x: `${percent(scoreOf(a), n)}%`,
    y: `${percent(scoreOf(b), n)}%`,
    gap: number(printed, decimals(n)),
    error: errorText(error, n),
    n: number(n),
  });
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/**
 * A text in paragraphs, one a line. A term is written [[id|as the sentence has it]] and explained next to it; the id is that of the
 * glossary.
 */
export function prose(text: string): TemplateResult[] {
  return text.split("\n").map((paragraph) => html`<p>${withTerms(paragraph)}</p>`);
}

/** A sentence with its terms. */
export function withTerms(text: string): unknown[] {
  return text.split(/(\[\[[^\]]+\]\])/).map((piece) => {
    const [, id, name] = /^\[\[([^|]+)\|([^\]]+)\]\]$/.exec(piece) ?? [];
    if (id === undefined || !isTerm(id)) return piece;
    return html`<button type="button" class="term" data-term=${id} aria-describedby=${definitionId(id)}>
      ${name}
    </button>`;
  });
}
