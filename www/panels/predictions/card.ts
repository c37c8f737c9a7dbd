import { swatch } from "../../charts/swatch";
import { seriesStyle } from "../../charts/palette";
import { html } from "../../dom";
import type { Method, Predictions } from "../../engine";
import { number, t, tOr } from "../../i18n";
import { methodLabel } from "../../methods";
import { classOf } from "./churn";
import { SIDE, type TestImage } from "./images";

export interface Context {
  classes: readonly string[];
  methods: readonly Method[];
  /** The methods whose predictions are shown. */
  shown: readonly number[];
  predictions: Predictions | undefined;
  dark: boolean;
}

/** A test image with its class and each method's prediction. */
export function imageCard(index: number, image: TestImage | null | undefined, context: Context): HTMLElement {
  const canvas = html("canvas", { class: "pixels", width: SIDE, height: SIDE, "aria-hidden": "true" });
  if (image != null) canvas.getContext("2d")?.putImageData(new ImageData(image.pixels, SIDE, SIDE), 0, 0);
  const label =
    image == null ? (image === null ? t("predictions.absent") : "…") : className(context, image.label);
  return html(
    "li",
    { class: "image", "data-index": index },
    canvas,
    html(
      "div",
      { class: "image-words" },
      html(
        "p",
        { class: "image-label" },
        html("span", { class: "hidden" }, `${t("predictions.image", { index: number(index) })}: `),
        label,
      ),
      ...context.shown.map((method) => word(index, method, image?.label, context)),
    ),
  );
}

/** A method's prediction, its probability, and whether it is right. */
function word(index: number, method: number, label: number | undefined, context: Context): HTMLElement {
  const { predictions, methods, dark } = context;
  const name = methodLabel(methods[method] ?? { name: "" });
  const said = predictions === undefined ? undefined : classOf(predictions, method, index);
  const line = html(
    "p",
    { class: "word" },
    swatch(seriesStyle(method, dark)),
    html("span", { class: "hidden" }, `${name}: `),
  );
  if (predictions === undefined || said === undefined) {
    line.append(html("span", { class: "word-class" }, "–"));
    return line;
  }
  const confidence = predictions.confidences[method * predictions.images + index] ?? NaN;
  line.append(
    html("span", { class: "word-class" }, className(context, said)),
    html("span", { class: "word-share" }, Number.isFinite(confidence) ? percent(confidence) : "–"),
  );
  if (label === undefined) return line;
  const right = said === label;
  line.classList.add(right ? "right" : "wrong");
  line.append(
    html("span", { class: "word-mark", "aria-hidden": "true" }, right ? "✓" : "✗"),
    html("span", { class: "hidden" }, t(right ? "predictions.right" : "predictions.wrong")),
  );
  return line;
}

/** The name of a class, in the reader's language if the page has it. */
function className({ classes }: Context, label: number): string {
  const name = classes[label] ?? String(label);
  return tOr(`class.${name}`, name);
}

/** Whole percent, never 100 % for a probability below 1. */
function percent(probability: number): string {
  const value = 100 * probability;
  return `${number(value > 99 && value < 100 ? Math.floor(value) : value)}\u00a0%`;
}
