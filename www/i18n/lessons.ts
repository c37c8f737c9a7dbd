/** Sentences of the lessons, and of the page's frame. */
export const en = {
  "page.skip": "Skip to the charts",

  "lessons.strip": "Lessons",
};

export const zh: Record<keyof typeof en, string> = {
  "page.skip": "跳到图表",

  "lessons.strip": "课程",
};
