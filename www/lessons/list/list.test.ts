import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { methodsOf } from "../../testing/averages";
import { fakeLimits } from "../../testing/fake-module";
import { isMessage, languages, setLanguage } from "../../i18n";
import { type LessonId, type RunResult, cost, isRight } from "../lesson";
import { predictionText } from "../question";
import { sentence } from "../values";
import { result } from "../testing";
import { lessons } from "./index";

beforeEach(() => {
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
});
afterEach(() => {
  setLanguage("en");
  vi.unstubAllGlobals();
});

const lesson = (id: LessonId) => {
  const found = lessons.find((lesson) => lesson.id === id);
  if (found === undefined) throw new Error(`no lesson ${id}`);
  return found;
};

const said = (id: LessonId, results: RunResult[], dial = 0): string[] =>
  lesson(id).verdict(results, dial).sentences.map(sentence);

test("every lesson has all its messages in both languages, with every placeholder filled", () => {
  const parts = ["name", "title", "text", "question", "hint", "limits"];
  for (const { id, question, dial, runs, verdict, facts, shownBy } of lessons) {
    const options = question.kind === "choice" ? question.options.map((option) => `option.${option}`) : [];
    const dials = dial === undefined ? [] : ["dial"];
    for (const part of [...parts, ...options, ...dials]) {
      const key = `lesson.${id}.${part}`;
      expect(isMessage(key), key).toBe(true);
      if (!isMessage(key)) continue;
      const open = (languages.en[key].match(/\{\w+\}/g) ?? []).map((name) => name.slice(1, -1));
      expect(Object.keys(facts("short", dial?.start ?? 0)), key).toEqual(expect.arrayContaining(open));
    }
    const { columns, sentences } = verdict([], dial?.start ?? 0);
    for (const key of [...columns, ...sentences.map(({ key }) => key)])
      expect(isMessage(key), key).toBe(true);
    for (const name of shownBy) expect(isMessage(`part.${name}`)).toBe(true);
    expect(runs("long", dial?.start ?? 0).length).toBeGreaterThan(0);
  }
});

test("a short lesson costs a software adapter minutes, not a quarter of an hour", () => {
  for (const { id, dial, runs } of lessons) {
    const short = runs("short", dial?.start ?? 0);
    expect(cost(short, fakeLimits.recompute_images), id).toBeLessThan(25_000);
    for (const { settings, disturb } of short) {
      const { steps, eval_every } = settings as { steps: number; eval_every: number };
      expect(steps % eval_every, id).toBe(0);
      if (disturb !== undefined) expect(disturb.after % eval_every, id).toBe(0);
    }
  }
});

test("a run without evaluations answers nothing", () => {
  for (const { verdict, question } of lessons) {
    const { answer } = verdict([], 0);
    expect(answer).toBeNull();
    expect(isRight(question, "average", answer)).toBeUndefined();
  }
});

test("noise: the answer is the ratio of the fluctuations that were measured", () => {
  const steps = [1, 2, 3, 4, 5, 6];
  const accuracy = [
    [0, 0, 0, 40, 48, 40],
    [0, 0, 0, 40, 44, 40],
    [0, 0, 0, 42, 44, 42],
  ];
  const run = result({ methods: methodsOf("0.9", "0.98") }, steps, accuracy);
  expect(lesson("noise").verdict([run], 0).answer).toBe(25);
  expect(said("noise", [run])[0]).toContain("is 25 % of the raw weights'");
  expect(isRight(lesson("noise").question, 35, 25)).toBe(true);
  expect(isRight(lesson("noise").question, 45, 25)).toBe(false);
});

test("bad batch: at once, later or never, by the step at which the average was lowest", () => {
  const steps = [180, 190, 200, 205, 210, 215];
  const raw = [40, 40, 40, 15, 25, 39];
  const verdict = (ema: number[]) =>
    lesson("outlier").verdict(
      [
        result(
          { methods: methodsOf("0.9", "0.98"), marks: [{ step: 200, kind: "outlier", factor: 20 }] },
          steps,
          [raw, raw, ema],
        ),
      ],
      20,
    );
  expect(verdict([40, 40, 40, 30, 35, 39]).answer).toBe("at-once");
  expect(verdict([40, 40, 40, 39, 36, 38]).answer).toBe("later");
  expect(verdict([40, 40, 40, 39.5, 39.5, 40]).answer).toBe("never");
  expect(verdict([40, 40, 40, 39, 36, 38]).sentences.map(sentence)[0]).toBe(
    "The raw weights dropped by 25.0 points and were lowest 5 steps after the batch; EMA 0.98 dropped by 4.0 points and was lowest 10 steps after it.",
  );
  // Without the batch there is no verdict.
  expect(lesson("outlier").verdict([result({ methods: methodsOf() }, steps, [raw])], 20).answer).toBeNull();
});

test("choosing β: the answer is the accuracy of the long memory, with its share of the initial weights", () => {
  const methods = methodsOf("0.9", "0.98", "0.999", "0.999,warmup=ramp", "0.999,warmup=bias-corrected");
  const average = (initial_share: number) => ({
    name: "",
    average: "0",
    beta: 0,
    effective_beta: 0,
    half_life: 1,
    initial_share,
  });
  const run = result(
    { methods, averages: [0, 0.01, 0.74, 0, 0].map(average) },
    [1, 2, 3],
    [40, 45, 47, 10, 46, 42].map((value) => [value, value, value]),
  );
  expect(lesson("beta").verdict([run], 0).answer).toBe(10);
  expect(said("beta", [run])).toEqual([
    "EMA 0.999 ends at 10.0 %, with 74 % of the initial weights still in it. With the ramp it reaches 46.0 %, with the bias-corrected start 42.0 %.",
    "The best here is EMA 0.98 with 47.0 %; the raw weights have 40.0 %.",
  ]);
});

test("decay or average: the two that are near are equal, and a raw run that keeps up is named", () => {
  const verdict = (constant: number, ema: number, cosine: number, both = 0) => {
    const run = (name: string, values: number[]): RunResult =>
      result(
        { name, methods: methodsOf("0.98") },
        [1, 2, 3],
        values.map((value) => [value, value, value]),
      );
    return lesson("decay").verdict([run("constant", [constant, ema]), run("cosine", [cosine, both])], 0)
      .answer;
  };
  expect(verdict(40, 47, 46)).toBe("equal");
  expect(verdict(40, 47, 44)).toBe("ema");
  expect(verdict(40, 44, 47)).toBe("cosine");
  expect(verdict(47, 44, 44)).toBe("constant");
  // The cosine's gain from an average is shown too, but does not decide.
  expect(verdict(40, 47, 44, 60)).toBe("ema");
});

test("label noise: the gain over the second half, ahead or behind", () => {
  const run = (raw: number, ema: number) =>
    result(
      { methods: methodsOf("0.98") },
      [1, 2, 3, 4],
      [
        [0, 0, raw, raw],
        [0, 0, ema, ema],
      ],
    );
  expect(lesson("labels").verdict([run(30, 36)], 0.4).answer).toBe(6);
  expect(said("labels", [run(30, 36)], 0.4)[0]).toBe(
    "With 40 % of the labels replaced: raw 30.0 %, EMA 36.0 %. The average is 6.0 points ahead.",
  );
  expect(said("labels", [run(36, 35)], 0)[0]).toContain("1.0 points behind");
});

test("batch norm: the best policy, or none where two are near", () => {
  const verdict = (...values: number[]) =>
    lesson("buffers").verdict(
      [
        result(
          { methods: methodsOf("0.99", "0.99,buffers=copy", "0.99,buffers=recompute") },
          [1, 2],
          values.map((value) => [0, value]),
        ),
      ],
      0,
    ).answer;
  expect(verdict(41, 39, 31, 45)).toBe("recompute");
  expect(verdict(41, 44, 31, 45)).toBe("equal");
  expect(verdict(50, 44, 31, 40)).toBe("average");
});

test("batch size: the average that stays nearer after equally many images", () => {
  const small = result(
    { name: "small", methods: methodsOf("0.99") },
    [64, 128],
    [
      [0, 0],
      [30, 40],
    ],
  );
  const large = (same: number[], scaled: number[]) =>
    result({ name: "large", methods: methodsOf("0.99", "0.9606") }, [16, 32], [[0, 0], same, scaled]);
  const verdict = (same: number[], scaled: number[]) =>
    lesson("batch").verdict([small, large(same, scaled)], 0).answer;
  expect(verdict([10, 12], [29, 41])).toBe("scaled");
  expect(verdict([30, 40], [10, 12])).toBe("same");
  expect(verdict([30, 40.5], [30, 40])).toBe("equal");
});

test("predictions are shown in the reader's language", () => {
  expect(predictionText(lesson("noise"), 35)).toBe("35 %");
  expect(predictionText(lesson("labels"), 1)).toBe("1 point");
  expect(predictionText(lesson("labels"), 1.5)).toBe("1.5 points");
  expect(predictionText(lesson("batch"), "scaled")).toBe("β^κ, 0.9606");
  setLanguage("zh");
  expect(predictionText(lesson("labels"), 2.5)).toBe("2.5 个百分点");
});
