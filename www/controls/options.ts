import { type TemplateResult, html } from "lit-html";
import { live } from "lit-html/directives/live.js";

/** The options of a list, of which one is chosen, though the reader may have chosen another one since it was last drawn. */
export function options<T extends string | number>(
  all: readonly T[],
  chosen: T,
  name: (one: T) => string,
): TemplateResult[] {
  return all.map((one) => html`<option value=${one} .selected=${live(one === chosen)}>${name(one)}</option>`);
}
