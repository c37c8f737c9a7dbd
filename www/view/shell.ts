import { byId } from "../dom";

/** Sets up the link that skips the page's head, and measures the room that the run bar and its tools take. */
export function setUpShell(bar: HTMLElement, tools: HTMLElement): void {
  // The address holds the experiment, so a jump inside the page must not change it.
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
