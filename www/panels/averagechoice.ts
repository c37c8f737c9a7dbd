import { html } from "../dom";
import type { Method } from "../engine";
import { methodName } from "../methods";

/** A choice among the averages of the run, by their index among the methods: 1 is the first average. */
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

  /** The chosen average, if the run has any: the reader's choice, or else the middle one. */
  get index(): number | undefined {
    const last = this.#methods.length - 1;
    if (last < 1) return undefined;
    return this.#chosen !== undefined && this.#chosen <= last ? this.#chosen : Math.ceil(last / 2);
  }

  get name(): string {
    return methodName(this.#methods[this.index ?? 0] ?? { name: "" });
  }

  /** Offers the run's averages, in the current language. */
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
