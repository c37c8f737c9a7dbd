import { html } from "../dom";
import { chapterNames } from "./table";

/** The element of the contents, then one for each chapter, which are filled when they come near. */
export function placeChapters(host: HTMLElement): void {
  host.append(
    html("nav", { class: "contents", "data-part": "chapters" }),
    ...chapterNames.map((name) =>
      html("section", {
        class: "chapter",
        id: `chapter-${name}`,
        "data-part": name,
        "aria-labelledby": `${name}-title`,
      }),
    ),
  );
}
