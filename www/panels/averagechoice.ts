import { html } from "../dom";
import type { Method } from "../engine";
import { methodName } from "../methods";

/** A choice among the averages of the run, by their index in the bank: 1 is the first. */
export class AverageChoice {
  readonly element = html("select", { class: "choice" });
  readonly #changed: () => void;
  #methods: readonly Method[] = [];
  #chosen: number | undefined;

  constructor(changed: () => void) {
    this.#changed = changed;
    this.element.addEventListener("change", () => {
      this.#chosen = Number(this.element.value);
      this.#changed();
    });
  }

  /** The average that is looked at, where the run has one: the reader's, else the middle one. */
  get index(): number | undefined {
    const last = this.#methods.length - 1;
    if (last < 1) return undefined;
    return this.#chosen !== undefined && this.#chosen <= last ? this.#chosen : Math.ceil(last / 2);
  }

  get name(): string {
    return methodName(this.#methods[this.index ?? 0] ?? { name: "" });
  }

  /** Offers what the run has, in the current language. */
  offer(methods: readonly Method[]): void {
    this.#methods = methods;
    this.element.replaceChildren(
      ...this.#methods
        .slice(1)
        .map((method, k) =>
          html("option", { value: k + 1, selected: k + 1 === this.index }, methodName(method)),
        ),
    );
    this.element.disabled = this.#methods.length < 2;
  }
}
