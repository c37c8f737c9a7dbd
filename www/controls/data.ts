import { html } from "../dom";
import { number, t } from "../i18n";
import type { ReadProgress } from "../protocol";
import type { State } from "../state";
import type { ImageSource } from "../subset";
import { datasetName } from "../table/names";
import { DropError, type DropFailure, droppedFiles } from "./dropped";
import { StoredFilesControl, type StoredFilesElements } from "./storedfiles";
import { size } from "./size";

export interface DataElements {
  synthetic: HTMLButtonElement;
  subset: HTMLButtonElement;
  choose: HTMLButtonElement;
  file: HTMLInputElement;
  loaded: HTMLElement;
  /** Progress of reading. */
  reading: HTMLElement;
  /** The reader's stored files. */
  stored: StoredFilesElements;
  /** Covers the page while files are dragged over it. */
  dropArea: HTMLElement;
}

export interface DataActions {
  /** Restarts with these files, or with the synthetic images for undefined. */
  load(files: File[] | undefined): void;
  /** Restarts with the images that come with the page. */
  loadSubset(): void;
  /** Restarts with the reader's stored files. */
  loadStored(): void;
  /** Deletes the stored files. */
  forget(): void;
  /** Continues from a checkpoint, on these files or on the current images. */
  resume(checkpoint: File, files: File[] | undefined): void;
  /** Whether something else takes files that were dropped. */
  taken: (files: readonly File[]) => boolean;
  /** A dropped file or folder of this name could not be read. */
  notRead(name: string, why: DropFailure): void;
}

/** Chooses the images: the synthetic ones, a subset, or files picked or dropped anywhere on the page. */
export class DataControl {
  readonly #elements: DataElements;
  /** A recorded run is playing, which takes no files. */
  #recorded = false;
  readonly #actions: DataActions;
  readonly #stored: StoredFilesControl;

  constructor(elements: DataElements, actions: DataActions) {
    this.#elements = elements;
    this.#actions = actions;
    const { synthetic, subset, choose, file, dropArea } = elements;
    // Next to another CIFAR-10 button there is only room for a short name.
    if (!subset.hidden) choose.dataset.text = "data.file.short";
    synthetic.addEventListener("click", () => {
      actions.load(undefined);
    });
    subset.addEventListener("click", () => {
      actions.loadSubset();
    });
    choose.addEventListener("click", () => {
      file.click();
    });
    file.addEventListener("change", () => {
      const files = [...(file.files ?? [])];
      // Without this, choosing the same file again would not be a change.
      file.value = "";
      if (files.length > 0) this.take(files);
    });

    this.#stored = new StoredFilesControl(elements.stored, actions);

    // Counts the elements entered and left; the files have left the window when the count is back at 0.
    let depth = 0;
    const over = (event: DragEvent, change: number): void => {
      if (!event.dataTransfer?.types.includes("Files")) return;
      event.preventDefault();
      depth = change === 0 ? depth : Math.max(0, depth + change);
      dropArea.hidden = depth === 0;
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
      depth = 0;
      dropArea.hidden = true;
      const transfer = event.dataTransfer;
      if (transfer?.types.includes("Files") !== true) return;
      event.preventDefault();
      droppedFiles(transfer).then(
        (files) => {
          if (!actions.taken(files)) this.take(files);
        },
        (thrown: unknown) => {
          if (thrown instanceof DropError) actions.notRead(thrown.message, thrown.why);
        },
      );
    });
  }

  /** The reader's files: a checkpoint resumes, alone or on the data given with it; data alone restarts. */
  take(files: File[]): void {
    if (this.#recorded) return;
    const isCheckpoint = (file: File): boolean => file.name.toLowerCase().endsWith(".safetensors");
    const checkpoint = files.find(isCheckpoint);
    const data = files.filter((file) => !isCheckpoint(file));
    if (checkpoint === undefined) this.#actions.load(data);
    else this.#actions.resume(checkpoint, data.length > 0 ? data : undefined);
  }

  /** @param preparing the file from which a run is being prepared */
  render(state: State, source: ImageSource, preparing: string | undefined): void {
    const { synthetic, subset, choose, loaded, reading } = this.#elements;
    const dataset = state.description?.dataset;
    const pressed = (one: ImageSource): string => String(dataset !== undefined && source === one);
    synthetic.setAttribute("aria-pressed", pressed("synthetic"));
    subset.setAttribute("aria-pressed", pressed("subset"));
    choose.setAttribute("aria-pressed", pressed("file"));
    this.#recorded = state.description?.recorded !== undefined;
    synthetic.disabled = subset.disabled = choose.disabled = this.#recorded;
    this.#stored.render(state, source, this.#recorded);
    const under = state.reading !== undefined || preparing !== undefined;
    reading.hidden = !under;
    loaded.hidden = under;
    if (under) renderReading(reading, state.reading, preparing ?? "");
    else if (dataset === undefined) loaded.replaceChildren();
    else {
      const counts = { train: number(dataset.train), test: number(dataset.test) };
      loaded.replaceChildren(html("span", {}, t("data.loaded", { name: datasetName(dataset), ...counts })));
    }
  }
}

/** Shows the progress of reading, or without one, that the run is being prepared. */
function renderReading(element: HTMLElement, reading: ReadProgress | undefined, name: string): void {
  const bar = html("progress", { "aria-label": t("data.progress"), max: 1, value: share(reading) });
  element.replaceChildren(html("p", {}, said(reading, name)), bar);
}

function said(reading: ReadProgress | undefined, name: string): string {
  if (reading === undefined) return t("data.preparing", { name });
  const sizes = { done: size(reading.done), total: size(reading.total) };
  return reading.name === undefined
    ? t("data.fetching", sizes)
    : t("data.reading", { name: reading.name, ...sizes });
}

function share(reading: ReadProgress | undefined): number | undefined {
  return reading === undefined || reading.total === 0 ? undefined : reading.done / reading.total;
}
