import { byId } from "../dom";
import type { OpenView, Page } from "../views/page";
import "./below.css";
import "./style.css";
import { Runs } from "./view";

/** Runs: all runs of this browser, to compare, to open again and to take along; and those of a class together. */
export function open(page: Page): OpenView {
  const runs = new Runs(byId("runs", HTMLElement), page);
  return { parts: [runs], dropped: (files) => runs.dropped(files) };
}
