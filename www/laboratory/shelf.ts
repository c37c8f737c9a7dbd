import { html } from "../dom";
import { onLanguage, t } from "../i18n";
import { recall, remember } from "../storage";
import { type PartName, partTitle } from "../view/parts";

/** Where the browser keeps which parts are put away, separated by commas. */
const STORED = "emascope.put-away";

/** The parts of the laboratory by name, each a button that puts it away or takes it out again; the browser remembers. */
export function shelf(parts: HTMLElement): HTMLElement {
  const away = new Set((recall(STORED) ?? "").split(",").filter((name) => name !== ""));
  const items = [...parts.querySelectorAll<HTMLElement>(":scope > [data-part]")].map((part) => {
    const name = part.dataset.part as PartName;
    const button = html("button", { type: "button", "data-part-name": name });
    const show = (): void => {
      part.classList.toggle("put-away", away.has(name));
      button.setAttribute("aria-pressed", String(!away.has(name)));
    };
    button.addEventListener("click", () => {
      if (!away.delete(name)) away.add(name);
      remember(STORED, away.size === 0 ? null : [...away].join(","));
      show();
    });
    show();
    return { name, button };
  });
  const row = html("div", { class: "shelf", role: "group" }, ...items.map(({ button }) => button));
  const translate = (): void => {
    row.setAttribute("aria-label", t("shelf"));
    for (const { name, button } of items) button.textContent = partTitle(name);
  };
  onLanguage(translate);
  translate();
  return row;
}
