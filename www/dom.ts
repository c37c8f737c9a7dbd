/**
 * Sets the text of an element if it differs, so that a live region is not read again; in a button, the text next to its icon.
 */
export function setText(element: HTMLElement, text: string): void {
  const target = element instanceof HTMLButtonElement ? (element.querySelector("span") ?? element) : element;
  if (target.textContent !== text) target.textContent = text;
}

/** The icon of this name in index.html. */
export function icon(name: string): SVGElement {
  return svg("svg", { class: "icon", "aria-hidden": "true" }, svg("use", { href: `#icon-${name}` }));
}

/** The element with this id. Throws if there is none of this type, since markup and code belong together. */
export function byId<T extends HTMLElement>(id: string, type: abstract new (...args: never[]) => T): T {
  const element = document.getElementById(id);
  if (!(element instanceof type)) throw new Error(`the page has no ${type.name} #${id}`);
  return element;
}

type Attributes = Record<string, string | number | boolean | undefined>;

function fill<E extends Element>(element: E, attributes: Attributes, children: (Node | string)[]): E {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== undefined && value !== false) element.setAttribute(name, String(value));
  }
  element.append(...children);
  return element;
}

/** Creates an element with attributes and children. */
export function html<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  return fill(document.createElement(tag), attributes, children);
}

/** Creates an SVG element with attributes and children. */
export function svg<K extends keyof SVGElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: (Node | string)[]
): SVGElementTagNameMap[K] {
  return fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);
}

/** A box in which a table wider than its place scrolls, by keyboard too; `label` names it. */
export function scroller(label: string, table: HTMLTableElement): HTMLElement {
  return html("div", { class: "scroller", role: "group", tabindex: 0, "aria-label": label }, table);
}

/** Adds a dialog to the page, which closes on a click on its backdrop. */
export function dialog(classes: string, labelledBy: string): HTMLDialogElement {
  const element = html("dialog", { class: classes, "aria-labelledby": labelledBy });
  element.addEventListener("click", (event) => {
    // A click on the backdrop has the dialog itself as its target; everything else is a child of it.
    if (event.target === element) element.close();
  });
  document.body.append(element);
  return element;
}

/** Whether a click on a link asks for another tab or window, which is the browser's. */
export function asksElsewhere(event: MouseEvent): boolean {
  return event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey;
}

/** A style as text, for the property: the page's policy forbids the attribute. */
export function css(style: Record<string, string>): string {
  return Object.entries(style)
    .map(([name, value]) => `${name}: ${value}`)
    .join("; ");
}
