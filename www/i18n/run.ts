/** Sentences of the run bar, settings, saving and recovery. */
export const en = {};

export const zh: Record<keyof typeof en, string> = {};
