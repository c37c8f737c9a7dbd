import { html } from "../dom";
import { type MessageKey, isMessage, number, t } from "../i18n";
import type { Dial, Lesson, Length, Prediction } from "./lesson";
import { withUnit, written } from "./values";

/** The text of a message of a lesson, with the numbers of its run filled in; empty if there is no such message. */
export function lessonText(lesson: Lesson, part: string, length: Length, dial: number): string {
  const key = `lesson.${lesson.id}.${part}`;
  if (!isMessage(key)) return "";
  const facts = Object.entries(lesson.facts(length, dial));
  return t(key, Object.fromEntries(facts.map(([name, term]) => [name, written(term)])));
}

/** A prediction in words. */
export function predictionText(lesson: Lesson, prediction: Prediction): string {
  const { question } = lesson;
  if (question.kind === "choice") {
    return lessonText(lesson, `option.${prediction}`, "short", lesson.dial?.start ?? 0);
  }
  const decimals = Number.isInteger(prediction) ? 0 : 1;
  return withUnit({ value: Number(prediction), decimals, unit: question.unit });
}

export function dialText(dial: Dial, value: number): string {
  return dial.unit === "percent"
    ? t("lesson.unit.percent", { value: number(100 * value) })
    : t("lesson.unit.times", { value: number(value) });
}

/** The question with its controls. Calls back with each prediction. */
export function questionField(
  lesson: Lesson,
  prediction: Prediction | undefined,
  texts: { question: string; hint: string },
  predicted: (prediction: Prediction) => void,
): HTMLElement {
  const { question } = lesson;
  const field = html(
    "fieldset",
    { class: "question" },
    html("legend", {}, texts.question),
    html("p", { class: "about" }, texts.hint),
  );
  if (question.kind === "choice") {
    field.append(
      ...question.options.map((option) => {
        const input = html("input", {
          type: "radio",
          name: "lesson-prediction",
          value: option,
          checked: option === prediction,
        });
        input.addEventListener("change", () => {
          predicted(option);
        });
        return html("label", { class: "option" }, input, html("span", {}, predictionText(lesson, option)));
      }),
    );
    return field;
  }
  const { min, max, step, start } = question;
  const value = Number(prediction ?? start);
  const output = html(
    "output",
    {},
    prediction === undefined ? t("lesson.drag") : predictionText(lesson, prediction),
  );
  const input = html("input", { type: "range", min, max, step, value, "aria-label": texts.question });
  const show = (): void => {
    input.style.setProperty("--place", String((Number(input.value) - min) / (max - min)));
    input.setAttribute("aria-valuetext", predictionText(lesson, Number(input.value)));
  };
  const take = (): void => {
    const value = Number(input.value);
    output.textContent = predictionText(lesson, value);
    show();
    predicted(value);
  };
  input.addEventListener("input", take);
  // To predict the initial value, the reader only has to touch the slider.
  input.addEventListener("click", take);
  show();
  field.append(html("div", { class: "slider" }, input, output));
  return field;
}

/** Some values as buttons, one of them pressed. */
export function segments<T extends string | number>(
  label: MessageKey,
  values: readonly T[],
  chosen: T,
  text: (value: T) => string,
  choose: (value: T) => void,
): HTMLElement {
  const id = `${label.replaceAll(".", "-")}-label`;
  return html(
    "div",
    { class: "lesson-choice" },
    html("span", { id }, t(label)),
    html(
      "div",
      { class: "segmented", role: "group", "aria-labelledby": id },
      ...values.map((value) => {
        const button = html(
          "button",
          { type: "button", "aria-pressed": String(value === chosen), "data-choice": `${label} ${value}` },
          text(value),
        );
        button.addEventListener("click", () => {
          choose(value);
        });
        return button;
      }),
    ),
  );
}
