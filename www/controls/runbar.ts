import { number, t } from "../i18n";
import { type State, isActive } from "../state";
import { adapterName } from "../table/summary";

export interface RunBarElements {
  toggle: HTMLButtonElement;
  step: HTMLButtonElement;
  epoch: HTMLButtonElement;
  reset: HTMLButtonElement;
  progress: HTMLElement;
  status: {
    phase: HTMLElement;
    step: HTMLElement;
    epoch: HTMLElement;
    loss: HTMLElement;
    speed: HTMLElement;
    adapter: HTMLElement;
  };
}

export interface RunActions {
  start(): void;
  pause(): void;
  advance(steps: number): void;
  reset(): void;
}

/** Start, pause, step, epoch, reset, and the line that says where the run is. */
export class RunBar {
  readonly #elements: RunBarElements;
  #state: State | undefined;

  constructor(elements: RunBarElements, actions: RunActions) {
    this.#elements = elements;
    elements.toggle.addEventListener("click", () => {
      if (this.#state !== undefined && isActive(this.#state.phase)) actions.pause();
      else actions.start();
    });
    elements.step.addEventListener("click", () => {
      actions.advance(1);
    });
    elements.epoch.addEventListener("click", () => {
      const perEpoch = this.#state?.description?.steps_per_epoch ?? 1;
      actions.advance(perEpoch - ((this.#state?.step ?? 0) % perEpoch));
    });
    elements.reset.addEventListener("click", () => {
      actions.reset();
    });
  }

  render(state: State): void {
    this.#state = state;
    const { toggle, step, epoch, reset, progress, status } = this.#elements;
    const active = isActive(state.phase);
    const idle = state.phase === "paused";
    const busy = state.phase === "loading" || state.phase === "opening" || state.phase === "pausing";

    toggle.dataset.action = active ? "pause" : "start";
    setText(toggle, active ? t("run.pause") : state.step > 0 && idle ? t("run.resume") : t("run.start"));
    toggle.disabled = busy || state.phase === "finished" || state.phase === "failed";
    step.disabled = epoch.disabled = !idle;
    setText(reset, state.description === undefined && !busy ? t("run.retry") : t("run.reset"));
    reset.disabled = state.phase === "loading" || state.phase === "opening";

    const { description } = state;
    const halted = idle && state.step > 0;
    status.phase.dataset.phase = state.phase;
    status.phase.textContent = halted ? t("phase.halted") : t(`phase.${state.phase}`);
    const total = description === undefined ? "" : t("status.of", { total: number(description.total_steps) });
    status.step.replaceChildren(number(state.step), " ", small(total));
    status.epoch.textContent = number(state.epoch, 1);
    const loss = state.metrics.last?.loss;
    status.loss.textContent = loss === undefined ? "–" : number(loss, 3);
    status.speed.textContent = state.imagesPerSecond === null ? "–" : number(state.imagesPerSecond);
    status.adapter.textContent = description === undefined ? "–" : adapterName(description.adapter);
    status.adapter.title = status.adapter.textContent;
    progress.style.setProperty("--progress", String(state.step / (description?.total_steps ?? 1)));
  }
}

function setText(button: HTMLButtonElement, text: string): void {
  const label = button.querySelector("span");
  if (label !== null) label.textContent = text;
}

function small(text: string): HTMLElement {
  const element = document.createElement("small");
  element.textContent = text;
  return element;
}
