import { nearChapters } from "../chapters/near";
import { byId } from "../dom";
import type { ViewName } from "./names";
import { Near } from "./near";
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
      const evidence = byId("evidence", HTMLElement);
      return {
        parts: [
          ...parts,
          nearChapters(byId("chapters", HTMLElement), page),
          new Near(evidence, page, async () => new (await import("../evidence")).Evidence(evidence, page)),
        ],
      };
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
