/** Writes only what differs; into a button, beside its icon. */
export function say(element: HTMLElement, text: string): void {
  const target = element instanceof HTMLButtonElement ? (element.querySelector("span") ?? element) : element;
  if (target.textContent !== text) target.textContent = text;
}
