import { html, setText } from "../dom";
import { t } from "../i18n";
import type { Content, Line } from "./content";
import { valueAt } from "./reading";
import { swatch } from "./swatch";

/** The legend: names the lines, shows their values, and switches them on and off. */
export class Legend {
  readonly element: HTMLElement;
  readonly #hidden = new Set<string>();
  readonly #switched: (key: string, shown: boolean) => void;
  #items: { line: Line; value: HTMLElement }[] = [];
  #written = "";

  constructor(id: string, switched: (key: string, shown: boolean) => void) {
    this.element = html("div", { class: "legend", id, role: "group" });
    this.#switched = switched;
  }

  readonly isShown = (key: string): boolean => !this.#hidden.has(key);

  write(content: Content): void {
    const lines = content.lines.filter((line) => line.name !== "");
    const written = JSON.stringify([
      t("charts.series"),
      lines.map(({ key, name, style }) => [key, name, style]),
    ]);
    if (written === this.#written) {
      this.#items = lines.flatMap((line, k) => {
        const item = this.#items[k];
        return item === undefined ? [] : [{ line, value: item.value }];
      });
      return;
    }
    this.#written = written;
    const focused = this.element.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.key
      : undefined;
    this.element.setAttribute("aria-label", t("charts.series"));
    this.#items = lines.map((line) => ({ line, value: html("span", { class: "legend-value" }) }));
    const buttons = this.#items.map(({ line, value }) => this.#button(line, value));
    this.element.replaceChildren(...buttons);
    if (focused !== undefined) buttons.find((button) => button.dataset.key === focused)?.focus();
  }

  /** Shows the values at a place, or the last ones. */
  read(place: number | null, atRest: Content["atRest"]): void {
    for (const { line, value } of this.#items) {
      const found = place === null && atRest === "nothing" ? undefined : valueAt(line, place ?? Infinity);
      setText(value, found === undefined ? "" : line.format(found.value));
    }
  }

  #button({ key, name, style }: Line, value: HTMLElement): HTMLButtonElement {
    const button = html(
      "button",
      {
        type: "button",
        class: "legend-item",
        "data-key": key,
        "aria-pressed": String(this.isShown(key)),
      },
      swatch(style),
      html("span", {}, name),
      value,
    );
    button.addEventListener("click", () => {
      const shown = this.#hidden.delete(key);
      if (!shown) this.#hidden.add(key);
      button.setAttribute("aria-pressed", String(shown));
      this.#switched(key, shown);
    });
    return button;
  }
}
