import type { ChapterName } from "../chapters/table";
import type { Conductor } from "../conductor";
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
  /** Says whether a part of the story with controls of the run is in sight; where none is, the compact bar has them. */
  inSight(part: "story" | "chapters", seen: boolean): void;
  /** Says whether the reader is at a chapter, which has a primary button of its own. */
  atChapter(at: boolean): void;
  /** Leads to a chapter of the story, in the page or in what a link shows of it. */
  chapter(name: ChapterName): void;
  /** Says that something could not be loaded. */
  notLoaded(): void;
}

/** A view that is open: the parts that render the run. */
export interface OpenView {
  parts: Part[];
  /** Takes files that are dropped while it is shown; whether it did. */
  dropped?(files: readonly File[]): boolean;
  /** The data of the accuracy chart, for tests. */
  chart?(): readonly ArrayLike<number | null | undefined>[];
}
