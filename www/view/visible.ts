import type { ViewKeys } from "./keys";
import { type PartName, isPartName, partNames } from "./parts";
import { slides } from "./slides";

/** The elements around the parts, which can be hidden by name too. */
export const frameNames = ["head", "strip", "run", "tools"] as const;
type FrameName = (typeof frameNames)[number];

/** The visible parts of the page. */
export interface Visible {
  mode: "page" | "embed" | "present";
  parts: readonly PartName[];
  frame: readonly FrameName[];
  /** The index of the presentation's slide. */
  slide: number;
}

function names(text: string | undefined): string[] {
  return (text ?? "").split(",").map((name) => name.trim());
}

/** The parts visible with these keys in the address; unknown names are ignored. */
export function visible({ embed, hide, present }: ViewKeys): Visible {
  const hidden = names(hide);
  const isSeen = (name: string): boolean => !hidden.includes(name);
  // The tools are the run bar's second row.
  const frameOf = (...names: FrameName[]): FrameName[] =>
    names.filter((name) => isSeen(name) && (name !== "tools" || isSeen("run")));
  const wanted = names(embed).filter(isPartName);
  if (embed !== undefined && wanted.length > 0) {
    return { mode: "embed", parts: wanted.filter(isSeen), frame: frameOf("run"), slide: 0 };
  }
  if (present !== undefined) {
    const found = slides.findIndex((slide) => slide.name === present);
    const slide = Math.max(0, found);
    const parts = slides[slide]?.parts ?? [];
    return { mode: "present", parts, frame: frameOf("run", "tools"), slide };
  }
  return {
    mode: "page",
    parts: partNames.filter(isSeen),
    frame: frameOf(...frameNames),
    slide: 0,
  };
}
