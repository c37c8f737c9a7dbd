import { type TemplateResult, nothing, svg } from "lit-html";

import { ZONE } from "../../averages/scale";
import { withMemory } from "../../averages/spec";
import { memoryColour } from "../../charts/ramp";
import { number } from "../../i18n";
import { kingma, morales } from "../../papers";
import type { Chapter, Seen } from "../chapter";
import { type Scored, differenceOf, scoreOf } from "../measures";
import { type Place, guessing, label, percentAxis, percentText, share } from "../plot";
import { compared, gapSentence } from "../sentences";
import { t as shared } from "../words";
import { t } from "./beta.words";

/** The memories of the averages, in a shorter run and in a longer one; the last is the whole run. */
const MEMORIES = { short: [3, 10, 30, 100, 300], long: [3, 10, 50, 200, 780] } as const;
/** How many of the longest have a twin with a plain start. */
const PLAIN = 3;
/** The average over the whole run, among the methods. */
const WHOLE = 5;

const SETTINGS = {
  short: { batch: 32, eval_every: 150, limit_test: 1000 },
  long: { batch: 64, eval_every: 195, limit_test: 1000 },
} as const;

const wholeOf = ({ length }: Pick<Seen, "length">): number => MEMORIES[length].at(-1) ?? 1;

interface Point extends Scored {
  memory: number;
  right: number;
}

/** The raw network, whose memory is one step, and the averages; those with a plain start by themselves. */
function pointsOf({ results, length }: Seen): { hill: Point[]; plain: Point[] } {
  const [result] = results;
  if (result === undefined || result.points.length === 0) return { hill: [], plain: [] };
  const memories = MEMORIES[length];
  const point = (memory: number, method: number): Point => {
    const scored = { result, method };
    return { ...scored, memory, right: scoreOf(scored) };
  };
  return {
    hill: [1, ...memories].map(point),
    plain: memories.slice(-PLAIN).map((memory, k) => point(memory, 1 + memories.length + k)),
  };
}

/** The best average of the hill. */
const bestOf = ([, ...averages]: readonly Point[]): Point | undefined =>
  averages.reduce<Point | undefined>(
    (best, one) => (one.right > (best?.right ?? -1) ? one : best),
    undefined,
  );

export const beta: Chapter = {
  t,
  sources: [{ ...kingma, title: `${kingma.title} (section 3: bias correction)` }, morales],
  asks: "before",
  knob: {
    label: () => t("start"),
    values: [0, 1],
    start: 0,
    text: (plain) => t(plain === 1 ? "start.plain" : "start.corrected"),
    when: "done",
  },

  runs(length) {
    const memories = MEMORIES[length];
    const ema = [
      ...memories.map((memory) => withMemory(memory)),
      ...memories.slice(-PLAIN).map((memory) => withMemory(memory, "none")),
    ];
    const steps = wholeOf({ length });
    return [{ name: "only", settings: { ...SETTINGS[length], steps, eval_early: false, ema } }];
  },

  facts: (seen) => ({ steps: number(wholeOf(seen)) }),

  plot(seen) {
    const whole = wholeOf(seen);
    return {
      right: 150,
      x: {
        from: 1,
        to: whole,
        log: true,
        title: t("memory"),
        ticks: [
          { at: 1, text: t("step") },
          ...[3, 10, 30, 100].map((at) => ({ at, text: number(at), minor: at !== 10 })),
          { at: whole, text: t("whole") },
        ],
      },
      y: percentAxis(),
    };
  },

  draw(seen, place) {
    const { hill, plain } = pointsOf(seen);
    const [from, to] = ZONE.map((share) => place.x(share * wholeOf(seen))) as [number, number];
    return svg`<rect class="zone" x=${from} width=${to - from} y=${place.top} height=${place.bottom - place.top} />
      <text class="zone-name" x=${(from + to) / 2} y=${place.bottom - 8} text-anchor="middle">${t("zone")}</text>
      ${guessing(seen.results[0]?.classes ?? 10, place)}
      ${hill.length === 0 ? nothing : hillOf(hill, place)}
      ${seen.done && seen.knob === 1 ? plainOf(plain, place) : nothing}
      ${seen.done ? names(hill, place) : nothing}`;
  },

  mark: (seen) => ({ columns: [wholeOf(seen)], step: { y: 1 } }),
  value: ({ y }) => `${number(y)}%`,

  answer(seen) {
    const whole = pointsOf(seen).hill[WHOLE];
    return whole === undefined ? undefined : { x: whole.memory, y: whole.right };
  },

  verdict(seen, answer) {
    const { hill, plain } = pointsOf(seen);
    const [raw, ...averages] = hill;
    const whole = hill[WHOLE];
    const best = bestOf(hill);
    if (raw === undefined || whole === undefined || best === undefined) return [];
    const n = whole.result.testImages;
    const named = (point: Point) => ({
      ...point,
      name:
        point === raw
          ? shared("name.raw")
          : point === whole
            ? t("name.whole")
            : shared("name.average", { m: number(point.memory) }),
    });
    const last = plain.at(-1);
    const left = last?.result.averages[last.method - 1]?.initial_share;
    return [
      ...gapSentence(seen.mark?.y, answer.y, n),
      best === whole ? compared(named(whole), named(raw)) : compared(named(best), named(whole)),
      topOf(averages, best),
      ...(best === whole ? [] : [compared(named(best), named(raw))]),
      ...(seen.knob === 1 && last !== undefined && left !== undefined
        ? [t("plain.said", { right: percentText(last.right, n), share: `${number(100 * left)}%` })]
        : []),
    ];
  },
};

/** How sure the best memory is: alone, one of a stretch that is flat, or undecided. */
function topOf(averages: readonly Point[], best: Point): string {
  const level = averages.map((one) => one === best || !differenceOf(best, one).clear);
  const at = averages.indexOf(best);
  const from = level.lastIndexOf(false, at) + 1;
  const after = level.indexOf(false, at);
  const flat = averages.slice(from, after < 0 ? undefined : after);
  if (level.filter(Boolean).length === 1) return t("best.clear", { m: number(best.memory) });
  if (flat.length === 1 || flat.length === averages.length) return t("best.any");
  const [shortest, longest] = [flat[0], flat.at(-1)].map((one) => number(one?.memory ?? NaN));
  return t("best.close", { from: shortest ?? "", to: longest ?? "" });
}

/** Accuracy against memory: grey for the raw network, the averages in the colours of their memories. */
function hillOf(hill: readonly Point[], place: Place): TemplateResult {
  const points = hill.map(({ memory, right }) => `${place.x(memory)} ${place.y(right)}`);
  return svg`<path class="hill" d=${`M${points.join("L")}`} />
    ${hill.map(({ memory, right, result }, k) =>
      share(
        { x: memory, percent: right, pictures: result.testImages },
        place,
        k === 0 ? "var(--raw)" : memoryColour(memory),
      ),
    )}`;
}

function plainOf(plain: readonly Point[], place: Place): TemplateResult {
  const [first] = plain;
  return svg`${plain.map(
    ({ memory, right }) => svg`<rect class="square" .style=${`--line: ${memoryColour(memory)}`}
      x=${place.x(memory) - 5} y=${place.y(right) - 5} width="10" height="10" />`,
  )}
  ${first === undefined ? nothing : label(t("plain"), place.x(first.memory) - 14, place.y(first.right) + 20, "end")}`;
}

/** What the raw network, the best average and that of the whole run got right. */
function names(hill: readonly Point[], place: Place): TemplateResult[] {
  const [raw] = hill;
  const whole = hill[WHOLE];
  const best = bestOf(hill);
  if (raw === undefined || whole === undefined || best === undefined) return [];
  const text = ({ right, result }: Point): string => percentText(right, result.testImages);
  return [
    label(shared("raw.value", { value: text(raw) }), place.x(1) + 12, place.y(raw.right) + 24),
    ...(best === whole ? [] : [label(text(best), place.x(best.memory), place.y(best.right) - 36, "middle")]),
    place.wide
      ? label(text(whole), place.x(whole.memory) + 14, place.y(whole.right) + 5)
      : label(text(whole), place.x(whole.memory) - 12, place.y(whole.right) + 24, "end"),
  ];
}
