import { byId } from "../dom";

/** The link over the page's head, and the room that the run bar takes from what scrolls under it. */
export function setUpShell(bar: HTMLElement): void {
  // The address keeps the experiment, so a jump inside the page must leave it alone.
  byId("skip", HTMLAnchorElement).addEventListener("click", (event) => {
    event.preventDefault();
    const board = byId("board", HTMLElement);
    board.focus({ preventScroll: true });
    board.scrollIntoView();
  });
  new ResizeObserver(() => {
    document.documentElement.style.setProperty("--bar-height", `${bar.offsetHeight}px`);
  }).observe(bar);
}
