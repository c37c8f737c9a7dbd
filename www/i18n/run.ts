/** Sentences of the run bar, settings, saving and recovery. */
export const en = {
  "phase.diverged": "Diverged",
};

export const zh: Record<keyof typeof en, string> = {
  "phase.diverged": "已发散",
};
