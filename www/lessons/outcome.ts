import { html, scroller } from "../dom";
import { comparisonElement } from "./comparison";
import { isMessage, number, t } from "../i18n";
import { datasetName } from "../table/names";
import { type Lesson, type Prediction, type Verdict, isRight } from "./lesson";
import type { Outcome } from "./history";
import { dialText, predictionText } from "./question";
import { sentence, written } from "./values";

/** The prediction, the result, and the figures. */
export function outcomeElement(lesson: Lesson, outcome: Outcome, dark: boolean): HTMLElement {
  const { prediction, verdict, seed, data } = outcome;
  return html(
    "div",
    { class: "outcome" },
    headline(lesson, prediction, verdict),
    ...verdict.sentences.map((text) => html("p", {}, sentence(text))),
    ...(verdict.curves === undefined ? [] : [comparisonElement(verdict.curves, outcome, dark)]),
    figures(verdict),
    html(
      "p",
      { class: "about" },
      t("lesson.measured", { n: number(data.test), seed: String(seed), data: datasetName(data) }),
    ),
  );
}

function headline(lesson: Lesson, prediction: Prediction, verdict: Verdict): HTMLElement {
  const right = isRight(lesson.question, prediction, verdict.answer);
  const kind = right === undefined ? "unclear" : right ? "right" : "wrong";
  return html(
    "p",
    { class: `headline ${kind}` },
    html("span", {}, t("lesson.predicted", { prediction: predictionText(lesson, prediction) })),
    " ",
    html("strong", {}, t(`lesson.${kind}`)),
  );
}

function figures({ columns, rows }: Verdict): HTMLElement {
  if (rows.length === 0) return html("div");
  return scroller(
    t("lesson.result"),
    html(
      "table",
      {},
      html(
        "thead",
        {},
        html(
          "tr",
          {},
          html("th", { scope: "col" }, t("table.method")),
          ...columns.map((key) => html("th", { scope: "col" }, isMessage(key) ? t(key) : "")),
        ),
      ),
      html(
        "tbody",
        {},
        ...rows.map((row) =>
          html(
            "tr",
            row.top === true ? { class: "top" } : {},
            html("th", { scope: "row" }, written(row.label)),
            ...row.cells.map((cell) => html("td", {}, cell === null ? "–" : written(cell))),
          ),
        ),
      ),
    ),
  );
}

/** One line for each earlier run of the lesson. */
export function earlierElement(lesson: Lesson, outcomes: readonly Outcome[]): HTMLElement {
  const { dial } = lesson;
  return html(
    "ul",
    { class: "earlier" },
    ...outcomes.map(({ prediction, verdict, seed, dial: at }) => {
      const { answer } = verdict;
      const right = isRight(lesson.question, prediction, answer);
      return html(
        "li",
        { class: right === undefined ? "unclear" : right ? "right" : "wrong" },
        html("span", {}, dial === undefined ? "" : dialText(dial, at)),
        html("span", {}, answer === null ? t("lesson.unclear") : predictionText(lesson, answer)),
        html("span", { class: "about" }, `${t("table.condition.seed")} ${seed}`),
      );
    }),
  );
}
