import { html } from "../dom";
import { type MessageKey, t } from "../i18n";
import { methodName } from "../methods";
import type { State } from "../state";

export interface FileActions {
  save: () => void;
  /** The reader chose these files. */
  opened: (files: File[]) => void;
  export: (method: number) => void;
  script: () => void;
  log: () => void;
  /** Resolves with whether the clipboard took it. */
  copyLink: () => Promise<boolean>;
}

/** How long a button shows its result, in milliseconds. */
const RESULT_SHOWN = 2000;

/** The buttons that save and open files of the run. */
export class RunFiles {
  readonly #texts: [HTMLElement, MessageKey][] = [];
  readonly #hints: [HTMLElement, MessageKey][] = [];
  readonly #needRun: HTMLButtonElement[];
  readonly #script: HTMLButtonElement;
  /**
   * Accepts every file: with a list of extensions, systems that do not know them, such as iOS, would disable all files.
   */
  readonly #picker = html("input", { type: "file", id: "checkpoint-file", hidden: true });
  readonly #open: HTMLButtonElement;
  readonly #method = html("select", { id: "export-method" });
  #methods = "";

  constructor(box: HTMLElement, actions: FileActions) {
    const button = (id: string, text: MessageKey, hint: MessageKey, run: () => void): HTMLButtonElement => {
      const element = html("button", { type: "button", id });
      element.addEventListener("click", run);
      this.#texts.push([element, text]);
      this.#hints.push([element, hint]);
      return element;
    };
    const save = button("save", "files.save", "files.save.help", actions.save);
    this.#open = button("open-checkpoint", "files.open", "files.open.help", () => {
      this.#picker.click();
    });
    this.#picker.addEventListener("change", () => {
      const files = [...(this.#picker.files ?? [])];
      // Without this, choosing the same file again would not be a change.
      this.#picker.value = "";
      if (files.length > 0) actions.opened(files);
    });
    const weights = button("export", "files.export", "files.export.help", () => {
      actions.export(Number(this.#method.value));
    });
    this.#script = button("export-script", "files.script", "files.script.help", actions.script);
    const log = button("log", "files.log", "files.log.help", actions.log);
    const copy = button("copy-link", "files.link", "files.link.help", () => {
      void actions.copyLink().then((copied) => {
        copy.textContent = t(copied ? "files.link.copied" : "files.link.refused");
        setTimeout(() => {
          copy.textContent = t("files.link");
        }, RESULT_SHOWN);
      });
    });
    copy.setAttribute("aria-live", "polite");
    this.#needRun = [save, weights, log];
    const title = html("h3", { id: "files-title" });
    this.#texts.push([title, "files.title"]);
    box.append(
      title,
      html(
        "div",
        { class: "file-rows" },
        this.#row("files.checkpoint", save, this.#open),
        this.#row("files.weights", this.#method, weights),
        html("div", { class: "file-row" }, this.#script, log, copy),
      ),
      this.#picker,
    );
  }

  #row(key: MessageKey, ...controls: HTMLElement[]): HTMLElement {
    const name = html("span", { class: "file-name" });
    this.#texts.push([name, key]);
    return html("div", { class: "file-row" }, name, ...controls);
  }

  render(state: State): void {
    const { description, phase } = state;
    const recorded = description?.recorded !== undefined;
    const ready =
      description !== undefined && phase !== "failed" && phase !== "opening" && phase !== "loading";
    for (const button of this.#needRun) button.disabled = !ready;
    if (recorded) for (const button of this.#needRun.slice(0, 2)) button.disabled = true;
    this.#script.disabled = phase === "loading";
    this.#open.disabled = recorded || phase === "loading" || phase === "opening";
    this.#method.disabled = !ready || recorded;
    const methods = (description?.methods ?? []).map(methodName);
    const key = methods.join("\n");
    if (key === this.#methods) return;
    this.#methods = key;
    const chosen = this.#method.value;
    this.#method.replaceChildren(...methods.map((name, k) => html("option", { value: k }, name)));
    if (Number(chosen) < methods.length) this.#method.value = chosen === "" ? "0" : chosen;
  }

  translate(): void {
    for (const [element, key] of this.#texts) element.textContent = t(key);
    for (const [element, key] of this.#hints) element.title = t(key);
    this.#method.setAttribute("aria-label", t("files.method"));
  }
}
