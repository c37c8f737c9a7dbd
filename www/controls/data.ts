import { html } from "../dom";
import { number, t } from "../i18n";
import type { State } from "../state";
import { datasetName } from "../table/summary";

export interface DataElements {
  synthetic: HTMLButtonElement;
  choose: HTMLButtonElement;
  file: HTMLInputElement;
  loaded: HTMLElement;
  /** Covers the page while files hang over it. */
  veil: HTMLElement;
}

/** Chooses the images: the synthetic ones, or files picked or dropped anywhere on the page. */
export class DataControl {
  readonly #elements: DataElements;

  /** @param open starts over with these files, or with the synthetic images for undefined */
  constructor(elements: DataElements, open: (files: File[] | undefined) => void) {
    this.#elements = elements;
    const { synthetic, choose, file, veil } = elements;
    synthetic.addEventListener("click", () => {
      open(undefined);
    });
    choose.addEventListener("click", () => {
      file.click();
    });
    file.addEventListener("change", () => {
      const files = [...(file.files ?? [])];
      // Else choosing the same file again would not count as a change.
      file.value = "";
      if (files.length > 0) open(files);
    });

    // Every element entered and left counts; the files have gone when the count is back at 0.
    let depth = 0;
    const over = (event: DragEvent, change: number): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      depth = change === 0 ? depth : Math.max(0, depth + change);
      veil.hidden = depth === 0;
    };
    window.addEventListener("dragenter", (event) => {
      over(event, 1);
    });
    window.addEventListener("dragover", (event) => {
      over(event, 0);
    });
    window.addEventListener("dragleave", (event) => {
      over(event, -1);
    });
    window.addEventListener("drop", (event) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      depth = 0;
      veil.hidden = true;
      if (files.length === 0) return;
      event.preventDefault();
      open(files);
    });
  }

  render(state: State, reading: string | undefined): void {
    const { synthetic, choose, loaded } = this.#elements;
    const dataset = state.description?.dataset;
    synthetic.setAttribute("aria-pressed", String(dataset?.synthetic ?? false));
    choose.setAttribute("aria-pressed", String(dataset !== undefined && !dataset.synthetic));
    if (reading !== undefined) loaded.replaceChildren(t("data.loading", { name: reading }));
    else if (dataset === undefined) loaded.replaceChildren();
    else {
      const counts = { train: number(dataset.train), test: number(dataset.test) };
      loaded.replaceChildren(html("span", {}, t("data.loaded", { name: datasetName(dataset), ...counts })));
    }
  }
}
