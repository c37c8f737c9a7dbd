import { byId } from "../dom";
import type { OpenView, Page } from "../views/page";
import { OwnLog } from "./log/view";
import "./style.css";
import { Training } from "./view";

/** Your training: questions about an average of the reader's own, answered with their numbers, and a log of their own. */
export function open(page: Page): OpenView {
  const log = new OwnLog(() => {
    page.notLoaded();
  });
  const training = new Training(byId("part-calculator", HTMLElement), page, log);
  return { parts: [training], dropped: (files) => log.dropped(files) };
}
