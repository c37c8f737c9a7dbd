import type { Controls } from "../conductor";
import type { Experiment, Setting } from "../engine";
import { html } from "../dom";
import { t, tOr } from "../i18n";
import type { FromWorker } from "../protocol";
import { type Control, createControl } from "./control";
import { formatValue, growsInto, sameValue, sameAverages } from "./values";

/** The settings by what one wants to change, each group with the ones that its heading shows first. */
const groups: Record<GroupName, readonly string[]> = {
  averages: ["ema"],
  learning: ["lr", "schedule", "optimizer", "warmup_steps", "weight_decay", "label_smoothing"],
  network: ["preset", "norm", "model"],
  data: ["batch", "augment", "label_noise", "shuffle", "limit_train"],
  run: ["epochs", "seed", "steps", "eval_every", "eval_early", "limit_test"],
};
type GroupName = "averages" | "learning" | "network" | "data" | "run";
/** The group of settings that none names: knobs of the optimizer and the schedule. */
const otherwise: GroupName = "learning";
/** How many values the heading of a group shows. */
const SHOWN = 3;
/** Settings that have their own control elsewhere. */
const elsewhere = new Set(["data"]);
export interface SettingsFormElements {
  /** The place of the groups. */
  groups: HTMLElement;
  /** Shown while a change needs a reset. */
  pending: HTMLElement;
  apply: HTMLButtonElement;
  revert: HTMLButtonElement;
}

/** A control that depends on others, and on the worker. */
interface Following extends Control {
  /** The values of all controls. */
  follow(values: Experiment): void;
  receive(message: FromWorker): void;
}

/** Settings under one heading, which shows the values of the first ones. */
class Group {
  readonly element = html("details", { class: "group" });
  readonly #name: GroupName;
  readonly #title = html("span", { class: "group-title" });
  readonly #values = html("span", { class: "group-values" });
  readonly #fields = html("div", { class: "settings" });
  #controls: Control[] = [];

  constructor(name: GroupName) {
    this.#name = name;
    this.element.open = name === "averages";
    this.element.append(html("summary", {}, this.#title, this.#values), this.#fields);
  }

  /** Takes its controls out of all. */
  take(all: readonly Control[]): void {
    const named = Object.values(groups).flat();
    const own = groups[this.#name].flatMap((key) => all.filter(({ setting }) => setting.key === key));
    const rest = this.#name === otherwise ? all.filter(({ setting }) => !named.includes(setting.key)) : [];
    this.#controls = [...own, ...rest];
    this.#fields.replaceChildren(...this.#controls.map(({ element }) => element));
  }

  mark(differs: (control: Control) => boolean): void {
    this.#title.textContent = t(`group.${this.#name}`);
    const texts = this.#controls.slice(0, SHOWN).flatMap((control) => {
      const parsed = control.read();
      const value = parsed.ok ? parsed.value : undefined;
      const text = typeof value === "object" && !Array.isArray(value) ? "" : formatValue(value);
      return text === "" ? [] : tOr(`choice.${text}`, text);
    });
    this.#values.textContent = texts.join(" · ");
    this.element.classList.toggle("changed", this.#controls.some(differs));
  }
}

/** The form of the experiment's settings. Marks the controls that differ from the running experiment. */
export class SettingsForm implements Controls {
  readonly #elements: SettingsFormElements;
  readonly #liveChanged: (key: string, value: unknown) => void;
  #controls: Control[] = [];
  /** Controls that are not made from a row of the settings table. */
  readonly #added: Following[] = [];
  readonly #groups: Group[] = (Object.keys(groups) as GroupName[]).map((name) => new Group(name));
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

  /** Adds a control that is not made from a row of the settings table. */
  add(control: Following): void {
    this.#added.push(control);
  }

  /** A control that was added has another value, or knows more of it. */
  refresh(): void {
    this.#markAll();
  }

  build(settings: Setting[], experiment: Experiment): void {
    const shown = settings.filter((setting) => !elsewhere.has(setting.key));
    const made = shown.map((setting) => {
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
    this.#controls = [...made, ...this.#added];
    for (const group of this.#groups) group.take(this.#controls);
    this.#elements.groups.replaceChildren(...this.#groups.map(({ element }) => element));
    this.#running = experiment;
    for (const control of this.#controls) control.write(experiment[control.setting.key]);
    this.translate();
  }

  /** Takes the worker's answers to the controls that were added. */
  receive(message: FromWorker): void {
    for (const control of this.#added) control.receive(message);
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
    const values = new Map(Object.entries(this.#running));
    for (const control of this.#controls) {
      const parsed = control.read();
      if (!parsed.ok) {
        const details = control.element.closest("details");
        if (details !== null) details.open = true;
        control.element.querySelector<HTMLElement>("input, select")?.focus();
        return undefined;
      }
      values.set(control.setting.key, parsed.value);
    }
    return Object.fromEntries([...values].filter(([, value]) => value !== undefined));
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
    for (const group of this.#groups) group.mark((control) => this.#differs(control));
    const values = this.#controls.map((control) => [control.setting.key, control.read()] as const);
    const valid = values.flatMap(([key, parsed]) => (parsed.ok ? [[key, parsed.value] as const] : []));
    for (const control of this.#added) control.follow(Object.fromEntries(valid));
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
