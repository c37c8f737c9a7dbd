import { recall, remember } from "./storage";

const STORED = "emascope.theme";

const system = matchMedia("(prefers-color-scheme: dark)");
const listeners = new Set<() => void>();

/** Whether the page is dark: the reader's choice, or else the system's. */
export function isDark(): boolean {
  const stored = recall(STORED);
  return stored === null ? system.matches : stored === "dark";
}

export function setDark(dark: boolean): void {
  // Choosing the system's own theme follows the system again.
  remember(STORED, dark === system.matches ? null : dark ? "dark" : "light");
  apply();
}

/** Calls back after every change of theme, and applies the one there is. */
export function onTheme(listener: () => void): void {
  listeners.add(listener);
}

export function apply(): void {
  document.documentElement.dataset.theme = isDark() ? "dark" : "light";
  for (const listener of listeners) listener();
}

system.addEventListener("change", apply);
