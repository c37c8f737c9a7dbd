import { expect, test } from "vitest";

import { chapterNames } from "../chapters/table";
import { partNames } from "./parts";
import { slides } from "./slides";
import { visible } from "./visible";

const ofLaboratory = partNames.slice(partNames.indexOf("accuracy")).filter((name) => name !== "calculator");

test("without keys a view shows all that it has", () => {
  expect(visible("laboratory", {})).toEqual({
    mode: "page",
    views: ["laboratory"],
    parts: ofLaboratory,
    frame: ["head", "run", "tools"],
    bar: "never",
    slide: 0,
  });
  expect(visible("training", {})).toMatchObject({
    parts: ["calculator"],
    frame: ["head"],
    bar: "always",
  });
  expect(visible("runs", { hide: "run" }).bar).toBe("never");
  expect(visible("story", {})).toMatchObject({
    views: ["story"],
    parts: ["story", "chapters", ...chapterNames, "evidence"],
    frame: ["head"],
    bar: "out-of-sight",
  });
});

test("hide removes parts and their frame, and ignores unknown names", () => {
  const { parts, frame } = visible("laboratory", { hide: "settings, calculator,head,nonsense" });
  expect(parts).toEqual(ofLaboratory.filter((name) => name !== "settings"));
  expect(frame).toEqual(["run", "tools"]);
  // The tools belong to the run bar.
  expect(visible("laboratory", { hide: "run" }).frame).toEqual(["head"]);
});

test("embed shows the parts it names, with the run bar unless it is hidden", () => {
  expect(visible("laboratory", { embed: "accuracy,table" })).toMatchObject({
    mode: "embed",
    views: ["laboratory"],
    parts: ["accuracy", "table"],
    frame: ["run"],
  });
  expect(visible("laboratory", { embed: "accuracy,nonsense", hide: "run" })).toMatchObject({
    parts: ["accuracy"],
    frame: [],
  });
  // A link that names nothing there is would show nothing.
  expect(visible("laboratory", { embed: "nonsense" }).mode).toBe("page");
});

test("the story has its own controls of the run, embedded and presented", () => {
  expect(visible("laboratory", { embed: "story" })).toMatchObject({
    views: ["story"],
    parts: ["story"],
    frame: [],
  });
  expect(visible("story", { present: "story" })).toMatchObject({ views: ["story"], frame: [], slide: 0 });
});

test("a chapter can be embedded and presented, by itself or next to other parts", () => {
  expect(visible("story", { embed: "beta" })).toMatchObject({ views: ["story"], parts: ["beta"], frame: [] });
  expect(visible("story", { present: "beta" })).toMatchObject({ parts: ["beta"], frame: [] });
  expect(visible("story", { embed: "accuracy", chapter: "beta" })).toMatchObject({
    views: ["story", "laboratory"],
    parts: ["accuracy", "beta"],
    frame: ["run"],
  });
});

test("links to the lessons that there were lead to the chapters", () => {
  expect(visible("laboratory", { embed: "lessons" }).parts).toEqual(["chapters"]);
  expect(visible("laboratory", { present: "lessons" }).parts).toEqual(["chapters"]);
  expect(visible("story", { hide: "lessons" }).parts).not.toContain("chapters");
});

test("an embedding and a presentation have the views loaded that their parts are in", () => {
  expect(visible("laboratory", { embed: "calculator,loss" }).views).toEqual(["laboratory", "training"]);
  expect(visible("story", { present: "calculator" }).views).toEqual(["training"]);
});

test("a presentation shows one slide, and every part has one", () => {
  expect(visible("laboratory", { present: "memory" })).toMatchObject({
    mode: "present",
    parts: ["memory"],
    slide: slides.findIndex(({ name }) => name === "memory"),
  });
  expect(visible("laboratory", { present: "" })).toMatchObject({ mode: "present", slide: 0 });
  expect(new Set(slides.flatMap((slide) => slide.parts))).toEqual(new Set(partNames));
});
