/** The keys that decide what the page shows and what computes; all others are settings. */
export const viewKeys = ["chapter", "compute", "embed", "hide", "present", "view"] as const;
export type ViewKey = (typeof viewKeys)[number];
export type ViewKeys = Partial<Record<ViewKey, string>>;
