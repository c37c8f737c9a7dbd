import { recall, remember } from "../storage";
import type { Mark } from "./mark";
import type { ChapterName } from "./table";

const STORED = "emascope.chapters";
/** The version of the stored format; other versions are not read. */
const VERSION = 1;

/** A prediction and what came of it. */
export interface Outcome {
  mark: Mark;
  answer: Mark;
  /** Of the run, where there was one. */
  seed?: number;
}

type Outcomes = Partial<Record<ChapterName, Outcome>>;

/** The reader's latest prediction in each chapter, stored in the browser if it allows that. */
export class PastPredictions {
  #outcomes: Outcomes = read();

  of(chapter: ChapterName): Outcome | undefined {
    return this.#outcomes[chapter];
  }

  keep(chapter: ChapterName, outcome: Outcome): void {
    this.#outcomes = { ...this.#outcomes, [chapter]: outcome };
    remember(STORED, JSON.stringify({ version: VERSION, outcomes: this.#outcomes }));
  }
}

function read(): Outcomes {
  try {
    const stored: unknown = JSON.parse(recall(STORED) ?? "null");
    if (typeof stored !== "object" || stored === null) return {};
    const { version, outcomes } = stored as { version?: unknown; outcomes?: Outcomes };
    return version === VERSION && outcomes !== undefined ? outcomes : {};
  } catch {
    return {};
  }
}
