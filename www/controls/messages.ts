import { html } from "../dom";
import { type MessageKey, t } from "../i18n";

/** A message next to the run. Its texts are functions, called again when the language changes. */
export interface Message {
  tone: "note" | "warning" | "bad";
  title: () => string;
  /** One paragraph each. */
  details?: () => string[];
  actions?: { label: MessageKey | (() => string); primary?: boolean; run: () => void }[];
  /** Called when the reader closes it; a message without it stays until it is removed. */
  closed?: () => void;
}

/** A list of named messages. A message replaces the one with the same name. */
export class Messages {
  readonly #box: HTMLElement;
  readonly #shown = new Map<string, { message: Message; element: HTMLElement }>();

  constructor(box: HTMLElement) {
    this.#box = box;
  }

  show(name: string, message: Message): void {
    const element = this.#build(name, message);
    const before = this.#shown.get(name);
    if (before === undefined) this.#box.append(element);
    else before.element.replaceWith(element);
    this.#shown.set(name, { message, element });
  }

  hide(name: string): void {
    this.#shown.get(name)?.element.remove();
    this.#shown.delete(name);
  }

  translate(): void {
    for (const [name, { message }] of [...this.#shown]) this.show(name, message);
  }

  #build(name: string, { tone, title, details, actions = [], closed }: Message): HTMLElement {
    const buttons = actions.map(({ label, primary, run }) => {
      const text = typeof label === "string" ? t(label) : label();
      const button = html("button", { type: "button", class: primary === true ? "primary" : "" }, text);
      button.addEventListener("click", run);
      return button;
    });
    const body = html(
      "div",
      { class: "message-body" },
      html("p", { class: "message-title" }, title()),
      ...(details?.() ?? []).map((text) => html("p", {}, text)),
    );
    const element = html(
      "div",
      { class: `message ${tone}`, role: tone === "bad" ? "alert" : "status", "data-message": name },
      body,
    );
    if (buttons.length > 0) element.append(html("div", { class: "actions" }, ...buttons));
    if (closed !== undefined) {
      const close = html("button", { type: "button", class: "quiet" }, t("error.dismiss"));
      close.addEventListener("click", () => {
        this.hide(name);
        closed();
      });
      element.append(close);
    }
    return element;
  }
}
