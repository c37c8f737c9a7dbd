import { number, t } from "./i18n";
import type { FromWorker } from "./protocol";
import type { State } from "./state";
import { datasetName } from "./table/names";

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

  /** Announces what a message of the worker has changed: a new run, an evaluation, or the phase. */
  update(state: State, before: State, message: FromWorker): void {
    const last = state.points.at(-1);
    if (message.type === "opened") {
      this.#announce(t("status.live.opened", { data: datasetName(message.description.dataset) }));
    } else if (last !== undefined && last !== before.points.at(-1)) {
      const [raw, ...averages] = last.methods.map((method) => method.accuracy);
      this.#announce(
        t("status.live.accuracy", {
          step: number(last.step),
          raw: number(raw ?? 0, 1),
          best: averages.length === 0 ? "–" : number(Math.max(...averages), 1),
        }),
      );
    } else if (state.phase !== before.phase && state.phase !== "evaluating") {
      const phase = state.phase === "paused" ? t("phase.halted") : t(`phase.${state.phase}`);
      this.#announce(t("status.live", { phase, step: number(state.step) }));
    }
  }

  #announce(text: string): void {
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
