/** The parts of the page in their order, by the names that links, lessons and presentations use. */
export const partNames = [
  "story",
  "accuracy",
  "loss",
  "path",
  "memory",
  "fluctuation",
  "filters",
  "predictions",
  "table",
  "lessons",
  "calculator",
  "settings",
] as const;

export type PartName = (typeof partNames)[number];

export function isPartName(name: string): name is PartName {
  return (partNames as readonly string[]).includes(name);
}

/** The elements of a part; one part has two. */
export function elementsOf(name: PartName, root: ParentNode = document): HTMLElement[] {
  const names = name === "memory" ? ["memory", "averages"] : [name];
  return names.flatMap((name) => [...root.querySelectorAll<HTMLElement>(`[data-part="${name}"]`)]);
}
