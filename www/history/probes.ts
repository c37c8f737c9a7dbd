import type { Probe, ProbeSamples } from "../engine";
import { type Rows, addLatest, addRows, noRows, rearranged } from "./rows";

/** The most rows of the whole run. */
const WHOLE = 2048;
/** The number of latest steps that are kept without gaps. */
const LATEST = 1000;

/** The values of the probed weights since they were chosen. */
export interface ProbeHistory {
  readonly probed: readonly Probe[];
  readonly methods: number;
  /** Every `whole.stride`-th step. */
  readonly whole: Rows;
  /** Every one of the latest steps. */
  readonly latest: Rows;
}

export const noProbes: ProbeHistory = emptyProbes([], 0);

/** An empty history of these weights. */
function emptyProbes(probed: readonly Probe[], methods: number): ProbeHistory {
  const width = probed.length * methods;
  const room = width === 0 ? 0 : 1;
  return { probed, methods, whole: noRows(width, room * WHOLE), latest: noRows(width, room * 2 * LATEST) };
}

/** The history followed by these samples. Weights that were not followed before have no earlier values. */
export function addProbes(
  history: ProbeHistory,
  probed: readonly Probe[],
  samples: ProbeSamples | null,
): ProbeHistory {
  let next = history;
  if (!sameProbes(history.probed, probed)) next = withProbes(history, probed);
  if (samples === null || samples.steps === 0 || samples.probes !== probed.length) return next;
  if (next.methods !== samples.methods) next = withMethods(next, samples.methods);
  return {
    ...next,
    whole: addRows(next.whole, samples.first_step, samples.values),
    latest: addLatest(next.latest, samples.first_step, samples.values, LATEST),
  };
}

/** The values of one weight under one method, with their steps, oldest first. */
export interface Path {
  steps: Float64Array;
  values: Float32Array;
}

/** The path over the whole run: every `history.whole.stride`-th step, then every one of the latest steps. */
export function wholePath(history: ProbeHistory, probe: number, method: number): Path {
  const { whole, latest } = history;
  const from = latest.length === 0 ? Infinity : (latest.steps[0] ?? 0);
  let before = 0;
  while (before < whole.length && (whole.steps[before] ?? 0) < from) before += 1;
  const old = column(history, whole, probe, method, before);
  const recent = column(history, latest, probe, method, latest.length);
  return {
    steps: joined(Float64Array, old.steps, recent.steps),
    values: joined(Float32Array, old.values, recent.values),
  };
}

/** The path over the latest steps only, without gaps. */
export function latestPath(history: ProbeHistory, probe: number, method: number): Path {
  return column(history, history.latest, probe, method, history.latest.length);
}

function column(history: ProbeHistory, rows: Rows, probe: number, method: number, length: number): Path {
  const values = new Float32Array(length);
  const place = probe * history.methods + method;
  for (let row = 0; row < length; row++) values[row] = rows.values[row * rows.width + place] ?? NaN;
  return { steps: rows.steps.slice(0, length), values };
}

function joined<T extends Float32Array | Float64Array>(type: new (length: number) => T, a: T, b: T): T {
  const all = new type(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}

/** The history of other weights; those that it has already keep their values. */
function withProbes(history: ProbeHistory, probed: readonly Probe[]): ProbeHistory {
  const { methods } = history;
  const before = probed.map((probe) => history.probed.findIndex((old) => sameWeight(old, probe)));
  if (before.every((place) => place < 0)) return emptyProbes(probed, methods);
  const from = (column: number): number | undefined => {
    const place = before[Math.floor(column / methods)] ?? -1;
    return place < 0 ? undefined : place * methods + (column % methods);
  };
  return inColumns(history, probed, methods, from);
}

/** The history for another number of methods; the added ones have no values so far. */
function withMethods(history: ProbeHistory, methods: number): ProbeHistory {
  const { probed, whole, latest } = history;
  if (methods < history.methods || whole.length + latest.length === 0) return emptyProbes(probed, methods);
  const from = (column: number): number | undefined => {
    const method = column % methods;
    return method < history.methods ? Math.floor(column / methods) * history.methods + method : undefined;
  };
  return inColumns(history, probed, methods, from);
}

/** The history in the columns of these weights and methods; `from` gives the old place of each, if it has one. */
function inColumns(
  { whole, latest }: ProbeHistory,
  probed: readonly Probe[],
  methods: number,
  from: (column: number) => number | undefined,
): ProbeHistory {
  const width = probed.length * methods;
  return {
    probed,
    methods,
    whole: rearranged(whole, width, from),
    latest: rearranged(latest, width, from),
  };
}

/** Whether two probes are of the same weight. */
export function sameWeight(a: Probe | undefined, b: Probe | undefined): boolean {
  return a !== undefined && a.tensor === b?.tensor && a.index === b.index;
}

function sameProbes(a: readonly Probe[], b: readonly Probe[]): boolean {
  return a.length === b.length && a.every((probe, k) => sameWeight(probe, b[k]));
}
