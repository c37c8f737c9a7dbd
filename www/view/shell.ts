import { byId } from "../dom";

/** The link over the page's head, and the room that the run bar and its tools take from what is below them. */
export function setUpShell(bar: HTMLElement, tools: HTMLElement): void {
  // The address keeps the experiment, so a jump inside the page must leave it alone.
  byId("skip", HTMLAnchorElement).addEventListener("click", (event) => {
    event.preventDefault();
    const board = byId("board", HTMLElement);
    board.focus({ preventScroll: true });
    board.scrollIntoView();
  });
  const measure = new ResizeObserver(() => {
    const { style } = document.documentElement;
    style.setProperty("--bar-height", `${bar.offsetHeight}px`);
    style.setProperty("--tools-height", `${tools.offsetHeight}px`);
  });
  measure.observe(bar);
  measure.observe(tools);
}
