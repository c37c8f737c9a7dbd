/** What a question is answered with, in words. */

import { type Decay, decayOf, grows, printDecay, printValue } from "../averages/decay";
import { size } from "../controls/size";
import { number } from "../i18n";
import {
  averageOf,
  beginnings,
  type Beginning,
  bytes,
  catchUp,
  memoryIn,
  resumed,
  scaled,
  smallestMove,
  started,
  uniformFrom,
  which,
  worse,
  zones,
} from "./answers";
import { t as say } from "./answers.words";
import { rounded } from "./formulas";
import type { Numbers } from "./numbers";
import { t } from "./words";

export const questions = [
  "beta",
  "worse",
  "catchup",
  "accumulate",
  "gpus",
  "batch",
  "every",
  "resume",
  "half",
  "evaluate",
  "start",
] as const;
export type Question = (typeof questions)[number];

export interface Said {
  /** The answer, in a few words. */
  bold: string;
  /** What it rests on, a paragraph each. */
  more: string[];
  /** The average of the code and the bar. */
  decay: Decay;
  /** The length of the bar, in steps. */
  total: number;
  /** The memories that suit, in steps, where the question asks for them. */
  zone: readonly [number, number] | undefined;
  table: { steps: number; rows: Beginning[] } | undefined;
  /** Whether the measurements behind the rule are shown. */
  rule: boolean;
}

/** A share in percent with the digits that say something. */
export function percent(share: number): string {
  const value = 100 * share;
  if (value === 0) return t("percent", { n: "0" });
  if (value < 0.01) return `< ${t("percent", { n: number(0.01, 2) })}`;
  return t("percent", { n: number(value, value < 0.1 ? 2 : value < 9.95 ? 1 : 0) });
}

/** A number of steps: below 10 with a decimal, from 100 on with two digits. */
export function steps(value: number): string {
  const rounded = value < 100 ? Number(value.toFixed(value < 10 ? 1 : 0)) : Number(value.toPrecision(2));
  return number(rounded, Number.isInteger(rounded) ? 0 : 1);
}

/** An average by its number: "β 0.999", "power=0.05". */
export function named(decay: Decay): string {
  return decay.kind === "constant" ? `β ${printValue(rounded(decay))}` : printDecay(rounded(decay));
}

const bare = (decay: Decay): string =>
  decay.kind === "constant" ? printValue(rounded(decay)) : printDecay(rounded(decay));

export function answer(question: Question, numbers: Numbers): Said {
  const decay = started(averageOf(numbers), numbers.start);
  const common = { decay, total: numbers.steps, zone: undefined, table: undefined, rule: false };
  switch (question) {
    case "beta":
      return { ...common, ...ofBeta(numbers) };
    case "worse":
      return { ...common, ...ofWorse(numbers) };
    case "catchup":
      return { ...common, ...ofCatchUp(numbers) };
    case "accumulate": {
      const { accumulated: k, micro, constant: beta } = numbers;
      const constant = decayOf("constant", beta);
      const values = {
        images: number(k * micro),
        k: number(k),
        between: number(k - 1),
        beta: bare(constant),
        each: bare(decayOf("constant", beta ** (1 / k))),
      };
      return {
        ...common,
        decay: started(constant, numbers.start),
        bold: say("accumulate"),
        more: [say("accumulate.more", values)],
      };
    }
    case "gpus": {
      const { gpus, micro } = numbers;
      const to = scaled({ ...numbers, kind: "constant" }, gpus);
      const values = {
        scaled: bare(to),
        images: number(gpus * micro),
        micro: number(micro),
        k: number(gpus),
      };
      return {
        ...common,
        decay: started(to, numbers.start),
        bold: say("gpus", values),
        more: [say("gpus.more", values), say("gpus.sharded")],
      };
    }
    case "batch": {
      const { batch, oldBatch, kind } = numbers;
      const kappa = batch / oldBatch;
      const to = scaled(numbers, kappa);
      const values = {
        scaled: bare(to),
        average: named(to),
        kappa: number(kappa, Number.isInteger(kappa) ? 0 : 2),
      };
      const any = kind === "constant" ? "" : ".any";
      return {
        ...common,
        decay: started(to, numbers.start),
        bold: say(`batch${any}`, values),
        more: [say(`batch${any}.more`, values)],
      };
    }
    case "every": {
      const { every, constant: beta } = numbers;
      const to = rounded(decayOf("constant", beta ** every));
      const memory = 1 / (1 - beta);
      const values = {
        scaled: bare(to),
        every: number(every),
        beta: bare(decayOf("constant", beta)),
        memory: steps(memory),
        longer: steps(memory * every),
      };
      return {
        ...common,
        decay: started(to, numbers.start),
        bold: say("every", values),
        more: [say("every.more", values)],
      };
    }
    case "resume": {
      const { newest, forgotten } = resumed(numbers);
      const lost = numbers.start !== "none" || grows(decay);
      return {
        ...common,
        bold: say("resume"),
        more: [
          lost
            ? say("resume.lost", { newest: percent(newest) })
            : say("resume.none", { n: forgotten === undefined ? "∞" : steps(forgotten) }),
          say("resume.more"),
        ],
      };
    }
    case "half": {
      const { precision, constant: beta } = numbers;
      const move = smallestMove(numbers);
      const ok = precision === "fp32";
      const values = {
        rate: percent(1 - beta),
        precision: t(`choice.${precision}`),
        move: ok ? `${(100 * move).toPrecision(1)}%` : percent(move),
      };
      return {
        ...common,
        decay: started(decayOf("constant", beta), numbers.start),
        bold: say(ok ? "half.ok" : "half"),
        more: [say(ok ? "half.ok.more" : "half.more", values)],
      };
    }
    case "evaluate":
      return {
        ...common,
        bold: say("evaluate"),
        more: [say("evaluate.more", { size: size(bytes(numbers)) })],
      };
    case "start":
      return { ...common, ...ofStart(numbers) };
  }
}

function ofBeta(numbers: Numbers): Partial<Said> & Pick<Said, "bold" | "more"> {
  const { schedule, kind, start } = numbers;
  const found = which(numbers);
  const decay = started(found.decay, start);
  const values = {
    low: found.low === undefined ? "" : bare(found.low),
    high: found.high === undefined ? "" : bare(found.high),
    middle: named(found.decay),
    from: steps(found.from),
    to: steps(found.to),
    share: `${number(100 * found.zone[0], found.zone[0] < 0.01 ? 1 : 0)}–${number(100 * found.zone[1])}%`,
    begin: steps(found.begin),
    half: steps(found.halfLife),
    noise: percent(found.noise),
  };
  if (kind === "uniform")
    return { decay, bold: say("beta.uniform", values), more: [say("beta.uniform.more")], rule: true };
  const other = found.other === undefined ? [] : [named(found.other)];
  const another = schedule === "constant" ? "decays" : "constant";
  const bold =
    kind !== "constant"
      ? say("beta.kind", values)
      : values.low === values.high
        ? say("beta.one", values)
        : say("beta", values);
  return {
    decay,
    bold,
    more: [
      say(kind === "constant" ? "beta.more" : "beta.kind.more", values),
      say("beta.half", values),
      ...other.map((middle) => say(`beta.other.${another}`, { middle })),
    ],
    zone: [found.from, found.to],
    rule: true,
  };
}

function ofWorse(numbers: Numbers): Partial<Said> & Pick<Said, "bold" | "more"> {
  const { at, kind } = numbers;
  const found = worse(numbers);
  const values = {
    share: percent(found.cause === "start" ? found.initial : found.share),
    n: found.forgotten === undefined ? "" : steps(found.forgotten),
    at: number(at),
    memory: steps(found.memory),
    tenth: percent(found.tenth),
    longest: steps(found.longest),
    beta: named(decayOf("constant", Math.max(0, 1 - 1 / found.longest))),
  };
  const more =
    found.cause === "start" && found.forgotten === undefined
      ? "worse.start.never"
      : (`worse.${found.cause}.more` as const);
  return {
    bold: say(`worse.${found.cause}`, values),
    more: [say(more, values), say("worse.list")],
    total: at,
    zone: kind === "constant" ? [Math.max(1, zones.constant[0] * at), found.longest] : undefined,
    table: { steps: at, rows: found.beginnings },
  };
}

function ofCatchUp(numbers: Numbers): Pick<Said, "bold" | "more" | "table"> {
  const found = catchUp(numbers);
  const table = { steps: numbers.steps, rows: beginnings(averageOf(numbers), numbers.steps) };
  const { percent: n, thousandth } = found;
  const values = {
    n: n === undefined ? "" : steps(n),
    thousandth: thousandth === undefined ? "–" : steps(thousandth),
    memory: steps(found.memory),
    half: t("steps", { n: steps(found.halfLife) }),
  };
  if (n === undefined || numbers.kind === "uniform")
    return { bold: say("catchup.never"), more: [say("beta.uniform.more")], table };
  if (n <= 1) return { bold: say("catchup.now"), more: [say("catchup.now.more", values)], table };
  if (n > numbers.steps)
    return { bold: say("catchup.late"), more: [say("catchup.late.more", values)], table };
  return { bold: say("catchup", values), more: [say("catchup.more", values)], table };
}

function ofStart(numbers: Numbers): Pick<Said, "bold" | "more" | "table" | "decay"> {
  const decay = averageOf(numbers);
  const rows = beginnings(decay, numbers.steps);
  const values = {
    share: percent(rows[0]?.initial ?? 0),
    steps: number(numbers.steps),
    n: steps(uniformFrom(numbers.steps)),
  };
  const table = { steps: numbers.steps, rows };
  if (decay.kind === "constant")
    return {
      bold: say("start"),
      more: [say("start.more"), say("start.plain", values)],
      table,
      decay: started(decay, "bias-corrected"),
    };
  if (decay.kind === "uniform")
    return { bold: say("start.uniform", values), more: [say("beta.uniform.more")], table, decay };
  return { bold: say("start.grows"), more: [say("start.grows.more", values)], table, decay };
}

/** The memory of an answer's average, on the bar. */
export function memoryOfAnswer({ decay, total }: Said): number {
  return memoryIn(decay, total);
}
