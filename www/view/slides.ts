import { chapterNames } from "../chapters/table";
import type { PartName } from "./parts";

/** The slides of a presentation: parts that are read together. */
export interface Slide {
  /** The part that names the slide. */
  name: PartName;
  parts: readonly PartName[];
}

export const slides: readonly Slide[] = [
  { name: "story", parts: ["story"] },
  { name: "chapters", parts: ["chapters"] },
  ...chapterNames.map((name) => ({ name, parts: [name] })),
  { name: "evidence", parts: ["evidence"] },
  { name: "accuracy", parts: ["accuracy"] },
  { name: "loss", parts: ["loss"] },
  { name: "path", parts: ["path"] },
  { name: "memory", parts: ["memory"] },
  { name: "fluctuation", parts: ["accuracy", "fluctuation"] },
  { name: "filters", parts: ["filters"] },
  { name: "predictions", parts: ["predictions"] },
  { name: "picture", parts: ["picture"] },
  { name: "speed", parts: ["speed"] },
  { name: "table", parts: ["table"] },
  { name: "calculator", parts: ["calculator"] },
  { name: "settings", parts: ["settings"] },
];
