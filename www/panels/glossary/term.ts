import { html } from "../../dom";
import { type MessageKey, t } from "../../i18n";
import type { TermId } from "./terms";

/** The id of the element with a term's definition, which screen readers read even while it is hidden. */
export function definitionId(id: TermId): string {
  return `term-${id}`;
}

/**
 * A term whose explanation opens on hover, focus and touch. `text` is the message to show instead of the term's name,
 * for another grammatical form; `translate` sets it again when the language changes.
 */
export function term(id: TermId, text: MessageKey = `term.${id}`): HTMLButtonElement {
  const attributes = { type: "button", class: "term", "data-term": id, "data-text": text };
  return html("button", { ...attributes, "aria-describedby": definitionId(id) }, t(text));
}

/** A row of terms for the surrounding part; empty without terms. */
export function termRow(ids: readonly TermId[]): HTMLElement[] {
  return ids.length === 0 ? [] : [html("p", { class: "terms" }, ...ids.map((id) => term(id)))];
}
