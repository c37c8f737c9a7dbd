import { NearChapters } from "../chapters/near";
import { byId } from "../dom";
import type { ViewName } from "./names";
import type { OpenView, Page } from "./page";

/** A view of the page: how it is loaded, once it is first shown. Its name in words is in `words.ts`, by the same key. */
interface View {
  /** The id of its element. */
  host: string;
  load(page: Page): Promise<OpenView>;
}

export const views: Record<ViewName, View> = {
  story: {
    host: "story-view",
    load: async (page) => {
      const { parts } = (await import("../story")).open(page);
      return { parts: [...parts, new NearChapters(byId("chapters", HTMLElement), page)] };
    },
  },
  laboratory: {
    host: "board",
    load: async (page) => (await import("../laboratory")).open(page),
  },
  runs: {
    host: "runs",
    load: async (page) => (await import("../runs")).open(page),
  },
  training: {
    host: "training",
    load: async (page) => (await import("../training")).open(page),
  },
};
