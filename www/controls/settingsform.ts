import type { Controls } from "../conductor";
import type { Experiment, Setting } from "../engine";
import { type Control, createControl } from "./control";
import { growsInto, sameValue, sameAverages } from "./values";

/** The settings that are always visible; the others are under “More settings”. */
const main = ["ema", "norm", "lr", "schedule", "batch", "label_noise", "augment", "seed", "epochs"];
/** Settings that have their own control elsewhere. */
const elsewhere = new Set(["data"]);
export interface SettingsFormElements {
  main: HTMLElement;
  more: HTMLElement;
  /** Shown while a change needs a reset. */
  pending: HTMLElement;
  apply: HTMLButtonElement;
  revert: HTMLButtonElement;
}

/** The form of the experiment's settings. Marks the controls that differ from the running experiment. */
export class SettingsForm implements Controls {
  readonly #elements: SettingsFormElements;
  readonly #liveChanged: (key: string, value: unknown) => void;
  #controls: Control[] = [];
  #running: Experiment = {};

  constructor(
    elements: SettingsFormElements,
    actions: { apply: () => void; liveChanged: (key: string, value: unknown) => void },
  ) {
    this.#elements = elements;
    this.#liveChanged = actions.liveChanged;
    elements.apply.addEventListener("click", actions.apply);
    elements.revert.addEventListener("click", () => {
      this.show(this.#running);
    });
  }

  build(settings: Setting[], experiment: Experiment): void {
    const shown = settings.filter((setting) => !elsewhere.has(setting.key));
    const rank = (key: string): number => (main.includes(key) ? main.indexOf(key) : main.length);
    this.#controls = shown
      .sort((a, b) => rank(a.key) - rank(b.key))
      .map((setting) => {
        const control = createControl(
          setting,
          () => {
            this.#markAll();
          },
          () => {
            this.#committed(control);
          },
        );
        return control;
      });
    const inMain = (control: Control): boolean => main.includes(control.setting.key);
    this.#elements.main.replaceChildren(...this.#controls.filter(inMain).map((control) => control.element));
    this.#elements.more.replaceChildren(
      ...this.#controls.filter((control) => !inMain(control)).map((control) => control.element),
    );
    this.#running = experiment;
    for (const control of this.#controls) control.write(experiment[control.setting.key]);
    this.translate();
  }

  show(experiment: Experiment): void {
    for (const control of this.#controls) {
      const { key, default: otherwise } = control.setting;
      control.write(key in experiment ? experiment[key] : otherwise);
    }
    this.#markAll();
  }

  showRunning(experiment: Experiment): void {
    const before = this.#running;
    this.#running = experiment;
    for (const control of this.#controls) {
      const parsed = control.read();
      const { key } = control.setting;
      const value = experiment[key];
      if (!parsed.ok || sameValue(parsed.value, value)) continue;
      // A control that showed the run's value goes on showing it; the engine adds to an average the step at which it started.
      if (sameValue(parsed.value, before[key]) || sameAverages(parsed.value, value)) control.write(value);
    }
    this.#markAll();
  }

  read(): Experiment | undefined {
    const experiment: Experiment = { ...this.#running };
    for (const control of this.#controls) {
      const parsed = control.read();
      if (!parsed.ok) {
        const details = control.element.closest("details");
        if (details !== null) details.open = true;
        control.element.querySelector<HTMLElement>("input, select")?.focus();
        return undefined;
      }
      experiment[control.setting.key] = parsed.value;
    }
    return experiment;
  }

  get pending(): boolean {
    return this.#controls.some((control) => this.#differs(control) && !this.#live(control));
  }

  /** The settings of a recorded run cannot be changed. */
  disable(disabled: boolean): void {
    for (const control of this.#controls) control.disable(disabled);
    this.#elements.apply.disabled = disabled;
  }

  translate(): void {
    for (const control of this.#controls) control.translate();
    this.#markAll();
  }

  #committed(control: Control): void {
    const parsed = control.read();
    if (parsed.ok && this.#live(control) && this.#differs(control)) {
      this.#liveChanged(control.setting.key, parsed.value);
    }
  }

  #markAll(): void {
    for (const control of this.#controls) control.mark(this.#differs(control), this.#live(control));
    this.#elements.pending.hidden = !this.pending;
  }

  #differs(control: Control): boolean {
    const parsed = control.read();
    return !parsed.ok || !sameValue(parsed.value, this.#running[control.setting.key]);
  }

  /** Whether the control's value takes effect without a reset. */
  #live(control: Control): boolean {
    const { setting } = control;
    if (setting.live !== true) return false;
    const parsed = control.read();
    return !parsed.ok || setting.key !== "ema" || growsInto(this.#running.ema, parsed.value);
  }
}
