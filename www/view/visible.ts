import { chapterNames, isChapter } from "../chapters/table";
import type { ViewKeys } from "./keys";
import { type PartName, isPartName, partNamed, partNames } from "./parts";
import { type ViewName, viewNames } from "../views/names";
import { slides } from "./slides";

const story: readonly PartName[] = ["story", "chapters", ...chapterNames, "evidence"];

/** The parts of each view. */
const partsOf: Record<ViewName, readonly PartName[]> = {
  story,
  laboratory: partNames.filter((name) => !story.includes(name) && name !== "calculator"),
  runs: [],
  training: ["calculator"],
};

/** The elements around the parts, which can be hidden by name too. */
export const frameNames = ["head", "run", "tools"] as const;
type FrameName = (typeof frameNames)[number];

/** The visible parts of the page. */
export interface Visible {
  mode: "page" | "embed" | "present";
  /** The views that have to be there. */
  views: readonly ViewName[];
  parts: readonly PartName[];
  frame: readonly FrameName[];
  /** When the compact run bar is shown: always, where the story's controls are out of sight, or never. */
  bar: "always" | "out-of-sight" | "never";
  /** The index of the presentation's slide. */
  slide: number;
}

function names(text: string | undefined): string[] {
  return (text ?? "").split(",").map((name) => partNamed(name.trim()));
}

/** The story and its chapters start and pause the run by themselves. */
function hasOwnControls(parts: readonly PartName[]): boolean {
  return parts.length > 0 && parts.every((part) => story.includes(part));
}

/** The parts visible in a view with these keys in the address; unknown names are ignored. */
export function visible(view: ViewName, { chapter, embed, hide, present }: ViewKeys): Visible {
  const viewsWith = (parts: readonly PartName[]): ViewName[] =>
    viewNames.filter((name) => partsOf[name].some((part) => parts.includes(part)));
  const hidden = names(hide);
  const isSeen = (name: string): boolean => !hidden.includes(name);
  // The tools are the run bar's second row.
  const frameOf = (...names: FrameName[]): FrameName[] =>
    names.filter((name) => isSeen(name) && (name !== "tools" || isSeen("run")));
  const wanted = names(embed).filter(isPartName);
  if (embed !== undefined && wanted.length > 0) {
    const parts = [...new Set([...wanted, ...names(chapter).filter(isChapter)])].filter(isSeen);
    const frame = hasOwnControls(parts) ? [] : frameOf("run");
    return { mode: "embed", views: viewsWith(parts), parts, frame, bar: "never", slide: 0 };
  }
  if (present !== undefined) {
    const found = slides.findIndex((slide) => slide.name === partNamed(present));
    const slide = Math.max(0, found);
    const parts = slides[slide]?.parts ?? [];
    const frame = hasOwnControls(parts) ? [] : frameOf("run", "tools");
    return { mode: "present", views: viewsWith(parts), parts, frame, bar: "never", slide };
  }
  return {
    mode: "page",
    views: [view],
    parts: partsOf[view].filter(isSeen),
    // The laboratory has a run bar of its own, with more on it.
    frame: view === "laboratory" ? frameOf(...frameNames) : frameOf("head"),
    bar: view === "laboratory" || !isSeen("run") ? "never" : view === "story" ? "out-of-sight" : "always",
    slide: 0,
  };
}
