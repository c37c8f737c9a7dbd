import { byId } from "../dom";
import type { OpenView, Page } from "../views/page";
import "./style.css";
import { Runs } from "./view";

/** Runs: all runs of this browser, to compare, to open again and to take along. */
export function open(page: Page): OpenView {
  return { parts: [new Runs(byId("runs", HTMLElement), page)] };
}
