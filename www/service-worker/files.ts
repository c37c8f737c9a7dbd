/** A file of the built page. */
export interface PageFile {
  /** Relative to the page's folder; empty for the page itself. */
  path: string;
  /** Its digest, as `fetch` checks it. */
  integrity: string;
  /** Kept when it is fetched, not before. */
  seldom: boolean;
}
