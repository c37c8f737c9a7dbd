import { html, nothing, render } from "lit-html";

import { html as element } from "../dom";
import { language } from "../i18n";
import type { Page } from "../views/page";
import type { ClassResults } from "./class";
import { t } from "./words";

/** A class together: takes the result files of many seeds; what draws them is loaded with the first ones. */
export class Together {
  readonly element = element("section", {
    class: "card together",
    id: "class",
    "aria-labelledby": "class-title",
  });
  readonly #page: Page;
  readonly #head = element("div");
  readonly #below = element("div", { id: "class-results" });
  #results: ClassResults | undefined;
  #filled = false;
  #language: string | undefined;

  constructor(page: Page) {
    this.#page = page;
    this.element.append(this.#head, this.#below);
  }

  /** Takes files that were dropped, if results may be among them; whether it did. */
  dropped(files: readonly File[]): boolean {
    if (!files.some(({ name }) => /\.(jsonl?|ndjson)$/iu.test(name))) return false;
    void this.#take(files);
    this.element.scrollIntoView({ block: "start" });
    return true;
  }

  /** Draws again in another language. */
  draw(): void {
    if (this.#language === language()) return;
    this.#language = language();
    this.#draw();
    this.#results?.draw();
  }

  #draw(): void {
    render(
      html`<h2 id="class-title">${t("class.title")}</h2>
        <p>${t("class.about")}</p>
        <p class="actions">
          <button type="button" id="choose-class" @click=${this.#choose}>
            ${t(this.#filled ? "class.more" : "class.choose")}
          </button>
          ${
            this.#filled
              ? html`<button type="button" id="clear-class" @click=${this.#clear}>
                  ${t("class.remove")}
                </button>`
              : nothing
          }
        </p>
        <input
          type="file"
          id="class-files"
          multiple
          hidden
          aria-label=${t("class.choose")}
          @change=${this.#chosen}
        />`,
      this.#head,
    );
  }

  async #take(files: readonly File[]): Promise<void> {
    try {
      const { ClassResults } = await import("./class");
      this.#results ??= new ClassResults(this.#below, () => this.#page.conductor.defaults);
    } catch {
      this.#page.notLoaded();
      return;
    }
    await this.#results.add(files);
    this.#filled = true;
    this.#draw();
  }

  readonly #choose = (): void => {
    document.getElementById("class-files")?.click();
  };

  readonly #chosen = ({ currentTarget }: Event): void => {
    const picker = currentTarget as HTMLInputElement;
    const files = [...(picker.files ?? [])];
    // Without this, choosing the same file again would not be a change.
    picker.value = "";
    if (files.length > 0) void this.#take(files);
  };

  readonly #clear = (): void => {
    this.#results?.clear();
    this.#filled = false;
    this.#draw();
    document.getElementById("choose-class")?.focus();
  };
}
