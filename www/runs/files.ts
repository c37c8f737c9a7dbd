import { type TemplateResult, html } from "lit-html";

import { copyText } from "../clipboard";
import { options } from "../controls/options";
import { currentHash, withView, withViewKeys } from "../hash";
import { methodName } from "../methods";
import type { State } from "../state";
import type { Page } from "../views/page";
import { t } from "./words";

/** Milliseconds for which a button says what came of it. */
const SAID = 2000;

/** The open run as files: what can be saved of it, and a checkpoint that is opened. */
export class Files {
  readonly #page: Page;
  readonly #draw: () => void;
  #method = 0;
  #copied: boolean | undefined;

  /** @param draw called when the files have to be drawn again */
  constructor(page: Page, draw: () => void) {
    this.#page = page;
    this.#draw = draw;
  }

  template(state: State): TemplateResult {
    const { description, phase } = state;
    const recorded = description?.recorded !== undefined;
    const ready = description !== undefined && !["failed", "opening", "loading"].includes(phase);
    const names = (description?.methods ?? []).map(methodName);
    const method = Math.min(this.#method, Math.max(0, names.length - 1));
    const row = (name: string, about: string, ...controls: TemplateResult[]): TemplateResult =>
      html`<div class="file">
        <h3>${name}</h3>
        <p>${about}</p>
        <div class="file-controls">${controls}</div>
      </div>`;
    const button = (id: string, text: string, act: () => void, disabled: boolean): TemplateResult =>
      html`<button type="button" id=${id} ?disabled=${disabled} @click=${act}>${text}</button>`;
    return html`<h2 id="files-title">${t("files")}</h2>
      <div class="files">
        ${row(
          t("files.checkpoint"),
          t("files.checkpoint.about"),
          button("save", t("files.save"), this.#save, !ready || recorded),
          button(
            "open-checkpoint",
            t("files.open"),
            this.#choose,
            recorded || phase === "loading" || phase === "opening",
          ),
          // Every file can be chosen: systems that do not know an ending, such as iOS, would disable all of them.
          html`<input
            type="file"
            id="checkpoint-file"
            hidden
            aria-label=${t("files.open")}
            @change=${this.#chosen}
          />`,
        )}
        ${row(
          t("files.weights"),
          t("files.weights.about"),
          html`<select
            id="export-method"
            aria-label=${t("files.method")}
            ?disabled=${!ready || recorded}
            @change=${this.#methodChosen}
          >
            ${options([...names.keys()], method, (k) => names[k] ?? "")}
          </select>`,
          button("export", t("files.export"), this.#export, !ready || recorded),
        )}
        ${row(
          t("files.script"),
          t("files.script.about"),
          button("export-script", t("files.script.get"), this.#script, phase === "loading"),
        )}
        ${row(t("files.log"), t("files.log.about"), button("log", t("files.log.get"), this.#log, !ready))}
        ${row(
          t("files.link"),
          t("files.link.about"),
          html`<button type="button" id="copy-link" aria-live="polite" @click=${this.#copy}>
            ${t(this.#copied === undefined ? "files.link.copy" : this.#copied ? "files.link.copied" : "files.link.refused")}
          </button>`,
        )}
      </div>`;
  }

  readonly #save = (): void => {
    this.#page.send({ type: "save" });
  };

  readonly #choose = (): void => {
    document.getElementById("checkpoint-file")?.click();
  };

  readonly #chosen = ({ currentTarget }: Event): void => {
    const picker = currentTarget as HTMLInputElement;
    const files = [...(picker.files ?? [])];
    // Without this, choosing the same file again would not be a change.
    picker.value = "";
    if (files.length > 0) this.#page.take(files);
  };

  readonly #methodChosen = ({ currentTarget }: Event): void => {
    this.#method = Number((currentTarget as HTMLSelectElement).value);
  };

  readonly #export = (): void => {
    const methods = this.#page.conductor.state.description?.methods.length ?? 1;
    this.#page.send({ type: "export", method: Math.min(this.#method, methods - 1) });
  };

  readonly #script = (): void => {
    const { state, defaults } = this.#page.conductor;
    this.#page.send({ type: "script", experiment: state.experiment ?? defaults });
  };

  readonly #log = (): void => {
    this.#page.send({ type: "log" });
  };

  readonly #copy = (): void => {
    void copyText(address()).then((copied) => {
      this.#copied = copied;
      this.#draw();
      setTimeout(() => {
        this.#copied = undefined;
        this.#draw();
      }, SAID);
    });
  };
}

/** The address of the run's settings, in the laboratory. */
function address(): string {
  const url = new URL(location.href);
  url.hash = withView(withViewKeys(currentHash(), { view: null }), "laboratory");
  return url.href;
}
