import { PastRunList } from "../controls/pastruns";
import { byId } from "../dom";
import type { OpenView, Page } from "../views/page";

/** Runs: the earlier runs of this tab. */
export function open({ conductor }: Page): OpenView {
  const list = new PastRunList(byId("past-runs", HTMLElement), () => {
    conductor.forgetPastRuns();
  });
  return { parts: [list] };
}
