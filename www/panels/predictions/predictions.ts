import { swatch } from "../../charts/swatch";
import { seriesStyle } from "../../charts/palette";
import { html, scroller } from "../../dom";
import type { Description, Predictions } from "../../engine";
import { number, t } from "../../i18n";
import { methodName } from "../../methods";
import type { PartContext, Part, Send } from "../../part";
import type { FromWorker } from "../../protocol";
import type { State } from "../../state";
import { AverageChoice } from "../averagechoice";
import { term } from "../glossary/term";
import { onVisible } from "../onvisible";
import { imageCard } from "./card";
import { FlipCounter, disagreements } from "./churn";
import { ImageCache } from "./images";

/** The number of images per page. */
const PAGE = 24;

/** The part with test images, the predictions of the raw weights and an average, and how often predictions change. */
export class PredictionsPart implements Part {
  readonly #root: HTMLElement;
  readonly #send: Send;
  readonly #images = new ImageCache();
  readonly #flips = new FlipCounter();
  readonly #choice = new AverageChoice(() => {
    this.#first = 0;
    this.#draw();
  });
  #shown: Shown;
  #description: Description | undefined;
  #predictions: Predictions | undefined;
  #before: Predictions | undefined;
  #run: number | undefined;
  #dark = false;
  #visible = false;
  #only = false;
  /** The index of the page's first image among all that are shown. */
  #first = 0;

  constructor(root: HTMLElement, send: Send) {
    this.#root = root;
    this.#send = send;
    this.#shown = this.#build();
    onVisible(root, (visible) => {
      this.#visible = visible;
      if (visible) this.#draw();
    });
  }

  render({ description, predictions, predictionsBefore, runId, points }: State, { dark }: PartContext): void {
    const before = points.find(({ step }) => step === predictionsBefore?.step);
    const counted = this.#flips.add(predictions, predictionsBefore, before?.early !== true);
    if (!counted && description === this.#description && dark === this.#dark && runId === this.#run) return;
    // Another run may have different images.
    if (runId !== this.#run) this.#images.clear();
    if (description !== this.#description) this.#choice.offer(description?.methods ?? []);
    this.#run = runId;
    this.#description = description;
    this.#predictions = predictions;
    this.#before = predictionsBefore;
    this.#dark = dark;
    this.#draw();
  }

  rebuild(): void {
    this.#shown = this.#build();
    this.#draw();
  }

  /** The requested images. */
  receive(message: FromWorker): void {
    if (message.type !== "test-images") return;
    this.#images.take(message.images);
    this.#draw();
  }

  #build(): Shown {
    this.#choice.offer(this.#description?.methods ?? []);
    const only = html("input", { type: "checkbox", checked: this.#only });
    only.addEventListener("change", () => {
      this.#only = only.checked;
      this.#first = 0;
      this.#draw();
    });
    this.#choice.element.setAttribute("aria-label", t("predictions.compare"));
    const shown = {
      rawKey: html("span"),
      averageKey: html("span"),
      churn: html("div"),
      list: html("ul", { class: "images", "aria-label": t("predictions.list") }),
      instead: html("p", { class: "about" }),
      range: html("span", { class: "range", role: "status" }),
      previous: pageButton("previous"),
      next: pageButton("next"),
      only,
    };
    shown.previous.addEventListener("click", () => {
      this.#turn(-PAGE);
    });
    shown.next.addEventListener("click", () => {
      this.#turn(PAGE);
    });
    this.#root.setAttribute("aria-labelledby", "predictions-title");
    this.#root.classList.add("predictions");
    this.#root.replaceChildren(
      html("h2", { id: "predictions-title" }, t("predictions.title")),
      html("p", { class: "about" }, t("predictions.about")),
      html(
        "div",
        { class: "predictions-bar" },
        html("span", { class: "key" }, shown.rawKey, html("span", {}, t("method.raw"))),
        html("span", { class: "key" }, shown.averageKey, this.#choice.element),
        html("label", { class: "check" }, only, html("span", {}, t("predictions.only"))),
        html("div", { class: "pager" }, shown.previous, shown.range, shown.next),
      ),
      shown.instead,
      shown.list,
      html(
        "div",
        { class: "churn" },
        shown.churn,
        html("p", { class: "about" }, t("predictions.churn.note")),
      ),
    );
    return shown;
  }

  #turn(by: number): void {
    this.#first = Math.max(0, this.#first + by);
    this.#draw();
  }

  /** The images to show, on all pages. */
  #listed(): number[] {
    const predictions = this.#predictions;
    const index = this.#choice.index;
    const there = predictions?.images ?? this.#description?.dataset.test ?? 0;
    if (this.#only && predictions !== undefined && index !== undefined && index < predictions.methods)
      return disagreements(predictions, index);
    return Array.from({ length: there }, (_, image) => image);
  }

  #draw(): void {
    const { list, instead, range, previous, next, rawKey, averageKey } = this.#shown;
    const predictions = this.#predictions;
    const index = this.#choice.index;
    rawKey.replaceChildren(swatch(seriesStyle(0, this.#dark)));
    averageKey.replaceChildren(...(index === undefined ? [] : [swatch(seriesStyle(index, this.#dark))]));
    const listed = this.#listed();
    this.#first = Math.max(0, Math.min(this.#first, PAGE * Math.floor((listed.length - 1) / PAGE)));
    const page = listed.slice(this.#first, this.#first + PAGE);

    const none = this.#only && predictions !== undefined && listed.length === 0;
    instead.hidden = predictions !== undefined && !none;
    instead.textContent = none
      ? t("predictions.none", { images: number(predictions.images) })
      : t("predictions.waiting");
    const text =
      page.length === 0
        ? ""
        : t("predictions.range", {
            from: number(this.#first + 1),
            to: number(this.#first + page.length),
            total: number(listed.length),
          });
    // Writes only changed text, because screen readers read the line aloud.
    if (range.textContent !== text) range.textContent = text;
    previous.disabled = this.#first === 0;
    next.disabled = this.#first + PAGE >= listed.length;

    if (this.#visible) {
      const missing = this.#images.missing(page);
      if (missing.length > 0) this.#send({ type: "test-images", indices: missing });
    }
    const context = {
      classes: this.#description?.dataset.classes ?? [],
      methods: this.#description?.methods ?? [],
      shown: index === undefined ? [0] : [0, index],
      predictions,
      dark: this.#dark,
    };
    list.replaceChildren(...page.map((image) => imageCard(image, this.#images.get(image), context)));
    this.#drawChurn();
  }

  #drawChurn(): void {
    const now = this.#predictions;
    const before = this.#before;
    const { churn } = this.#shown;
    if (now === undefined || before === undefined) {
      churn.replaceChildren(
        html("h3", {}, t("predictions.churn")),
        html("p", { class: "about" }, t("predictions.churn.waiting")),
      );
      return;
    }
    const points = (images: number | null): string =>
      images === null ? "–" : number((100 * images) / now.images, 1);
    const whole = (images: number | null): string => (images === null ? "–" : number(images));
    const rows = (this.#description?.methods ?? []).slice(0, now.methods).map((each, method) => {
      const latest = this.#flips.latest(method);
      return html(
        "tr",
        { "data-method": each.name },
        html(
          "th",
          { scope: "row" },
          swatch(seriesStyle(method, this.#dark)),
          html("span", {}, methodName(each)),
        ),
        html("td", { class: "points" }, points(latest)),
        html("td", { class: "count" }, whole(latest)),
        html("td", { class: "mean" }, points(this.#flips.mean(method))),
        html("td", { class: "apart" }, method === 0 ? "" : whole(disagreements(now, method).length)),
      );
    });
    const heading = (text: string | HTMLElement, unit: string): HTMLElement =>
      html("th", { scope: "col" }, text, html("small", {}, unit));
    const images = t("predictions.images");
    churn.replaceChildren(
      html("h3", {}, t("predictions.churn")),
      scroller(
        t("predictions.churn"),
        html(
          "table",
          { class: "churn-table" },
          html(
            "caption",
            {},
            t("predictions.churn.caption", {
              before: number(before.step),
              now: number(now.step),
              images: number(now.images),
            }),
          ),
          html(
            "thead",
            {},
            html(
              "tr",
              {},
              html("th", { scope: "col" }, t("table.method")),
              heading(term("churn"), t("table.points")),
              heading(t("predictions.changed"), images),
              heading(t("predictions.mean"), t("table.points")),
              heading(t("predictions.apart"), images),
            ),
          ),
          html("tbody", {}, ...rows),
        ),
      ),
    );
  }
}

/** The elements that are updated. */
interface Shown {
  rawKey: HTMLElement;
  averageKey: HTMLElement;
  churn: HTMLElement;
  list: HTMLElement;
  instead: HTMLElement;
  range: HTMLElement;
  previous: HTMLButtonElement;
  next: HTMLButtonElement;
  only: HTMLInputElement;
}

function pageButton(which: "previous" | "next"): HTMLButtonElement {
  const label = t(`predictions.${which}`);
  const button = html("button", {
    type: "button",
    class: "icon-button small",
    "aria-label": label,
    title: label,
  });
  button.append(which === "previous" ? "‹" : "›");
  return button;
}
