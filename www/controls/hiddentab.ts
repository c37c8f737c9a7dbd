import type { Conductor } from "../conductor";
import { isActive } from "../state";
import { pausesHidden } from "./runtools";

/** Pauses or continues the run when its tab is hidden and shown again. */
export class HiddenTabPause {
  readonly #conductor: Pick<Conductor, "state" | "start" | "pause" | "send">;
  #paused = false;

  constructor(conductor: Pick<Conductor, "state" | "start" | "pause" | "send">) {
    this.#conductor = conductor;
  }

  visibilityChanged(hidden: boolean): void {
    if (!hidden) {
      if (this.#paused && this.#conductor.state.phase === "paused") this.#conductor.start();
      this.#paused = false;
      return;
    }
    if (pausesHidden() && isActive(this.#conductor.state.phase)) {
      this.#paused = true;
      this.#conductor.pause();
    }
    // The tab may be closed without being shown again.
    this.#conductor.send({ type: "save-state" });
  }
}
