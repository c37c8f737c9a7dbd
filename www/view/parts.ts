import { chapterNames, chapterTitle, isChapter } from "../chapters/table";
import { t } from "../i18n";

/** The parts of the page in their order, by the names that links and presentations use. */
export const partNames = [
  "story",
  "chapters",
  ...chapterNames,
  "evidence",
  "accuracy",
  "loss",
  "path",
  "memory",
  "fluctuation",
  "filters",
  "predictions",
  "picture",
  "speed",
  "table",
  "calculator",
  "settings",
] as const;

export type PartName = (typeof partNames)[number];

/** What a part is called in the reader's language. */
export function partTitle(name: PartName): string {
  return isChapter(name) ? chapterTitle(name) : t(`part.${name}`);
}

/** A part that older links name, and what is in its place. */
const renamed: Record<string, PartName> = { lessons: "chapters" };
export const oldParts = Object.keys(renamed);

/** A part's name, for one that an older link may have. */
export function partNamed(name: string): string {
  return renamed[name] ?? name;
}

export function isPartName(name: string): name is PartName {
  return (partNames as readonly string[]).includes(name);
}

/** The elements of a part; one part has two. */
export function elementsOf(name: PartName, root: ParentNode = document): HTMLElement[] {
  const names = name === "memory" ? ["memory", "averages"] : [name];
  return names.flatMap((name) => [...root.querySelectorAll<HTMLElement>(`[data-part="${name}"]`)]);
}
