/** The views of the page in the order of the head, by the names that the address has for them. */
export const viewNames = ["story", "laboratory", "runs", "training"] as const;
export type ViewName = (typeof viewNames)[number];
