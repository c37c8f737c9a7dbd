import type { KeptFiles } from "../filestore";
import type { ImageSource } from "../hash";
import { number, t } from "../i18n";
import type { State } from "../state";
import { size } from "./size";

export interface KeptElements {
  box: HTMLElement;
  text: HTMLElement;
  use: HTMLButtonElement;
  forget: HTMLButtonElement;
  /** The buttons that confirm or cancel deletion. */
  yes: HTMLButtonElement;
  no: HTMLButtonElement;
  /** Why files are not kept. */
  unkept: HTMLElement;
}

/** Shows which of the reader's files are stored in the browser, loads them again, and deletes them after confirmation. */
export class KeptControl {
  readonly #elements: KeptElements;
  #asking = false;
  #shown: [State, ImageSource, boolean] | undefined;

  constructor(elements: KeptElements, actions: { loadKept(): void; forget(): void }) {
    this.#elements = elements;
    const { use, forget, yes, no } = elements;
    use.addEventListener("click", () => {
      actions.loadKept();
    });
    forget.addEventListener("click", () => {
      this.#ask(true);
      no.focus();
    });
    no.addEventListener("click", () => {
      this.#ask(false);
      forget.focus();
    });
    yes.addEventListener("click", () => {
      this.#ask(false);
      actions.forget();
    });
  }

  #ask(asking: boolean): void {
    this.#asking = asking;
    if (this.#shown !== undefined) this.render(...this.#shown);
  }

  /** @param fixed there is a run that takes no files */
  render(state: State, source: ImageSource, fixed: boolean): void {
    this.#shown = [state, source, fixed];
    const { box, text, use, forget, yes, no, unkept } = this.#elements;
    const { keptFiles, unkept: why } = state;
    box.hidden = keptFiles === undefined;
    this.#asking &&= keptFiles !== undefined;
    if (keptFiles !== undefined) {
      setText(text, t(this.#asking ? "data.forget.sure" : "data.kept", named(keptFiles)));
      use.hidden = this.#asking || fixed || source === "file";
      forget.hidden = this.#asking;
      yes.hidden = no.hidden = !this.#asking;
    }
    unkept.hidden = why === undefined;
    if (why !== undefined) setText(unkept, t(`data.unkept.${why.reason}`, { detail: why.detail }));
  }
}

function named({ name, count, bytes }: KeptFiles): { files: string; size: string } {
  return { files: count === 1 ? name : t("data.files", { n: number(count) }), size: size(bytes) };
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
