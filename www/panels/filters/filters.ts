import { swatch } from "../../charts/swatch";
import { seriesStyle } from "../../charts/palette";
import { html, scroller } from "../../dom";
import type { Description, Filters } from "../../engine";
import { number, t } from "../../i18n";
import type { PartContext, Part, Send } from "../../part";
import type { State } from "../../state";
import { AverageChoice } from "../averagechoice";
import { onVisible } from "../onvisible";
import { Picture } from "./picture";
import { subtract, filterAt, largest, rms } from "./tiles";

/** The part with the first layer's kernels as colour tiles: raw, averaged, and their difference. */
export class FiltersPart implements Part {
  readonly #root: HTMLElement;
  readonly #choice = new AverageChoice(() => {
    this.#draw();
  });
  #shown: Shown;
  #filters: Filters | undefined;
  #description: Description | undefined;
  #dark = false;

  constructor(root: HTMLElement, send: Send) {
    this.#root = root;
    this.#shown = this.#build();
    // The worker reads the filters only while they are visible.
    onVisible(root, (visible) => {
      send({ type: "watch", filters: visible });
    });
    new ResizeObserver(() => {
      this.#draw();
    }).observe(root);
  }

  render({ filters, description }: State, { dark }: PartContext): void {
    if (filters === this.#filters && description === this.#description && dark === this.#dark) return;
    if (description !== this.#description) this.#choice.offer(description?.methods ?? []);
    this.#filters = filters;
    this.#description = description;
    this.#dark = dark;
    this.#draw();
  }

  rebuild(): void {
    this.#shown = this.#build();
    this.#draw();
  }

  #build(): Shown {
    this.#choice.offer(this.#description?.methods ?? []);
    this.#choice.element.setAttribute("aria-label", t("filters.choose"));
    const shown = {
      raw: new Picture("raw", html("span", {}, t("method.raw"))),
      average: new Picture("average", this.#choice.element),
      difference: new Picture("difference", html("span", {}, t("filters.difference"))),
      instead: html("p", { class: "about" }),
      sentence: html("p", {}),
      table: html("table", { class: "filters-table" }),
      details: html("details", { class: "data-table" }),
      body: html("div"),
    };
    const { raw, average, details, table, body } = shown;
    details.append(html("summary", {}, t("filters.table")), scroller(t("filters.table"), table));
    details.addEventListener("toggle", () => {
      this.#fillTable();
    });
    body.append(
      html("div", { class: "filters-pictures" }, raw.element, average.element, shown.difference.element),
      shown.sentence,
      details,
    );
    this.#root.setAttribute("aria-labelledby", "filters-title");
    this.#root.replaceChildren(
      html("h2", { id: "filters-title" }, t("filters.title")),
      html("p", { class: "about" }, t("filters.about")),
      shown.instead,
      body,
    );
    return shown;
  }

  #draw(): void {
    const { raw, average, difference: apart, instead, sentence, body } = this.#shown;
    const { filters, values } = this.#values();
    body.hidden = filters === undefined;
    instead.hidden = filters !== undefined;
    if (filters === undefined) {
      instead.textContent = t(this.#filters === undefined ? "filters.waiting" : "filters.none");
      return;
    }
    const scale = Math.max(largest(values.raw), largest(values.average ?? values.raw));
    const { name } = this.#choice;
    this.#show(raw, values.raw, scale, t("method.raw"));
    raw.swatch.replaceChildren(swatch(seriesStyle(0, this.#dark)));
    average.element.hidden = apart.element.hidden = values.average === undefined;
    const [kernels, , height, width] = filters.shape;
    const sentences = [t("filters.step", { step: number(filters.step), kernels, height, width })];
    if (values.average !== undefined && values.apart !== undefined) {
      this.#show(average, values.average, scale, name);
      average.swatch.replaceChildren(swatch(seriesStyle(this.#choice.index ?? 0, this.#dark)));
      const own = largest(values.apart);
      this.#show(apart, values.apart, own, t("filters.difference.of", { name }));
      apart.caption.textContent = t("filters.scale.difference", {
        scale: digits(own),
        factor: own === 0 ? "–" : number(scale / own, scale / own < 10 ? 1 : 0),
      });
      const share = rms(values.apart) / (rms(values.raw) || 1);
      sentences.push(t("filters.apart", { name, share: number(100 * share, share < 0.1 ? 1 : 0) }));
    }
    sentence.textContent = sentences.join(" ");
    this.#fillTable();
  }

  /** The filters to show, if the network begins with a convolution. */
  #values():
    | { filters: Filters; values: { raw: Float32Array; average?: Float32Array; apart?: Float32Array } }
    | { filters: undefined; values: undefined } {
    const filters = this.#filters;
    const raw = filters?.methods[0];
    if (filters === undefined || raw === undefined || filters.shape[0] === 0)
      return { filters: undefined, values: undefined };
    const index = this.#choice.index;
    const average = index === undefined ? undefined : filters.methods[index];
    if (average === undefined) return { filters, values: { raw } };
    return { filters, values: { raw, average, apart: subtract(average, raw) } };
  }

  #show(picture: Picture, values: Float32Array, scale: number, name: string): void {
    const filters = this.#filters;
    if (filters === undefined) return;
    const [kernels, , height, width] = filters.shape;
    picture.element.hidden = false;
    picture.paint(values, filters.shape, scale);
    picture.caption.textContent = t("filters.scale", { scale: digits(scale) });
    picture.canvas.setAttribute(
      "aria-label",
      t("filters.alt", {
        name,
        step: number(filters.step),
        kernels,
        height,
        width,
        scale: digits(scale),
        rms: digits(rms(values)),
      }),
    );
  }

  /** The colours as numbers: one row per kernel. Filled only while it is open. */
  #fillTable(): void {
    const { details, table } = this.#shown;
    const { filters, values } = this.#values();
    if (!details.open || filters === undefined) return;
    const columns = [values.raw, values.average, values.apart].filter((column) => column !== undefined);
    const heads = [t("method.raw"), this.#choice.name, t("filters.difference")].slice(0, columns.length);
    const rows = Array.from({ length: filters.shape[0] }, (_, output) =>
      html(
        "tr",
        {},
        html("th", { scope: "row" }, number(output + 1)),
        ...columns.map((column) => html("td", {}, number(rms(filterAt(column, filters.shape, output)), 4))),
      ),
    );
    const heading = (text: string): HTMLElement => html("th", { scope: "col" }, text);
    table.replaceChildren(
      html("caption", {}, t("filters.table.caption", { step: number(filters.step) })),
      html("thead", {}, html("tr", {}, heading(t("filters.kernel")), ...heads.map(heading))),
      html("tbody", {}, ...rows),
    );
  }
}

/** The elements that are updated at every step. */
interface Shown {
  raw: Picture;
  average: Picture;
  difference: Picture;
  /** The text shown in place of missing pictures. */
  instead: HTMLElement;
  sentence: HTMLElement;
  table: HTMLTableElement;
  details: HTMLDetailsElement;
  body: HTMLElement;
}

/** Three digits of a small number. */
function digits(value: number): string {
  const decimals = value <= 0 ? 1 : Math.max(0, Math.min(6, 2 - Math.floor(Math.log10(value))));
  return number(value, decimals);
}
