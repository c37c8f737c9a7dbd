import { type Language, language } from "../i18n";
import type { Chapter } from "./chapter";

interface Row {
  /** Its name in contents, slides and the dialog of links. */
  name: Record<Language, string>;
  load(): Promise<Chapter>;
}

/** The chapters of the story in their order, by the names that the address has for them. Each is loaded when it comes near. */
export const table = {
  shake: {
    name: { en: "Why weights shake", zh: "权重为什么会晃" },
    load: async () => (await import("./list/shake")).shake,
  },
  remember: {
    name: { en: "What β remembers", zh: "β 记得什么" },
    load: async () => (await import("./list/remember")).remember,
  },
  noise: {
    name: { en: "Calm", zh: "镇定" },
    load: async () => (await import("./list/noise")).noise,
  },
  outlier: {
    name: { en: "A bad batch", zh: "坏批次" },
    load: async () => (await import("./list/outlier")).outlier,
  },
  beta: {
    name: { en: "Too long a memory", zh: "太长的记忆" },
    load: async () => (await import("./list/beta")).beta,
  },
  decay: {
    name: { en: "Decay or average", zh: "衰减还是平均" },
    load: async () => (await import("./list/decay")).decay,
  },
  branch: {
    name: { en: "Seeing through a constant rate", zh: "看穿恒定的学习率" },
    load: async () => (await import("./list/branch")).branch,
  },
  labels: {
    name: { en: "Wrong labels", zh: "错标签" },
    load: async () => (await import("./list/labels")).labels,
  },
  buffers: {
    name: { en: "Batch norm’s statistics", zh: "批归一化的统计量" },
    load: async () => (await import("./list/buffers")).buffers,
  },
  batch: {
    name: { en: "Batch size", zh: "批大小" },
    load: async () => (await import("./list/batch")).batch,
  },
} satisfies Record<string, Row>;

export type ChapterName = keyof typeof table;

export const chapterNames = Object.keys(table) as ChapterName[];

export function isChapter(name: string): name is ChapterName {
  return Object.hasOwn(table, name);
}

/** The chapter's name in the reader's language. */
export function chapterTitle(name: ChapterName): string {
  const row: Row = table[name];
  return row.name[language()];
}

export function loadChapter(name: ChapterName): Promise<Chapter> {
  const row: Row = table[name];
  return row.load();
}
