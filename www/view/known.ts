import { mostAlike } from "../alike";
import type { Adjustment } from "../engine";
import { chapterNames } from "../chapters/table";
import { computes } from "../compute";
import { type ViewKeys, type ViewKey, viewKeys } from "./keys";
import { oldParts, partNames } from "./parts";
import { viewNames } from "../views/names";
import { slides } from "./slides";
import { frameNames } from "./visible";

/** The names that are valid in each view key. */
const known: Record<ViewKey, readonly string[]> = {
  chapter: chapterNames,
  compute: computes,
  embed: [...partNames, ...oldParts],
  hide: [...partNames, ...frameNames, ...oldParts, "strip"],
  present: [...slides.map(({ name }) => name), ...oldParts],
  view: viewNames,
};

/** The names in a link's view keys that do not exist. */
export function unknownNames(view: ViewKeys): Adjustment[] {
  return viewKeys.flatMap((key) =>
    (view[key] ?? "")
      .split(",")
      .map((name) => name.trim())
      .filter((name) => name !== "" && !known[key].includes(name))
      .map((name) => unknownName(key, name, known[key])),
  );
}

/** An unknown name in a key, with the known name that was probably meant. */
export function unknownName(key: string, value: string, names: readonly string[]): Adjustment {
  const alike = mostAlike(value, names);
  return { key, value, to: null, because: "unknown-name", known: alike === undefined ? [] : [alike] };
}
