import { html, setText } from "../dom";
import { type MessageKey, number, t } from "../i18n";
import { methodLabel } from "../methods";
import { type State, isActive } from "../state";
import { adapterName } from "../table/names";
import { duration } from "./duration";

export interface RunBarElements {
  toggle: HTMLButtonElement;
  step: HTMLButtonElement;
  epoch: HTMLButtonElement;
  reset: HTMLButtonElement;
  undo: HTMLButtonElement;
  progress: HTMLElement;
  status: {
    phase: HTMLElement;
    step: HTMLElement;
    epoch: HTMLElement;
    loss: HTMLElement;
    speed: HTMLElement;
    left: HTMLElement;
    adapter: HTMLElement;
    /** The average whose effective β is shown, and its value. */
    average: HTMLSelectElement;
    beta: HTMLElement;
  };
}

export interface RunActions {
  start(): void;
  pause(): void;
  advance(steps: number): void;
  advanceEpoch(): void;
  reset(): void;
  undo(): void;
}

/** The run bar: start, pause, step, epoch, reset, and the status line. */
export class RunBar {
  readonly #elements: RunBarElements;
  readonly #actions: RunActions;
  #state: State | undefined;
  #averages = "";

  constructor(elements: RunBarElements, actions: RunActions) {
    this.#elements = elements;
    this.#actions = actions;
    const { toggle, step, epoch, reset, undo, status } = elements;
    toggle.addEventListener("click", () => {
      this.toggle();
    });
    step.addEventListener("click", () => {
      actions.advance(1);
    });
    epoch.addEventListener("click", () => {
      actions.advanceEpoch();
    });
    reset.addEventListener("click", () => {
      actions.reset();
    });
    undo.addEventListener("click", () => {
      actions.undo();
    });
    status.average.addEventListener("change", () => {
      if (this.#state !== undefined) this.#renderBeta(this.#state);
    });
    toggle.setAttribute("aria-keyshortcuts", "Space");
    step.setAttribute("aria-keyshortcuts", "ArrowRight");
    epoch.setAttribute("aria-keyshortcuts", "Shift+ArrowRight");
    reset.setAttribute("aria-keyshortcuts", "R");
  }

  /** Starts a paused run, or pauses a running one. */
  toggle(): void {
    if (this.#elements.toggle.disabled) return;
    if (this.#state !== undefined && isActive(this.#state.phase)) this.#actions.pause();
    else this.#actions.start();
  }

  render(state: State): void {
    this.#state = state;
    const { toggle, step, epoch, reset, undo, progress, status } = this.#elements;
    const active = isActive(state.phase);
    const idle = state.phase === "paused";
    const busy = state.phase === "loading" || state.phase === "opening" || state.phase === "pausing";

    toggle.dataset.action = active ? "pause" : "start";
    setText(toggle, active ? t("run.pause") : state.step > 0 && idle ? t("run.resume") : t("run.start"));
    toggle.disabled = busy || (!active && !idle);
    step.disabled = epoch.disabled = !idle;
    setText(reset, state.description === undefined && !busy ? t("run.retry") : t("run.reset"));
    reset.disabled = state.phase === "loading" || state.phase === "opening";
    undo.hidden = state.undo === undefined;
    undo.disabled = busy;
    if (state.undo !== undefined) undo.title = t("run.undo.help", { step: number(state.undo.step) });

    const { description } = state;
    const halted = idle && state.step > 0;
    status.phase.dataset.phase = state.phase;
    status.phase.textContent = halted ? t("phase.halted") : t(`phase.${state.phase}`);
    const total = description === undefined ? "" : t("status.of", { total: number(description.total_steps) });
    status.step.replaceChildren(number(state.step), " ", small(total));
    status.epoch.textContent = number(state.epoch, 1);
    const loss = state.metrics.last?.loss;
    status.loss.textContent = loss === undefined || !Number.isFinite(loss) ? "–" : number(loss, 3);
    status.speed.textContent = state.imagesPerSecond === null ? "–" : number(state.imagesPerSecond);
    status.left.textContent = state.secondsLeft === null ? "–" : duration(state.secondsLeft);
    status.adapter.textContent = description === undefined ? "–" : adapterName(description.adapter);
    status.adapter.title = status.adapter.textContent;
    progress.style.setProperty("--progress", String(state.step / (description?.total_steps ?? 1)));
    this.#renderBeta(state);
  }

  translate(): void {
    const { toggle, step, epoch, reset, status } = this.#elements;
    const hints: [HTMLElement, MessageKey, string][] = [
      [toggle, "run.toggle.help", t("keys.space")],
      [step, "run.step.help", "→"],
      [epoch, "run.epoch.help", "⇧ →"],
      [reset, "run.reset.help", "R"],
    ];
    for (const [element, key, name] of hints) element.title = `${t(key)} (${name})`;
    status.average.setAttribute("aria-label", t("status.average"));
  }

  /** The effective β of the chosen average: the share of the old average that its last update kept. */
  #renderBeta({ averages }: State): void {
    const { average: select, beta } = this.#elements.status;
    const key = averages.map(({ name }) => name).join("\n");
    if (key !== this.#averages) {
      this.#averages = key;
      const chosen = Number(select.value);
      select.replaceChildren(...averages.map((each, k) => html("option", { value: k }, methodLabel(each))));
      select.value = String(Math.min(chosen, Math.max(0, averages.length - 1)));
      select.disabled = averages.length === 0;
    }
    const average = averages[Number(select.value)];
    beta.textContent = average === undefined ? "–" : number(average.effective_beta, 4);
  }
}

function small(text: string): HTMLElement {
  return html("small", {}, text);
}
