import { byId } from "../dom";
import type { OpenView, Page } from "../views/page";
import "./style.css";
import "./figure.css";
import "./slider.css";
// After the rules that it changes.
import "./sizes.css";
import { recordedExcerpt } from "../history/excerpt";
import { Story } from "./view";

/** The story: its first screen. */
export function open(page: Page): OpenView {
  return { parts: [new Story(byId("story", HTMLElement), page, recordedExcerpt())] };
}
