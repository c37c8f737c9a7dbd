import { setText } from "../dom";
import type { StoredFiles } from "../filestore";
import { number, t } from "../i18n";
import type { State } from "../state";
import type { ImageSource } from "../subset";
import { size } from "./size";

export interface StoredFilesElements {
  box: HTMLElement;
  text: HTMLElement;
  use: HTMLButtonElement;
  forget: HTMLButtonElement;
  /** The buttons that confirm or cancel deletion. */
  yes: HTMLButtonElement;
  no: HTMLButtonElement;
  /** Why files are not stored. */
  notStored: HTMLElement;
}

/**
 * Shows which of the reader's files are stored in the browser, loads them again, and deletes them after confirmation.
 */
export class StoredFilesControl {
  readonly #elements: StoredFilesElements;
  #asking = false;
  #shown: [State, ImageSource, boolean] | undefined;

  constructor(elements: StoredFilesElements, actions: { loadStored(): void; forget(): void }) {
    this.#elements = elements;
    const { use, forget, yes, no } = elements;
    use.addEventListener("click", () => {
      actions.loadStored();
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

  /** @param fixed whether the run is a recorded one, which takes no files */
  render(state: State, source: ImageSource, fixed: boolean): void {
    this.#shown = [state, source, fixed];
    const { box, text, use, forget, yes, no, notStored } = this.#elements;
    const { storedFiles, filesNotStored } = state;
    box.hidden = storedFiles === undefined;
    this.#asking &&= storedFiles !== undefined;
    if (storedFiles !== undefined) {
      setText(text, t(this.#asking ? "data.forget.sure" : "data.kept", named(storedFiles)));
      use.hidden = this.#asking || fixed || source === "file";
      forget.hidden = this.#asking;
      yes.hidden = no.hidden = !this.#asking;
    }
    notStored.hidden = filesNotStored === undefined;
    if (filesNotStored !== undefined) {
      const { reason, detail } = filesNotStored;
      setText(notStored, t(`data.unkept.${reason}`, { detail }));
    }
  }
}

function named({ name, count, bytes }: StoredFiles): { files: string; size: string } {
  return { files: count === 1 ? name : t("data.files", { n: number(count) }), size: size(bytes) };
}
