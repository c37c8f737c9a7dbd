import { html } from "../dom";
import { t } from "../i18n";
import { lessons } from "./list";
import type { LessonId } from "./lesson";

/** The lessons as a row of chips near the top of the page. */
export class Strip {
  readonly #host: HTMLElement;
  readonly #choose: (id: LessonId) => void;
  #chips = new Map<LessonId, HTMLButtonElement>();

  constructor(host: HTMLElement, choose: (id: LessonId) => void) {
    this.#host = host;
    this.#choose = choose;
  }

  rebuild(): void {
    const chips = lessons.map(({ id }, k) => {
      const chip = html(
        "button",
        { type: "button", class: "chip", "data-lesson": id },
        html("span", { class: "chip-number" }, String(k + 1)),
        html("span", {}, t(`lesson.${id}.name`)),
      );
      chip.addEventListener("click", () => {
        this.#choose(id);
      });
      this.#chips.set(id, chip);
      return html("li", {}, chip);
    });
    this.#host.replaceChildren(
      html("span", { class: "strip-title" }, t("lessons.strip")),
      html("ol", { class: "chips" }, ...chips),
    );
  }

  /** Marks the open lesson and those that were taken. */
  render(open: LessonId | undefined, isTaken: (id: LessonId) => boolean): void {
    for (const [id, chip] of this.#chips) {
      chip.setAttribute("aria-pressed", String(id === open));
      chip.classList.toggle("taken", isTaken(id));
    }
  }

  focus(id: LessonId): void {
    this.#chips.get(id)?.focus();
  }
}
