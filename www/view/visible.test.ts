import { expect, test } from "vitest";

import { partNames } from "./parts";
import { slides } from "./slides";
import { visible } from "./visible";

test("without keys the whole page is shown", () => {
  expect(visible({})).toEqual({
    mode: "page",
    parts: [...partNames],
    frame: ["head", "strip", "run", "tools"],
    slide: 0,
  });
});

test("hide removes parts and their frame, and ignores unknown names", () => {
  const { parts, frame } = visible({ hide: "settings, calculator,head,nonsense" });
  expect(parts).toEqual(partNames.filter((name) => name !== "settings" && name !== "calculator"));
  expect(frame).toEqual(["strip", "run", "tools"]);
  // The tools belong to the run bar.
  expect(visible({ hide: "run" }).frame).toEqual(["head", "strip"]);
});

test("embed shows the parts it names, with the run bar unless it is hidden", () => {
  expect(visible({ embed: "accuracy,table" })).toMatchObject({
    mode: "embed",
    parts: ["accuracy", "table"],
    frame: ["run"],
  });
  expect(visible({ embed: "accuracy,nonsense", hide: "run" })).toMatchObject({
    parts: ["accuracy"],
    frame: [],
  });
  // A link that names nothing there is would show nothing.
  expect(visible({ embed: "nonsense" }).mode).toBe("page");
});

test("a presentation shows one slide, and every part but the lesson has one", () => {
  expect(visible({ present: "memory" })).toMatchObject({ mode: "present", parts: ["memory"], slide: 3 });
  expect(visible({ present: "" })).toMatchObject({ mode: "present", slide: 0 });
  expect(new Set(slides.flatMap((slide) => slide.parts))).toEqual(new Set(partNames));
});
