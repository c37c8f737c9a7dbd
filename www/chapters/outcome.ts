import { type TemplateResult, html, nothing } from "lit-html";

import { number } from "../i18n";
import { datasetName } from "../table/names";
import { unbroken } from "../words";
import { button } from "./controls";
import type { Shown } from "./frame";
import { tableOf } from "./numbers";
import { prose, withTerms } from "./sentences";
import { t } from "./words";

/** What comes after the verdict. */
export interface Next {
  /** To the next chapter. */
  next: () => void;
  /** The same prediction once more, with another seed. */
  again: () => void;
  /** Another prediction. */
  other: () => void;
}

/** The verdict, what it means, and where to go from there. */
export function outcome(shown: Shown, { next, again, other }: Next): TemplateResult {
  const { id, chapter, around, seen, measures } = shown;
  const answer = chapter.answer(seen);
  const sentences = answer === undefined ? [t("unclear")] : chapter.verdict(seen, answer);
  const following = around.next;
  return html`<p class="chapter-verdict" id=${`${id}-verdict`} role="status" tabindex="-1">
      ${sentences.map((sentence) => html`<span>${unbroken(sentence)}</span> `)}
    </p>
    ${prose(chapter.t("meaning", chapter.facts?.(seen)))}
    <div class="chapter-next">
      ${
        following === undefined
          ? nothing
          : button("next", t("next", { question: following.question }), next, { primary: around.current })
      }
      ${measures ? nothing : button("again", t("again"), again, { disabled: around.recorded })}
      ${button("other", t("other"), other)}
    </div>
    ${more(shown)}`;
}

/** Before there is a verdict: what came of it the last time. */
export function before(shown: Shown): TemplateResult {
  const { chapter, seen, around } = shown;
  const { earlier } = around;
  if (earlier === undefined) return more(shown);
  const [guess, answer] = [earlier.mark, earlier.answer].map((mark) => chapter.value(mark, seen));
  const key = earlier.seed === undefined ? "earlier" : "earlier.seed";
  const said = t(key, { guess: guess ?? "", answer: answer ?? "", seed: String(earlier.seed) });
  return html`<p class="earlier">${said}</p>
    ${more(shown)}`;
}

/** The numbers, the limits and the sources. */
function more(shown: Shown): TemplateResult {
  const { chapter } = shown;
  return html`${numbers(shown)}
    <details>
      <summary>${t("limits")}</summary>
      <p>${withTerms(chapter.t("limits", chapter.facts?.(shown.seen)))}</p>
    </details>
    <details>
      <summary>${t("sources")}</summary>
      <ul class="sources">
        ${chapter.sources.map(
          ({ title, authors, year, address }) =>
            html`<li>
              ${authors} (${year}).
              <a href=${address} rel="noreferrer" target="_blank" lang="en">${title}</a>
            </li>`,
        )}
      </ul>
    </details>`;
}

/** What each network of each run got right, and on what; nothing until the runs have ended. */
function numbers({ chapter, seen }: Shown): TemplateResult | typeof nothing {
  const result = seen.results.at(-1);
  if (!seen.done || result === undefined) return nothing;
  const { columns, rows } = tableOf(seen.results, chapter.run);
  const { dataset, experiment, testImages } = result;
  return html`<details>
    <summary>${t("numbers")}</summary>
    <div class="numbers" tabindex="0" role="group" aria-label=${t("numbers")}>
      <table>
        <thead>
          <tr>
            <th scope="col">${t("column.method")}</th>
            ${columns.map((column) => html`<th scope="col">${column}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            ({ name, cells }) =>
              html`<tr>
                <th scope="row">${name}</th>
                ${cells.map((cell) => html`<td>${cell}</td>`)}
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
    <p class="about">
      ${t("measured", {
        n: number(testImages),
        seed: String(experiment.seed),
        data: dataset === undefined ? "" : datasetName(dataset),
      })}
      ${t("error")}
    </p>
  </details>`;
}
