import recorded from "virtual:recorded-run";

import { byId } from "../dom";
import type { OpenView, Page } from "../views/page";
import "./style.css";
import "./figure.css";
import "./slider.css";
// After the rules that it changes.
import "./sizes.css";
import type { Excerpt } from "./recorded";
import { Story } from "./view";

/** The story: its first screen. */
export function open(page: Page): OpenView {
  const excerpt = JSON.parse(recorded) as Excerpt;
  return { parts: [new Story(byId("story", HTMLElement), page, excerpt)] };
}
