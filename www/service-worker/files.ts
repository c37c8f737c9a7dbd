import type { Build } from "../builds";

/** A file of the built page. */
export interface PageFile {
  /** Relative to the page's folder; empty for the page itself. */
  path: string;
  /** Its digest, for `fetch` to check. */
  integrity: string;
  /** Cached only once the page fetches it. */
  seldom: boolean;
  /** A build of the engine's module: only those that this browser runs are cached. */
  build?: Build;
}
