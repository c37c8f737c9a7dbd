import { dialog, html, icon } from "../../dom";
import { t } from "../../i18n";
import { definitionId } from "./term";
import { type Reference, type Term, type TermId, isTerm, termIds, terms } from "./terms";

/** How long the pointer may be between the word and its explanation, in milliseconds. */
const GRACE = 200;
/** The gap between the two, and between the explanation and the window's edge, in pixels. */
const GAP = 8;

/**
 * Explains every `<button class="term" data-term="…">` of the page, and shows the list of all terms.
 *
 * The explanation opens on hover, focus or touch, and closes on Escape. Pressing a word whose explanation is open opens
 * the list at this term.
 */
export class Glossary {
  readonly #dialog: HTMLDialogElement;
  readonly #tip: HTMLElement;
  #word: HTMLElement | undefined;
  /** Whether the explanation was open before the word was pressed. */
  #wasOpen = false;
  #leaving: number | undefined;

  constructor(opener: HTMLButtonElement) {
    this.#tip = html("div", { class: "tip", popover: "manual", "aria-hidden": "true" });
    this.#dialog = dialog("glossary", "glossary-title");
    document.body.append(this.#tip);
    opener.addEventListener("click", () => {
      this.#openList();
    });
    this.#listen();
    this.rebuild();
  }

  /** Builds the list in the current language. */
  rebuild(): void {
    this.#hide();
    const close = html(
      "button",
      { type: "button", class: "icon-button", "aria-label": t("glossary.close") },
      icon("close"),
    );
    close.addEventListener("click", () => {
      this.#dialog.close();
    });
    this.#dialog.replaceChildren(
      html(
        "div",
        { class: "glossary-page" },
        html(
          "header",
          { class: "heading" },
          html("h2", { id: "glossary-title" }, t("glossary.title")),
          html("p", { class: "about" }, t("glossary.about")),
          close,
        ),
        html("dl", {}, ...termIds.map(entry)),
      ),
    );
  }

  #listen(): void {
    document.addEventListener("pointerover", (event) => {
      if (event.pointerType !== "mouse") return;
      const word = wordAt(event.target);
      if (word !== undefined) this.#show(word);
      else if (this.#tip.contains(event.target as Node)) this.#stay();
      else this.#leave();
    });
    document.addEventListener("focusin", (event) => {
      const word = wordAt(event.target);
      if (word?.matches(":focus-visible") === true) this.#show(word);
    });
    document.addEventListener("focusout", (event) => {
      if (wordAt(event.target) === this.#word) this.#hide();
    });
    document.addEventListener(
      "pointerdown",
      (event) => {
        const word = wordAt(event.target);
        this.#wasOpen = word !== undefined && word === this.#word;
        if (word === undefined && !this.#tip.contains(event.target as Node)) this.#hide();
      },
      { capture: true },
    );
    document.addEventListener("click", (event) => {
      const word = wordAt(event.target);
      if (word === undefined) return;
      // A click by keyboard comes without a pointer event; its explanation has been open since the word got the focus.
      const again = event.detail === 0 ? word === this.#word : this.#wasOpen;
      const id = word.dataset.term;
      if (again && isTerm(id)) this.#openList(id);
      else this.#show(word);
    });
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "Escape" || this.#word === undefined) return;
        // The first Escape closes the explanation, the next one the dialog around it.
        event.preventDefault();
        event.stopPropagation();
        this.#hide();
      },
      { capture: true },
    );
    for (const type of ["scroll", "resize"]) {
      window.addEventListener(
        type,
        () => {
          this.#place();
        },
        { capture: true, passive: true },
      );
    }
  }

  #show(word: HTMLElement): void {
    this.#stay();
    const id = word.dataset.term;
    if (word === this.#word || !isTerm(id)) return;
    word.setAttribute("aria-describedby", definitionId(id));
    this.#word = word;
    this.#tip.replaceChildren(
      html("p", { class: "tip-name" }, t(`term.${id}`)),
      ...explanation(id, false),
      html("p", { class: "about" }, t("glossary.all")),
    );
    this.#tip.showPopover();
    this.#place();
  }

  #hide(): void {
    this.#stay();
    if (this.#word === undefined) return;
    this.#word = undefined;
    this.#tip.hidePopover();
  }

  #stay(): void {
    clearTimeout(this.#leaving);
    this.#leaving = undefined;
  }

  #leave(): void {
    // The focused term keeps its explanation.
    if (this.#word === undefined || this.#word.matches(":focus-visible")) return;
    this.#leaving ??= window.setTimeout(() => {
      this.#hide();
    }, GRACE);
  }

  /** Below the word, or above it if there is no room below; within the window. */
  #place(): void {
    if (this.#word === undefined) return;
    const word = this.#word.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.#tip;
    const { clientWidth, clientHeight } = document.documentElement;
    const left = Math.max(GAP, Math.min(word.left, clientWidth - width - GAP));
    const below = word.bottom + GAP;
    const top =
      below + height + GAP > clientHeight && word.top > height + 2 * GAP ? word.top - height - GAP : below;
    this.#tip.style.left = `${left}px`;
    this.#tip.style.top = `${top}px`;
  }

  #openList(id?: TermId): void {
    this.#hide();
    if (!this.#dialog.open) this.#dialog.showModal();
    for (const element of this.#dialog.querySelectorAll(".entry")) element.classList.remove("sought");
    if (id === undefined) return;
    const sought = document.getElementById(definitionId(id))?.closest(".entry");
    sought?.classList.add("sought");
    sought?.scrollIntoView({ block: "center" });
  }
}

function wordAt(target: EventTarget | null): HTMLElement | undefined {
  return target instanceof Element ? (target.closest<HTMLElement>(".term") ?? undefined) : undefined;
}

function entry(id: TermId): HTMLElement {
  return html(
    "div",
    { class: "entry" },
    html("dt", {}, t(`term.${id}`)),
    html("dd", { id: definitionId(id) }, ...explanation(id, true)),
  );
}

/** @param linked whether sources are links, which they cannot be in a tooltip */
function explanation(id: TermId, linked: boolean): HTMLElement[] {
  const { formula, sources }: Term = terms[id];
  return [
    html("p", {}, t(`term.${id}.text`)),
    ...(formula === undefined ? [] : [html("p", { class: "math" }, formula)]),
    ...sources.map((source) =>
      html("p", { class: "about" }, `${t("glossary.source")} `, citation(source, linked)),
    ),
  ];
}

function citation({ text, link }: Reference, linked: boolean): HTMLElement {
  const attributes = { lang: "en" };
  return linked && link !== undefined
    ? html("a", { ...attributes, href: link, rel: "noreferrer", target: "_blank" }, text)
    : html("span", attributes, text);
}
