import { type Language, language } from "../i18n";

/**
 * The chapters of the story in their order: by the names that the address has for them, those in contents, slides and the dialog of
 * links. The page begins with these; the rest of a chapter is in `list/`.
 */
export const table = {
  shake: { en: "Why weights shake", zh: "权重为什么会晃" },
  remember: { en: "What β remembers", zh: "β 记得什么" },
  noise: { en: "A steadier network", zh: "更安稳的网络" },
  outlier: { en: "A bad batch", zh: "坏批次" },
  beta: { en: "Too long a memory", zh: "记忆太长" },
  decay: { en: "Decay or average", zh: "衰减还是平均" },
  branch: { en: "Seeing through a constant rate", zh: "看穿恒定的学习率" },
  labels: { en: "Wrong labels", zh: "错标签" },
  buffers: { en: "Batch norm’s statistics", zh: "批归一化的统计量" },
  batch: { en: "Batch size", zh: "批大小" },
} satisfies Record<string, Record<Language, string>>;

export type ChapterName = keyof typeof table;

export const chapterNames = Object.keys(table) as ChapterName[];

export function isChapter(name: string): name is ChapterName {
  return Object.hasOwn(table, name);
}

/** The chapter's name in the reader's language. */
export function chapterTitle(name: ChapterName): string {
  return table[name][language()];
}
