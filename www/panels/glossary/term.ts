import { html } from "../../dom";
import { type MessageKey, t } from "../../i18n";
import type { TermId } from "./terms";

/** The element that holds a term's definition for screen readers, seen or not. */
export function definitionId(id: TermId): string {
  return `term-${id}`;
}

/**
 * A word that explains itself on hover, focus and touch. `text` names another message than the term's own name, for
 * another grammatical form; either is set again by `translate` when the language changes.
 */
export function term(id: TermId, text: MessageKey = `term.${id}`): HTMLButtonElement {
  const attributes = { type: "button", class: "term", "data-term": id, "data-text": text };
  return html("button", { ...attributes, "aria-describedby": definitionId(id) }, t(text));
}

/** The words that what stands around it is about, in a row; nothing for no words. */
export function termRow(ids: readonly TermId[]): HTMLElement[] {
  return ids.length === 0 ? [] : [html("p", { class: "terms" }, ...ids.map((id) => term(id)))];
}
