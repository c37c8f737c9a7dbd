import recorded from "virtual:recorded-run";

import type { Excerpt } from "./recorded";

/** The recorded run, as it was cut out of the recording when the page was built. */
export function recordedExcerpt(): Excerpt {
  return JSON.parse(recorded) as Excerpt;
}
