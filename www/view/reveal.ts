import { still } from "../screen";

/** Scrolls to a part unless it is visible as far as it fits; without animation if the reader prefers reduced motion. */
export function reveal(card: HTMLElement): void {
  const bar = document.getElementById("runbar")?.offsetHeight ?? 0;
  const { top, bottom } = card.getBoundingClientRect();
  const shown = Math.min(bottom, innerHeight) - Math.max(top, bar);
  if (shown >= Math.min(bottom - top, innerHeight - bar) - 16) return;
  card.scrollIntoView({ behavior: still.matches ? "auto" : "smooth", block: "start" });
}
