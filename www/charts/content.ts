import type { SeriesStyle } from "./palette";

/** A series: as many values as places, the places in rising order. Not a number is a gap. */
export interface Line {
  /** The name that the legend switches on and off; stays the same when the series is renamed. */
  key: string;
  /** In the legend and the table; empty for a line that shares the switch of another. */
  name: string;
  /** At the end of the line, or where it begins; empty for none. */
  label: string;
  labelAt?: "start";
  style: SeriesStyle;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
  /** The least and the greatest of what each value stands for, drawn as a band behind the line. */
  band?: { low: ArrayLike<number>; high: ArrayLike<number> };
  /** Belongs to the axis on the right. */
  right?: boolean;
  /** Is there to be looked at: neither read, nor in the table. */
  quiet?: boolean;
  /** Single values that stand out, as dots: always, or while they are few. */
  dots?: "always" | "few";
  format(value: number): string;
}

/** A line of an earlier run: behind the others, named when the pointer is on it. */
export interface FaintLine {
  /** Is shown while the line of this key is; without one, always. */
  key: string | undefined;
  name: string;
  style: SeriesStyle;
  x: ArrayLike<number>;
  y: ArrayLike<number>;
}

type Symbol = "triangle" | "diamond" | "circle";

/** A place where something was done to the run. */
export interface ShownMark {
  x: number;
  symbol: Symbol;
  tone: "warn" | "muted" | "accent";
  /** A few words next to the symbol, if there is room. */
  label: string;
  /** The whole sentence. */
  text: string;
}

export interface Axis {
  /** Quantity and unit. */
  title: string;
  log?: boolean;
  /** The bounds shown, for values from `low` to `high` (null without any). */
  range(low: number | null, high: number | null): [number, number];
  /** Ticks as text, where the axis does not count in plain numbers. */
  ticks?(values: readonly number[]): string[];
}

/** The whole content of a chart. Created for every drawing, so language, theme and data are never stale. */
export interface Content {
  title: string;
  about: string;
  x: Axis & {
    /** How one place is called: "step 78 · epoch 1". */
    name(place: number): string;
  };
  y: Axis;
  right?: Axis;
  lines: Line[];
  faint?: FaintLine[];
  marks?: ShownMark[];
  /** The legend's text for each line while no place is read; by default its last value. */
  atRest?: "nothing";
  /** The text in the chart while there is nothing to draw. */
  empty?: { text: string; detail?: string } | undefined;
  /** The title and the conditions, for a picture that leaves the page. */
  caption: { data: string; synthetic: boolean; settings: string };
}
