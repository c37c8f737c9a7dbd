import type { ToWorker } from "./protocol";
import type { State } from "./state";

/** Information for a part in addition to the run. */
export interface PartContext {
  dark: boolean;
}

/** A part of the page: renders the state after every change. */
export interface Part {
  render(state: State, context: PartContext): void;
  /** The language or the theme is another. */
  rebuild?(): void;
}

/** How a part asks the worker for something. */
export type Send = (message: ToWorker) => void;
