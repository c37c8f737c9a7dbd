import type { Conductor } from "../conductor";
import type { LessonId } from "../lessons/lesson";
import type { Followed } from "../followed";
import type { Keeper } from "../kept/keeper";
import type { Part, Send } from "../part";
import type { ViewName } from "./names";

/** What a view may do with the page around it. */
export interface Page {
  conductor: Conductor;
  send: Send;
  followed: Followed;
  /** The runs of this browser. */
  kept: Keeper;
  /** Takes files that the reader chose: a checkpoint, images, or both. */
  take(files: File[]): void;
  /** Switches to a view. */
  go(view: ViewName): void;
  /** Says whether a view's own controls of the run are in sight; where they are not, the compact bar has them. */
  inSight(controls: boolean): void;
  /** Opens a lesson. */
  lesson(id: LessonId): void;
}

/** A view that is open: the parts that render the run. */
export interface OpenView {
  parts: Part[];
  /** Takes files that are dropped while it is shown; whether it did. */
  dropped?(files: readonly File[]): boolean;
  /** The data of the accuracy chart, for tests. */
  chart?(): readonly ArrayLike<number | null | undefined>[];
}
