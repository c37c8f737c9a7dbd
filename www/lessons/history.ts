import { recall, remember } from "../storage";
import type { LessonId, Prediction, Verdict } from "./lesson";

const STORED = "emascope.lessons";
/** The version of the stored format; other versions are not read. */
const VERSION = 1;
/** The number of outcomes kept per lesson; older ones are dropped. */
const KEPT = 8;

/** A prediction and its result. */
export interface Outcome {
  prediction: Prediction;
  dial: number;
  seed: number;
  /** The data set, and the number of test images. */
  data: { name: string; synthetic: boolean; test: number };
  verdict: Verdict;
}

type Outcomes = Partial<Record<LessonId, Outcome[]>>;

/** The reader's predictions and their outcomes, stored in the browser if it allows that. */
export class LessonHistory {
  #outcomes: Outcomes = read();

  of(lesson: LessonId): readonly Outcome[] {
    return this.#outcomes[lesson] ?? [];
  }

  add(lesson: LessonId, outcome: Outcome): void {
    this.#outcomes = { ...this.#outcomes, [lesson]: [...this.of(lesson), outcome].slice(-KEPT) };
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
