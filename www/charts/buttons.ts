import { html } from "../dom";

/** A choice among a few options, as a row of buttons. */
export class ChoiceButtons<T extends string | number> {
  readonly element: HTMLElement;
  readonly #name: () => string;
  readonly #text: (option: T) => string;
  readonly #changed: (option: T) => void;
  #options: readonly T[] = [];
  #value: T;

  constructor(
    options: readonly T[],
    value: T,
    texts: { name(): string; option(option: T): string },
    changed: (option: T) => void,
  ) {
    this.element = html("div", { class: "segmented small", role: "group" });
    this.#name = () => texts.name();
    this.#text = (option) => texts.option(option);
    this.#changed = changed;
    this.#value = value;
    this.offer(options);
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    this.#value = value;
    this.translate();
  }

  /** Replaces the options. If the chosen one is not among them, the first is chosen. */
  offer(options: readonly T[]): void {
    const [first] = options;
    if (first !== undefined && !options.includes(this.#value)) this.#value = first;
    if (options.join() !== this.#options.join()) {
      this.#options = options;
      this.element.replaceChildren(...options.map((option) => this.#button(option)));
    }
    this.translate();
  }

  translate(): void {
    this.element.setAttribute("aria-label", this.#name());
    [...this.element.children].forEach((button, k) => {
      const option = this.#options[k];
      if (option === undefined) return;
      const text = this.#text(option);
      if (button.textContent !== text) button.textContent = text;
      button.setAttribute("aria-pressed", String(option === this.#value));
    });
  }

  #button(option: T): HTMLButtonElement {
    const button = html("button", { type: "button" });
    button.addEventListener("click", () => {
      this.value = option;
      this.#changed(option);
    });
    return button;
  }
}

/** A toggle button. */
export class Toggle {
  readonly element: HTMLButtonElement;
  readonly #text: () => string;
  #on = false;

  constructor(text: () => string, changed: (on: boolean) => void) {
    this.#text = text;
    this.element = html("button", { type: "button", class: "quiet toggle" });
    this.element.addEventListener("click", () => {
      this.on = !this.#on;
      changed(this.#on);
    });
    this.translate();
  }

  get on(): boolean {
    return this.#on;
  }

  set on(on: boolean) {
    this.#on = on;
    this.translate();
  }

  translate(): void {
    this.element.textContent = this.#text();
    this.element.setAttribute("aria-pressed", String(this.#on));
  }
}
