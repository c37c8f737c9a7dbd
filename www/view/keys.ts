/** The keys that decide which parts of the page are shown, and how; all others are settings. */
export const viewKeys = ["embed", "hide", "lesson", "present"] as const;
export type ViewKey = (typeof viewKeys)[number];
export type ViewKeys = Partial<Record<ViewKey, string>>;
