import type { Probe } from "./engine";
import { latestPath } from "./history/probes";
import type { State } from "./state";

declare global {
  interface Window {
    /** A copy of the page's state, for tests and for the curious. */
    emascope: { snapshot(): ExposedState };
  }
}

interface ExposedState extends Omit<State, "probes" | "past"> {
  /** The probed weights, and the latest steps of their history. */
  probes: { probed: readonly Probe[]; methods: number; steps: number[] };
  /** The step from which on the first probed weight is known after every step, and the number of these. */
  past: { first: number; length: number };
  /** The data of the accuracy chart: the steps, then one series per method. */
  chart: (number | null | undefined)[][];
  /** Whether a change of the settings needs a reset. */
  pending: boolean;
}

/** Makes the page's state available as `window.emascope`. */
export function exposeState(
  read: () => { state: State; chart: readonly ArrayLike<number | null | undefined>[]; pending: boolean },
): void {
  window.emascope = {
    snapshot(): ExposedState {
      const { state, chart, pending } = read();
      const { probed, methods } = state.probes;
      const probes = { probed, methods, steps: [...latestPath(state.probes, 0, 0).steps] };
      const past = { first: state.past.first, length: state.past.length };
      const series = chart.map((values) => Array.from(values));
      return structuredClone({ ...state, probes, past, chart: series, pending });
    },
  };
}
