/**
 * Draws a part of the page. Where what had the focus is gone afterwards, or can no longer have it, the focus goes to the first of
 * `successors` that is there, and not to the top of the page.
 */
export function keepingFocus(host: HTMLElement, successors: readonly string[], draw: () => void): void {
  const had = document.activeElement;
  const within = had instanceof HTMLElement && host.contains(had);
  draw();
  if (!within || (had.isConnected && !had.matches(":disabled"))) return;
  const next = successors.map((one) => host.querySelector<HTMLElement>(one)).find((one) => one !== null);
  next?.focus({ preventScroll: true });
}
