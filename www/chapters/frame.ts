import type { Chapter, Path, Seen } from "./chapter";
import type { Progress } from "./driver";
import type { Outcome } from "./history";
import type { Length, RunResult } from "./run";
import type { ChapterName } from "./table";

/** What a chapter's buttons do to the page and its run. */
export interface Actions {
  run: (length: Length, knob: number, seed: number) => void;
  proceed: (knob: number) => void;
  pause: () => void;
  resume: () => void;
  stop: () => void;
  /** Leads to a chapter, which the address then names. */
  go: (chapter: ChapterName) => void;
  /** The prediction and what came of it, for the next visit. */
  keep: (outcome: Outcome) => void;
}

/** The page around a chapter, as far as that shows it. */
export interface Surroundings {
  /** The chapter's own runs; idle while another chapter's go on. */
  progress: Progress;
  results: readonly RunResult[];
  /** Training images per second, if measured. */
  speed: number | undefined;
  /** Whether there is no graphics card. */
  software: boolean;
  /** The number of images on which a test recomputes batch norm's statistics; undefined until the module has loaded. */
  recompute: number | undefined;
  /** A run would end another one that goes on or waits. */
  replaces: boolean;
  /** The page plays a recorded run and cannot train. */
  recorded: boolean;
  /** Whether this is the chapter that the reader is at: its button is the page's primary one. */
  current: boolean;
  number: number;
  of: number;
  next: { name: ChapterName; question: string } | undefined;
  earlier: Outcome | undefined;
  path: Path;
}

/** A chapter as it is shown now. */
export interface Shown {
  id: ChapterName;
  chapter: Chapter;
  around: Surroundings;
  seen: Seen;
  /** Whether the mark can be placed now. */
  asks: boolean;
  /** Whether the chapter trains nothing, and looks at the path of a weight. */
  measures: boolean;
}
