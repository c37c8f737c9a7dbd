/** Sentences of the filters, the predictions, the calculator and the glossary. */
export const en = {};

export const zh: Record<keyof typeof en, string> = {};
