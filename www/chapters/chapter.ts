import type { TemplateResult } from "lit-html";

import type { Paper } from "../papers";
import type { Words } from "../words";
import type { Mark, MarkSpec } from "./mark";
import type { Place, Plot } from "./plot";
import type { ChapterRun, Length, RunResult } from "./run";

/** The words that the frame reads of every chapter; a chapter has others of its own. Lines are paragraphs. */
export type ChapterWord =
  | "question"
  /** Before the figure. A term is written [[id|as the sentence has it]]. */
  | "text"
  /** What to mark. */
  | "ask"
  /** In the plot, next to the place where the mark goes. */
  | "touch"
  /** The figure's title where nothing is asked. */
  | "figure"
  /** After the verdict. */
  | "meaning"
  | "limits";

/** Something that the reader may set. */
export interface Knob {
  label: () => string;
  values: readonly number[];
  start: number;
  text: (value: number, length: Length) => string;
  /** Whether it is for the runs, for going on where a run waits, or for what the figure shows of the results. */
  when: "run" | "waiting" | "done";
}

/** What a chapter knows when it draws and speaks. */
export interface Seen {
  /** The measurements so far; complete if `done`. */
  results: readonly RunResult[];
  done: boolean;
  /** Of the runs whose results these are; before there are any, of those that would be next. */
  length: Length;
  /** The knob as it is, and as it was when the prediction was made. */
  knob: number;
  asked: number;
  mark: Mark | undefined;
  path: Path;
}

/** One weight after each step, of the page's run or of the recorded one. */
export interface Path {
  values: ArrayLike<number>;
  length: number;
  /** Pictures in a step. */
  batch: number;
  recorded: boolean;
}

/** A chapter of the story: one question, one figure, one knob. */
export interface Chapter {
  t: Words<ChapterWord>;
  sources: readonly Paper[];
  knob?: Knob;
  /** The runs, shorter or longer, at a value of the knob; none where the path of a weight is enough. */
  runs: (length: Length, knob: number) => readonly ChapterRun[];
  /** Whether the prediction is asked for before the first run, or where a run waits for the reader. */
  asks: "before" | "waiting";
  /** The words on the button for going on where a run waits. */
  proceed?: () => string;
  plot: (seen: Seen) => Plot;
  /** What is in the plot, besides the axes and the mark. */
  draw: (seen: Seen, place: Place) => TemplateResult;
  mark: (seen: Seen) => MarkSpec;
  /** A mark in words. */
  value: (mark: Mark, seen: Seen) => string;
  /** Where the mark would have been right; undefined where the runs cannot tell. */
  answer: (seen: Seen) => Mark | undefined;
  /** Numbers that the words name. */
  facts?: (seen: Seen) => Record<string, string>;
  /** What came of it, in sentences: first the prediction and its gap, then the comparison with its error. */
  verdict: (seen: Seen, answer: Mark) => readonly string[];
  /** What a run is called among several. */
  run?: (name: string) => string;
}
