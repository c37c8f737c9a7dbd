import { html } from "lit-html";

import { number } from "../i18n";
import { rounded } from "../averages/scale";
import type { Shown } from "./run";
import type { Verdict } from "./verdict";
import { t } from "./words";

/** A verdict in words, the average's name in its colour. */
export function sentence(verdict: Verdict, { recorded, firstTest }: Shown, wide: boolean): unknown {
  switch (verdict.kind) {
    case "waiting":
      return firstTest === undefined
        ? t("verdict.waiting.soon")
        : t("verdict.waiting", { t: number(firstTest) });
    case "raw":
      return t("verdict.raw");
    case "blow":
      return t(verdict.more ? "verdict.blow.more" : "verdict.blow", { x: verdict.raw, y: verdict.average });
    case "early":
    case "close":
    case "ahead":
    case "behind": {
      const { kind, memory, average, raw, difference, error, pictures } = verdict;
      const values = {
        average: "\u0000",
        the: t(recorded ? "the.recorded" : "the.live"),
        a: average,
        r: raw,
        difference,
        error,
        pictures: number(pictures),
      };
      const short = t(`short.${kind}`, values);
      const text = wide
        ? t(`verdict.${kind}`, values)
        : recorded
          ? t("short.recorded", { verdict: short })
          : short;
      const [before, after] = text.split("\u0000");
      return html`${before}<b>${t("verdict.average", { m: number(rounded(memory)) })}</b>${after}`;
    }
  }
}
