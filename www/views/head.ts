import { asksElsewhere, byId, html } from "../dom";
import { type ViewName, viewNames } from "./names";
import { t } from "./words";

const words = ["theme", "glossary", "share", "present", "keys"] as const;

/** The head of the page: the four views, and the menu; on a phone the views are in the menu too. */
export class Head {
  readonly #lists: { nav: HTMLElement; links: Map<ViewName, HTMLAnchorElement> }[];
  readonly #open = byId("menu-open", HTMLButtonElement);

  /** @param chosen called when the reader chooses a view */
  constructor(chosen: (view: ViewName) => void) {
    const menu = byId("menu", HTMLElement);
    // An entry that opens something else closes the menu; a choice of language or theme may be followed by another.
    menu.addEventListener("click", ({ target }) => {
      if (!(target instanceof Element)) return;
      if (target.closest("a, [aria-haspopup], #present") !== null) menu.hidePopover();
    });
    this.#lists = ["views", "menu-views"].map((id) => {
      const nav = byId(id, HTMLElement);
      const links = new Map(viewNames.map((name) => [name, link(name, chosen)]));
      nav.append(...links.values());
      return { nav, links };
    });
  }

  /** Writes the words, and names the current view; in the title too. */
  translate(current: ViewName | undefined): void {
    for (const { nav, links } of this.#lists) {
      nav.setAttribute("aria-label", t("views"));
      for (const [name, link] of links) {
        link.textContent = t(name);
        if (name === current) link.setAttribute("aria-current", "page");
        else link.removeAttribute("aria-current");
      }
    }
    for (const title of document.querySelectorAll<HTMLElement>("[data-view-name]")) {
      title.textContent = t(title.dataset.viewName as ViewName);
    }
    for (const word of words) {
      for (const label of document.querySelectorAll(`[data-menu="${word}"]`)) label.textContent = t(word);
    }
    const [name, view] = this.#open.querySelectorAll("span");
    if (name !== undefined) name.textContent = t("menu");
    const viewName = current === undefined ? "" : t(current);
    if (view !== undefined) view.textContent = viewName;
    // Both visible texts are in it, of which the width shows one.
    this.#open.setAttribute("aria-label", t("menu.view", { view: viewName }));
    if (current !== undefined) document.title = t("title", { view: t(current) });
  }
}

function link(name: ViewName, chosen: (view: ViewName) => void): HTMLAnchorElement {
  const link = html("a", { href: `#view=${name}`, "data-view": name });
  link.addEventListener("click", (event) => {
    if (asksElsewhere(event)) return;
    event.preventDefault();
    chosen(name);
  });
  return link;
}
