/** The cards of the story by name, in its order: as links, lessons and presentations call them. */
export const partNames = [
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

/** The cards of a part; what each average remembers stands in two. */
export function elementsOf(name: PartName, root: ParentNode = document): HTMLElement[] {
  const names = name === "memory" ? ["memory", "averages"] : [name];
  return names.flatMap((name) => [...root.querySelectorAll<HTMLElement>(`[data-part="${name}"]`)]);
}
