import { html } from "../dom";
import type { Setting } from "../engine";
import { t, tOr } from "../i18n";
import { type Parsed, formatValue, parseValue } from "./values";

/** A labelled control made from a row of the settings table. */
export interface Control {
  readonly setting: Setting;
  readonly element: HTMLElement;
  /** Its value, or its error. */
  read(): Parsed;
  write(value: unknown): void;
  /**
   * Shows whether the value differs from the running one, whether a change needs a reset, and what is wrong with it.
   */
  mark(changed: boolean, live?: boolean): void;
  /** Whether the reader may change it. */
  disable(disabled: boolean): void;
  /** Sets the texts in the current language. */
  translate(): void;
}

/** The part of a control that depends on its kind. */
interface Input {
  /** Content next to the label. */
  element: HTMLElement;
  /** The element that the label and the error refer to. */
  focus: HTMLElement;
  read(): Parsed;
  write(value: unknown): void;
  translate(): void;
}

/** The name of a setting in the reader's language. */
export function settingName(key: string): string {
  return tOr(`setting.${key}`, key);
}

/**
 * @param changed called at every change, including every key press in a text
 * @param committed called once the reader has finished a change
 */
export function createControl(setting: Setting, changed: () => void, committed?: () => void): Control {
  const id = `setting-${setting.key}`;
  const input = createInput(setting, id, changed);
  const group = input.focus.getAttribute("role") === "group";
  const name = html("span", { class: "field-name" });
  const label = group
    ? html("span", { class: "field-label", id: `${id}-label` }, name)
    : html("label", { class: "field-label", for: id }, name);
  const badge = html("span", { class: "badge" });
  const help = html("p", { class: "help", id: `${id}-help`, role: "tooltip" });
  const error = html("p", { class: "field-error", id: `${id}-error`, hidden: true });
  input.focus.setAttribute("aria-describedby", `${id}-help ${id}-error`);
  if (group) input.focus.setAttribute("aria-labelledby", `${id}-label`);
  label.append(badge);
  const element = html("div", { class: `field field-${setting.kind}` }, label, input.element, help, error);
  if (committed !== undefined) element.addEventListener("change", committed);

  let marked: [boolean, boolean] = [false, setting.live === true];
  const control: Control = {
    setting,
    element,
    read: () => input.read(),
    write(value) {
      input.write(value);
      control.mark(false);
    },
    disable(disabled) {
      for (const field of element.querySelectorAll<HTMLInputElement>("input, select"))
        field.disabled = disabled;
    },
    mark(changed, live = setting.live === true) {
      marked = [changed, live];
      const parsed = input.read();
      element.classList.toggle("changed", changed);
      input.focus.setAttribute("aria-invalid", String(!parsed.ok));
      error.hidden = parsed.ok;
      error.textContent = parsed.ok ? "" : t(parsed.error, parsed.values);
      badge.textContent = live ? t("experiment.live") : changed ? t("experiment.needs-reset") : "";
      badge.classList.toggle("live", live);
    },
    translate() {
      name.textContent = settingName(setting.key);
      const value = Array.isArray(setting.default) ? setting.default.join(" ") : formatValue(setting.default);
      const shown = value === "" ? t("experiment.automatic") : tOr(`choice.${value}`, value);
      help.textContent = `${tOr(`help.${setting.key}`, setting.help)} ${t("experiment.default", { value: shown })}`;
      input.translate();
      control.mark(...marked);
    },
  };
  return control;
}

function createInput(setting: Setting, id: string, changed: () => void): Input {
  switch (setting.kind) {
    case "choice":
      return choiceInput(setting, id, changed);
    case "boolean":
      return booleanInput(setting, id, changed);
    case "list":
      return (setting.choices ?? []).length > 0
        ? checkboxesInput(setting, id, changed)
        : textInput(setting, id, changed);
    case "float":
    case "integer":
    case "text":
      return textInput(setting, id, changed);
  }
}

function textInput(setting: Setting, id: string, changed: () => void): Input {
  const numeric = setting.kind === "float" || setting.kind === "integer";
  // Not type=number, which hides text that is not a number, and changes the value when the mouse wheel turns over it.
  const input = html("input", {
    id,
    name: setting.key,
    type: "text",
    inputmode: numeric ? (setting.kind === "integer" ? "numeric" : "decimal") : "text",
    autocomplete: "off",
    spellcheck: "false",
  });
  input.addEventListener("input", changed);
  if (numeric) {
    input.addEventListener("keydown", (event) => {
      const sign = { ArrowUp: 1, ArrowDown: -1 }[event.key];
      if (sign === undefined) return;
      event.preventDefault();
      input.value = stepped(setting, input.value, sign);
      changed();
      input.dispatchEvent(new Event("change", { bubbles: true }));
    });
  }
  const children: HTMLElement[] = [input];
  return {
    element: html("div", { class: "field-input" }, ...children),
    focus: input,
    read: () => parseValue(setting, input.value),
    write(value) {
      input.value = formatValue(value);
    },
    translate() {
      if (setting.default === null) input.placeholder = t("experiment.automatic");
    },
  };
}

/** The value one step up or down, within the setting's range; text that is not a number stays. */
function stepped(setting: Setting, text: string, sign: number): string {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) return text;
  const next = value + sign * (setting.step ?? 1);
  const bounded = Math.min(setting.max ?? Infinity, Math.max(setting.min ?? -Infinity, next));
  return String(Number(bounded.toPrecision(12)));
}

function choiceInput(setting: Setting, id: string, changed: () => void): Input {
  const options = (setting.choices ?? []).map((choice) => html("option", { value: choice }));
  const select = html("select", { id, name: setting.key }, ...options);
  select.addEventListener("change", changed);
  return {
    element: html("div", { class: "field-input" }, select),
    focus: select,
    read: () => parseValue(setting, select.value),
    write(value) {
      select.value = formatValue(value);
    },
    translate() {
      for (const option of options) option.textContent = tOr(`choice.${option.value}`, option.value);
    },
  };
}

function booleanInput(setting: Setting, id: string, changed: () => void): Input {
  const input = html("input", { id, name: setting.key, type: "checkbox", class: "switch" });
  input.addEventListener("change", changed);
  return {
    element: html("div", { class: "field-input" }, input),
    focus: input,
    read: () => ({ ok: true, value: input.checked }),
    write(value) {
      input.checked = value === true;
    },
    translate: () => undefined,
  };
}

/** A list of named items, with a checkbox for each. An item may have a value ("crop=4"), which stays. */
function checkboxesInput(setting: Setting, id: string, changed: () => void): Input {
  const boxes = (setting.choices ?? []).map((choice) => {
    const input = html("input", { type: "checkbox", name: setting.key, value: choice });
    const name = html("span");
    input.addEventListener("change", changed);
    return { choice, input, name, item: choice };
  });
  const group = html(
    "div",
    { class: "field-input checks", id, role: "group", tabindex: -1 },
    ...boxes.map(({ input, name }) => html("label", { class: "check" }, input, name)),
  );
  return {
    element: group,
    focus: group,
    read: () => ({ ok: true, value: boxes.filter((box) => box.input.checked).map((box) => box.item) }),
    write(value) {
      const items = Array.isArray(value) ? value.map(String) : [];
      for (const box of boxes) {
        const item = items.find((item) => item.split("=")[0] === box.choice);
        box.input.checked = item !== undefined;
        box.item = item ?? box.choice;
      }
    },
    translate() {
      for (const { choice, name } of boxes) {
        name.textContent = tOr(`setting.${setting.key}.${choice}`, choice);
      }
    },
  };
}
