import { html } from "lit-html";

import { number } from "../i18n";
import { rounded } from "../averages/scale";
import type { Shown, Tested } from "./run";
import { unbroken } from "../words";
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
      const [before, after] = unbroken(text).split("\u0000");
      return html`${before}<b>${t("verdict.average", { m: number(rounded(memory)) })}</b>${after}`;
    }
  }
}

/** Names the average whose accuracy is shown, unless it is plainly the one on the slider. */
export function nearestText(
  { averages, recorded }: Shown,
  memory: number,
  tested: Tested | undefined,
): string {
  if (tested === undefined) return "";
  const same = rounded(tested.memory) === rounded(memory);
  const plain = averages.length === 0 || tested.start === "bias-corrected";
  if (same && plain && tested.from === 0) return "";
  const m = number(rounded(tested.memory));
  const named = t(`average.${tested.start}`, { m });
  const since = tested.from > 0 && !recorded;
  return ` · ${t("nearest", { average: since ? t("average.from", { average: named, from: number(tested.from) }) : named })}`;
}

/** Whose run is shown, and how far it is. */
export function tagText({ recorded, stage, step, total }: Shown, wide: boolean, plays: boolean): string {
  // A recording that plays is nothing that Start would replace.
  if (recorded) return t(wide && !plays ? "tag.recorded" : "tag.recorded.short");
  const values = { step: number(step), total: number(total) };
  if (!wide) return t("tag.short", values);
  return t(stage === "ended" ? "tag.ended" : stage === "paused" ? "tag.paused" : "tag.running", values);
}
