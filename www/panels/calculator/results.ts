import { type Decay, grows, printDecay } from "../../averages/decay";
import { html, scroller } from "../../dom";
import { number, t } from "../../i18n";
import { term } from "../glossary/term";
import type { TermId } from "../glossary/terms";
import { LONGEST, SHORTEST, rounded } from "./formulas";
import { FORGOTTEN, type Plan } from "./plan";

/** Ends of the axis of horizons, as shares of the run. */
const AXIS = [0.001, 1] as const;

/** What an average does in the planned run, as sentences, a scale and a table. */
export function renderPlan(plan: Plan): HTMLElement[] {
  return [figures(plan), verdict(plan), scale(plan), rule(plan), beginnings(plan), advice(plan)];
}

function figures(plan: Plan): HTMLElement {
  const { decay, kappa, stepsPerEpoch, steps } = plan;
  const inSteps = (updates: number): string => t("calc.steps", { n: count(updates) });
  // What grows with the run is as long at its end.
  const inEpochs = (updates: number): string =>
    grows(decay)
      ? t("calc.share", { share: percent(updates / steps) })
      : t("calc.epochs", { n: count(updates / stepsPerEpoch) });
  return html(
    "dl",
    { class: "figures" },
    figure(
      "batch-scaling",
      printDecay(rounded(decay)),
      grows(decay)
        ? t("calc.any")
        : kappa === 1
          ? t("calc.same")
          : t("calc.scaled", { kappa: String(Number(kappa.toPrecision(4))) }),
      "figure-main",
    ),
    figure("half-life", inSteps(plan.halfLife), inEpochs(plan.halfLife)),
    figure("horizon", inSteps(plan.horizon), inEpochs(plan.horizon)),
    figure("step", inSteps(steps), t("calc.per-epoch", { n: count(stepsPerEpoch) }), "", "calc.length"),
    figure("variance-left", percent(plan.noise), t("calc.noise.about"), "", "calc.noise"),
  );
}

function figure(
  id: TermId,
  value: string,
  detail = "",
  className = "",
  name: Parameters<typeof term>[1] = id === "batch-scaling" ? "calc.average" : `term.${id}`,
): HTMLElement {
  return html(
    "div",
    { class: className },
    html("dt", {}, term(id, name)),
    html("dd", {}, value, ...(detail === "" ? [] : [html("small", {}, detail)])),
  );
}

function verdict({ verdict, horizon, steps }: Plan): HTMLElement {
  const share = percent(horizon / steps);
  return html(
    "p",
    { class: `verdict verdict-${verdict}`, role: "status" },
    html("strong", {}, t(`calc.verdict.${verdict}`)),
    " ",
    t(`calc.verdict.${verdict}.why`, { share }),
  );
}

/** Where the horizon stands between a thousandth of the run and all of it; the verdict says it in words. */
function scale({ horizon, steps, recommended }: Plan): HTMLElement {
  const [low, high] = AXIS;
  const place = (share: number): number =>
    Math.max(0, Math.min(1, Math.log(share / low) / Math.log(high / low)));
  const bar = html(
    "div",
    { class: "calc-bar" },
    html("span", { class: "calc-band" }),
    html("span", { class: "calc-mark" }),
  );
  bar.style.setProperty("--from", String(place(SHORTEST)));
  bar.style.setProperty("--to", String(place(LONGEST)));
  bar.style.setProperty("--at", String(place(horizon / steps)));
  const text = (decay: Decay): string => printDecay(rounded(decay, 2));
  const ticks = [low, SHORTEST, LONGEST, high].map((share) => {
    const tick = html("span", {}, `${String(100 * share)}\u00a0%`);
    tick.style.setProperty("--at", String(place(share)));
    return tick;
  });
  return html(
    "div",
    { class: "calc-scale" },
    html("div", { "aria-hidden": "true" }, bar, html("div", { class: "calc-ticks" }, ...ticks)),
    ...(recommended === undefined
      ? []
      : [
          html(
            "p",
            { class: "calc-range" },
            t("calc.range", {
              steps: number(steps),
              low: text(recommended.low),
              high: text(recommended.high),
              middle: text(recommended.middle),
            }),
          ),
        ]),
  );
}

function rule({ steps }: Plan): HTMLElement {
  const shortest = Math.max(1, SHORTEST * steps);
  // (1−β)/(1+β) at β = 1 − 1/h is 1/(2h − 1).
  const noise = percent(Math.sqrt(1 / (2 * shortest - 1)));
  return html(
    "details",
    { class: "calc-rule" },
    html("summary", {}, t("calc.rule")),
    html("p", {}, t("calc.rule.long")),
    html("p", {}, t("calc.rule.short", { steps: number(steps), noise })),
    html("p", {}, t("calc.rule.measured")),
    html("p", {}, t("calc.rule.elsewhere")),
    html("p", {}, t("calc.rule.batch")),
  );
}

function beginnings(plan: Plan): HTMLElement {
  const title = t("calc.beginnings", { steps: number(plan.steps) });
  const table = html(
    "table",
    { class: "calc-table" },
    html("caption", {}, title),
    html(
      "thead",
      {},
      html(
        "tr",
        {},
        html("th", { scope: "col" }, term("warm-up", "calc.warmup")),
        html("th", { scope: "col" }, term("initial-share", "calc.left.initial")),
        html("th", { scope: "col" }, t("calc.left.tenth")),
        html("th", { scope: "col" }, t("calc.reaches")),
      ),
    ),
    html(
      "tbody",
      {},
      ...plan.beginnings.map(({ warmup, initial, firstTenth, reaches }) =>
        html(
          "tr",
          {},
          html("th", { scope: "row" }, t(`calc.warmup.${warmup}`)),
          html("td", {}, percent(initial)),
          html("td", {}, percent(firstTenth)),
          html("td", {}, arrival(reaches, plan.steps)),
        ),
      ),
    ),
  );
  return scroller(title, table);
}

/** The step from which β is in force. */
function arrival(reaches: number | undefined, steps: number): string {
  if (reaches === undefined) return "–";
  return reaches > steps ? t("calc.reaches.never") : number(reaches);
}

function advice({ beginnings, steps, verdict, forgets }: Plan): HTMLElement {
  const initial = beginnings.find(({ warmup }) => warmup === "none")?.initial ?? 0;
  const share = percent(initial);
  const sentences = [
    forgets === undefined
      ? t("calc.advice.grows", { share })
      : initial < FORGOTTEN
        ? t("calc.advice.none", { share, forgets: number(Math.min(forgets, steps)) })
        : t("calc.advice.corrected", { share }),
  ];
  if (verdict === "long") sentences.push(t(forgets === undefined ? "calc.advice.later" : "calc.advice.long"));
  return html("p", { class: "calc-advice" }, html("strong", {}, t("calc.advice")), " ", sentences.join(" "));
}

/** A share, as a percentage with the digits that say something. */
function percent(share: number): string {
  const value = 100 * share;
  if (value === 0) return "0\u00a0%";
  if (value < 0.01) return `<\u00a0${number(0.01, 2)}\u00a0%`;
  return `${number(value, value < 0.1 ? 2 : value < 9.95 ? 1 : 0)}\u00a0%`;
}

/** A number of steps or epochs, which may be below one. */
function count(value: number): string {
  return number(value, Number.isInteger(value) || value >= 100 ? 0 : value >= 1 ? 1 : 2);
}
