import { copyText } from "../clipboard";
import { dialog, html, icon } from "../dom";
import { currentAddress, currentViewKeys, withViewKeys } from "../hash";
import { t } from "../i18n";
import { type PartName, partNames, partTitle } from "./parts";

/** Default height of an embedded page in pixels. */
const HEIGHT = 640;

/** The parts of the page that a link shows. */
export interface ShareChoice {
  /** Undefined means the whole page. */
  parts: readonly PartName[] | undefined;
  /** Whether the run bar is shown above embedded parts. */
  bar: boolean;
  /** Whether the link opens the current chapter. */
  chapter: boolean;
}

/** The address of this page with the run's settings, showing what was chosen. */
export function addressFor(here: string, { parts, bar, chapter }: ShareChoice): string {
  const [page = "", hash = ""] = here.split("#");
  const embed = parts === undefined ? null : parts.join(",");
  const hide = parts !== undefined && !bar ? "run" : null;
  const next = withViewKeys(hash, { embed, hide, present: null, ...(chapter ? {} : { chapter: null }) });
  return next === "" ? page : `${page}#${next}`;
}

/** The HTML that embeds an address in another page. */
export function embedCode(address: string, height = HEIGHT): string {
  const source = address.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<iframe src="${source}" title="Emascope" width="100%" height="${height}" style="border: 0" loading="lazy"></iframe>`;
}

/** The dialog with the link to this experiment and the code that embeds it in another page. */
export class Share {
  readonly #dialog: HTMLDialogElement;
  #choice: ShareChoice = { parts: undefined, bar: true, chapter: true };
  /** The last selected parts, while the whole page is chosen. */
  #ticked: readonly PartName[] = ["accuracy", "table"];

  constructor(opener: HTMLButtonElement) {
    this.#dialog = dialog("sheet link-sheet", "share-title");
    opener.addEventListener("click", () => {
      this.#build();
      this.#dialog.showModal();
    });
  }

  #build(): void {
    const { parts } = this.#choice;
    const address = addressFor(currentAddress(), this.#choice);
    const chosen = parts !== undefined;
    const close = html(
      "button",
      { type: "button", class: "icon-button sheet-close", "aria-label": t("share.close") },
      icon("close"),
    );
    close.addEventListener("click", () => {
      this.#dialog.close();
    });
    this.#dialog.replaceChildren(
      html("h2", { id: "share-title" }, t("share.title")),
      close,
      html("p", { class: "about" }, t("share.about")),
      html(
        "div",
        { class: "segmented wide", role: "group", "aria-label": t("share.what") },
        this.#segment("page", !chosen, undefined),
        this.#segment("parts", chosen, this.#ticked),
      ),
      ...(chosen ? [this.#boxes(parts)] : []),
      this.#output("link", address),
      ...(chosen ? [this.#output("code", embedCode(address))] : []),
    );
  }

  #again(choice: ShareChoice, focus: string): void {
    this.#choice = choice;
    this.#build();
    this.#dialog.querySelector<HTMLElement>(`[data-share="${focus}"]`)?.focus();
  }

  #segment(name: "page" | "parts", pressed: boolean, parts: readonly PartName[] | undefined): HTMLElement {
    const button = html(
      "button",
      { type: "button", "aria-pressed": String(pressed), "data-share": name },
      t(`share.${name}`),
    );
    button.addEventListener("click", () => {
      this.#again({ ...this.#choice, parts }, name);
    });
    return button;
  }

  #boxes(parts: readonly PartName[]): HTMLElement {
    const { bar, chapter } = this.#choice;
    const box = (
      name: string,
      text: string,
      checked: boolean,
      take: (on: boolean) => Partial<ShareChoice>,
    ): HTMLElement => {
      const input = html("input", { type: "checkbox", checked, "data-share": name });
      input.addEventListener("change", () => {
        this.#again({ ...this.#choice, ...take(input.checked) }, name);
      });
      return html("label", { class: "check" }, input, html("span", {}, text));
    };
    return html(
      "fieldset",
      { class: "link-parts" },
      html("legend", { class: "hidden" }, t("share.parts")),
      ...partNames.map((name) =>
        box(name, partTitle(name), parts.includes(name), (on) => {
          const next = partNames.filter((part) => (part === name ? on : parts.includes(part)));
          // A link must show at least one part.
          this.#ticked = next.length === 0 ? parts : next;
          return { parts: this.#ticked };
        }),
      ),
      ...(currentViewKeys().chapter === undefined
        ? []
        : [box("chapter", t("share.chapter"), chapter, (on) => ({ chapter: on }))]),
      box("bar", t("share.bar"), bar, (on) => ({ bar: on })),
    );
  }

  #output(name: "link" | "code", text: string): HTMLElement {
    const field = html(
      "textarea",
      { readonly: true, rows: name === "link" ? 2 : 4, spellcheck: "false", id: `share-${name}` },
      text,
    );
    field.addEventListener("focus", () => {
      field.select();
    });
    const copy = html("button", { type: "button" }, t("share.copy"));
    copy.addEventListener("click", () => {
      void copyText(text).then((copied) => {
        if (copied) copy.textContent = t("share.copied");
        // Selects the text, so that the reader can copy it.
        else field.focus();
      });
    });
    return html(
      "div",
      { class: "link-output" },
      html("label", { for: `share-${name}` }, t(`share.${name}`)),
      field,
      copy,
    );
  }
}
