/** The least time between two announcements, in milliseconds: a screen reader must be able to finish a sentence. */
const INTERVAL = 5000;

/** A live region that announces the latest message, at most as often as a listener can follow. */
export class Announcer {
  readonly #region: HTMLElement;
  #last = -Infinity;
  #next: string | undefined;

  constructor(region: HTMLElement) {
    this.#region = region;
  }

  announce(text: string): void {
    const waiting = this.#next !== undefined;
    this.#next = text;
    if (waiting) return;
    const delay = Math.max(0, this.#last + INTERVAL - performance.now());
    setTimeout(() => {
      this.#region.textContent = this.#next ?? "";
      this.#next = undefined;
      this.#last = performance.now();
    }, delay);
  }
}
