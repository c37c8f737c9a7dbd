import type { EngineError } from "./engine";
import { t } from "./i18n";

export interface NoticeElements {
  box: HTMLElement;
  title: HTMLElement;
  remedy: HTMLElement;
  detail: HTMLElement;
  dismiss: HTMLButtonElement;
}

/** Says what went wrong and what to do, in the reader's language, with the engine's own sentence beneath. */
export class Notice {
  readonly #elements: NoticeElements;
  #shown: EngineError | undefined;
  #dismissed: EngineError | undefined;

  constructor(elements: NoticeElements) {
    this.#elements = elements;
    elements.dismiss.addEventListener("click", () => {
      this.#dismissed = this.#shown;
      this.render(this.#shown);
    });
  }

  render(error: EngineError | undefined): void {
    this.#shown = error;
    const { box, title, remedy, detail } = this.#elements;
    const visible = error !== undefined && error !== this.#dismissed;
    box.hidden = !visible;
    if (!visible) return;
    box.dataset.error = error.name;
    // Only what changed: a screen reader would read the alert again at every snapshot.
    setText(title, t(`error.${error.name}`));
    setText(remedy, t(`error.${error.name}.do`));
    setText(detail, error.message);
  }
}

function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
