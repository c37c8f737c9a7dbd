/** Sets the text of an element if it differs; in a button, the text next to its icon. */
export function setText(element: HTMLElement, text: string): void {
  const target = element instanceof HTMLButtonElement ? (element.querySelector("span") ?? element) : element;
  if (target.textContent !== text) target.textContent = text;
}
