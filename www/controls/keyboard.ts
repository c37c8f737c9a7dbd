import { dialog, html } from "../dom";
import { type MessageKey, t } from "../i18n";

/** A keyboard shortcut. */
export interface Shortcut {
  /** As `KeyboardEvent.key` has it; letters in lower case. */
  key: string;
  shift?: boolean;
  /** Its name on the page. */
  name: () => string;
  help: MessageKey;
  run(): void;
}

/** Elements that use the keyboard themselves while they have the focus. */
const fields = "input, select, textarea, [contenteditable]";
const pressed = "button, summary, a[href], [role=button], [role=tab], [role=option]";

/** Whether a key belongs to the focused element rather than to the page. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return true;
  // Keys of an input method, and keys that type another character.
  if (event.isComposing || event.key === "Process" || event.getModifierState("AltGraph")) return true;
  if (document.querySelector("dialog[open]") !== null) return true;
  const { target } = event;
  if (!(target instanceof Element)) return false;
  if (event.key === " ") return target.closest(`${fields}, ${pressed}`) !== null;
  return target.closest(fields) !== null || (event.key === "ArrowRight" && scrollsSideways(target));
}

/** Whether the arrow key would scroll an element around the focus, such as a wide table. */
function scrollsSideways(target: Element): boolean {
  for (let element: Element | null = target; element !== null; element = element.parentElement) {
    const overflows = element.scrollWidth > element.clientWidth;
    if (overflows && ["auto", "scroll"].includes(getComputedStyle(element).overflowX)) return true;
  }
  return false;
}

/** Listens for the shortcuts, and shows them in a dialog. */
export class Keyboard {
  readonly #shortcuts: readonly Shortcut[];
  readonly #dialog: HTMLDialogElement;

  constructor(shortcuts: readonly Shortcut[], opener: HTMLButtonElement) {
    const help: Shortcut = {
      key: "?",
      name: () => "?",
      help: "keys.help",
      run: () => {
        this.#open();
      },
    };
    this.#shortcuts = [...shortcuts, help];
    this.#dialog = dialog("sheet", "keys-title");
    opener.addEventListener("click", () => {
      this.#open();
    });
    document.addEventListener("keydown", (event) => {
      const shortcut = this.#shortcuts.find((one) => matches(one, event));
      if (shortcut === undefined || isTaken(event)) return;
      event.preventDefault();
      if (!event.repeat) shortcut.run();
    });
  }

  #open(): void {
    const close = html("button", { type: "button", class: "primary" }, t("error.dismiss"));
    close.addEventListener("click", () => {
      this.#dialog.close();
    });
    const rows = this.#shortcuts.map(({ name, help }) =>
      html("div", {}, html("dt", {}, html("kbd", {}, name())), html("dd", {}, t(help))),
    );
    this.#dialog.replaceChildren(
      html("h2", { id: "keys-title" }, t("keys.title")),
      html("dl", { class: "keys" }, ...rows),
      html("p", { class: "about" }, t("keys.about")),
      html("div", { class: "actions" }, close),
    );
    this.#dialog.showModal();
  }
}

export function matches(
  { key, shift = false }: Pick<Shortcut, "key" | "shift">,
  event: Pick<KeyboardEvent, "key" | "code" | "shiftKey">,
): boolean {
  // A question mark is shifted on many keyboards and not on others.
  return keyOf(event) === key && (key === "?" || event.shiftKey === shift);
}

/** The pressed key; for a letter that is not Latin, the Latin letter on the same key. */
function keyOf({ key, code }: Pick<KeyboardEvent, "key" | "code">): string {
  if (key === "？" || key === "؟") return "?";
  const latin = /^Key([A-Z])$/.exec(code)?.[1];
  const other = /^(?!\p{Script=Latin})\p{L}\p{M}*$/u.test(key);
  return (other && latin !== undefined ? latin : key).toLowerCase();
}
