import type { FromWorker, ToWorker } from "./protocol";
import type { State } from "./state";

/** What a part needs to know besides the run. */
export interface PartContext {
  dark: boolean;
}

/** A part of the page: renders the state after every change. */
export interface Part {
  render(state: State, context: PartContext): void;
  /** Takes an answer of the worker that is not part of the state. */
  receive?(message: FromWorker): void;
  /** Builds the part again after a change of language or theme. */
  rebuild?(): void;
}

/** Sends a part's request to the worker. */
export type Send = (message: ToWorker) => void;
