import { html } from "../dom";
import { t } from "../i18n";
import { lessons } from "./list";
import { type Lesson, type LessonId, isRight } from "./lesson";
import type { Outcome } from "./history";
import { predictionText } from "./question";

/** All lessons in order, each with its question and the outcome of the reader's last prediction. */
export function renderGallery(
  host: HTMLElement,
  outcomesOf: (id: LessonId) => readonly Outcome[],
  choose: (id: LessonId) => void,
): void {
  host.setAttribute("aria-labelledby", "lessons-title");
  host.replaceChildren(
    html("h2", { id: "lessons-title" }, t("lessons.title")),
    html("p", { class: "about" }, t("lessons.about")),
    html(
      "ol",
      { class: "gallery" },
      ...lessons.map((lesson, k) => html("li", {}, entry(lesson, k, outcomesOf(lesson.id).at(-1), choose))),
    ),
  );
}

function entry(
  lesson: Lesson,
  index: number,
  outcome: Outcome | undefined,
  choose: (id: LessonId) => void,
): HTMLElement {
  const { id, question } = lesson;
  const title = html("span", { class: "gallery-title" }, t(`lesson.${id}.title`));
  const button = html(
    "button",
    { type: "button", class: "gallery-entry" },
    html("span", { class: "chip-number" }, String(index + 1)),
    title,
    html("span", { class: "gallery-question" }, t(`lesson.${id}.question`)),
  );
  if (outcome !== undefined) {
    const right = isRight(question, outcome.prediction, outcome.verdict.answer);
    const verdict = right === undefined ? "unclear" : right ? "right" : "wrong";
    button.append(
      html(
        "span",
        { class: `gallery-outcome ${verdict}` },
        t("lesson.predicted", { prediction: predictionText(lesson, outcome.prediction) }),
        " ",
        t(`lesson.${verdict}`),
      ),
    );
  }
  button.addEventListener("click", () => {
    choose(id);
  });
  return button;
}
