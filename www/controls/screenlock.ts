import type { Part } from "../part";
import { type State, isActive } from "../state";

/** Keeps the screen on while a run goes on in a page that is in view. */
export class ScreenLock implements Part {
  #running = false;
  #lock: WakeLockSentinel | undefined;
  #asked = false;
  /** The browser gives this run no lock. */
  #refused = false;

  constructor() {
    // Browsers take the lock away from a page that is hidden.
    document.addEventListener("visibilitychange", () => {
      void this.#hold();
    });
  }

  render({ phase }: State): void {
    this.#running = isActive(phase);
    this.#refused &&= this.#running;
    void this.#hold();
  }

  /** Takes the lock, or gives it back, whichever the run needs now. */
  async #hold(): Promise<void> {
    const wanted = this.#running && document.visibilityState === "visible";
    const held = this.#lock !== undefined && !this.#lock.released;
    if (wanted === held || this.#asked || this.#refused) return;
    this.#asked = true;
    try {
      if (wanted) this.#lock = await navigator.wakeLock.request("screen");
      else await this.#lock?.release();
    } catch {
      // Without it, as on a low battery or in an old browser, the screen goes off when the reader's settings say so.
      this.#refused = true;
    } finally {
      this.#asked = false;
    }
    // The run may have ended meanwhile.
    await this.#hold();
  }
}
