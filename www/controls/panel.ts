import type { Experiment, Setting } from "../engine";
import { type Control, createControl } from "./control";
import { same } from "./values";

/** Settings in reach at once; the others are behind “More settings”. */
const main = ["ema", "norm", "lr", "schedule", "batch", "label_noise", "augment", "seed", "epochs"];
/** Has a control of its own beside the panel. */
const elsewhere = new Set(["data"]);
export interface PanelElements {
  main: HTMLElement;
  more: HTMLElement;
  /** Shown while a change waits for a reset. */
  pending: HTMLElement;
  apply: HTMLButtonElement;
  revert: HTMLButtonElement;
}

/** The settings of the experiment: knows what the controls show and what the engine runs, and marks the difference. */
export class Panel {
  readonly #elements: PanelElements;
  readonly #liveChanged: (key: string, value: unknown) => void;
  #controls: Control[] = [];
  #running: Experiment = {};

  constructor(
    elements: PanelElements,
    actions: { apply: () => void; liveChanged: (key: string, value: unknown) => void },
  ) {
    this.#elements = elements;
    this.#liveChanged = actions.liveChanged;
    elements.apply.addEventListener("click", actions.apply);
    elements.revert.addEventListener("click", () => {
      for (const control of this.#controls) control.write(this.#running[control.setting.key]);
      this.#markAll();
    });
  }

  /** Builds the controls, with the defaults in them. */
  build(settings: Setting[], experiment: Experiment): void {
    const shown = settings.filter((setting) => !elsewhere.has(setting.key));
    const rank = (key: string): number => (main.includes(key) ? main.indexOf(key) : main.length);
    this.#controls = shown
      .sort((a, b) => rank(a.key) - rank(b.key))
      .map((setting) => {
        const control = createControl(setting, setting.live === true, () => {
          this.#changed(control);
        });
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

  /** Puts values into the controls; a setting that is not among them gets its default. */
  show(experiment: Experiment): void {
    for (const control of this.#controls) {
      const { key, default: otherwise } = control.setting;
      control.write(key in experiment ? experiment[key] : otherwise);
    }
    this.#markAll();
  }

  /** Says what the engine runs from now on. The controls keep what is in them, and are marked where it differs. */
  runs(experiment: Experiment): void {
    this.#running = experiment;
    this.#markAll();
  }

  /** The experiment as the controls have it; undefined, with the first bad control in focus, if one is wrong. */
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

  /** Whether a change waits for a reset. */
  get pending(): boolean {
    return this.#controls.some((control) => control.setting.live !== true && this.#differs(control));
  }

  translate(): void {
    for (const control of this.#controls) control.translate();
    this.#markAll();
  }

  #changed(control: Control): void {
    const { key, live } = control.setting;
    const parsed = control.read();
    if (live === true && parsed.ok) {
      this.#running = { ...this.#running, [key]: parsed.value };
      this.#liveChanged(key, parsed.value);
    }
    this.#markAll();
  }

  #markAll(): void {
    for (const control of this.#controls) control.mark(this.#differs(control));
    this.#elements.pending.hidden = !this.pending;
  }

  #differs(control: Control): boolean {
    const parsed = control.read();
    return !parsed.ok || !same(parsed.value, this.#running[control.setting.key]);
  }
}
