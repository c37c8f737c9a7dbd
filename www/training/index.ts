import { byId } from "../dom";
import { Calculator } from "../panels/calculator/calculator";
import type { OpenView, Page } from "../views/page";

/** Your training: which average suits a training run of the reader's own. */
export function open({ send }: Page): OpenView {
  return { parts: [new Calculator(byId("part-calculator", HTMLElement), send)] };
}
