/** A file of the built page. */
export interface PageFile {
  /** Relative to the page's folder; empty for the page itself. */
  path: string;
  /** Its digest, for `fetch` to check. */
  integrity: string;
  /** Cached only once the page fetches it. */
  seldom: boolean;
}
