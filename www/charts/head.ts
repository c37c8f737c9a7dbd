import { html, setText, svg } from "../dom";
import { t } from "../i18n";
import { termRow } from "../panels/glossary/term";
import type { TermId } from "../panels/glossary/terms";
import type { Content } from "./content";

/** The head of a chart: title, description, and the buttons that every chart has. */
export class Head {
  readonly element: HTMLElement;
  readonly table = tool("table");
  readonly picture = tool("picture");
  readonly listen = tool("listen");
  readonly #title: HTMLElement;
  readonly #tag = html("span", { class: "tag" });
  readonly #about = html("p", { class: "about" });
  readonly #tagged: boolean;

  constructor(id: string, heading: "h2" | "h3", terms: readonly TermId[], tagged: boolean) {
    this.#title = html(heading, { id: `${id}-title` });
    this.#tagged = tagged;
    this.table.setAttribute("aria-controls", `${id}-table`);
    this.table.setAttribute("aria-expanded", "false");
    this.element = html(
      "header",
      { class: "chart-head" },
      html("div", { class: "heading" }, this.#title, this.#tag),
      html("div", { class: "chart-tools" }, this.listen, this.table, this.picture),
      this.#about,
      ...termRow(terms),
    );
  }

  write({ title, about, caption }: Content): void {
    setText(this.#title, title);
    setText(this.#about, about);
    if (this.#tagged) {
      setText(this.#tag, caption.data);
      this.#tag.classList.toggle("synthetic", caption.synthetic);
    }
    setText(this.table, t("charts.table"));
    this.table.setAttribute("aria-label", t("charts.table.of", { title }));
    setText(this.listen, t("charts.listen"));
    this.listen.setAttribute("aria-label", t("charts.listen.to", { title }));
    setText(this.picture, t("charts.picture"));
    this.picture.setAttribute("aria-label", t("charts.picture.of", { title }));
  }
}

const icons = {
  listen: "M2.5 6v4H5l3.500 3V3L5 6zM11 5.500a3.500 3.500 0 0 1 0 5M12.800 3.500a6 6 0 0 1 0 9",
  table: "M2 3h12v10H2zM2 6.5h12M2 9.8h12M6.5 3v10",
  picture: "M8 2v7.5M4.8 6.5 8 9.700l3.200-3.200M2.500 11v2.500h11V11",
};

function tool(icon: keyof typeof icons): HTMLButtonElement {
  return html(
    "button",
    { type: "button", class: "quiet" },
    svg(
      "svg",
      { class: "icon outline", viewBox: "0 0 16 16", "aria-hidden": "true" },
      svg("path", { d: icons[icon] }),
    ),
    html("span", {}),
  );
}
