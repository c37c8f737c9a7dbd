import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { languages, setLanguage } from "../../i18n";
import { isTerm } from "../../panels/glossary/terms";
import { methodsOf } from "../../testing/averages";
import { fakeLimits } from "../../testing/fake-module";
import type { Chapter, Seen } from "../chapter";
import { placeIn } from "../plot";
import { type RunResult, cost } from "../run";
import { type ChapterName, chapterNames, chapterTitle } from "../table";
import { result } from "../testing";
import { chapters as byName } from ".";

beforeEach(() => {
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
});
afterEach(() => {
  setLanguage("en");
  vi.unstubAllGlobals();
});

const chapters = chapterNames.map((name) => [name, byName[name]] as const);
const lengths = ["short", "long"] as const;
const path = { values: new Float64Array(600), length: 600, batch: 64, recorded: true };

function seenBy({ knob }: Chapter, over: Partial<Seen> = {}): Seen {
  return {
    results: [],
    done: false,
    length: "short",
    knob: knob?.start ?? 0,
    asked: knob?.start ?? 0,
    mark: undefined,
    path,
    ...over,
  };
}

test.each(chapters)(
  "%s: its words name only numbers that it knows, and terms of the glossary",
  (name, chapter) => {
    const facts = Object.keys(chapter.facts?.(seenBy(chapter)) ?? {});
    for (const language of Object.keys(languages) as (keyof typeof languages)[]) {
      setLanguage(language);
      expect(chapterTitle(name)).not.toBe("");
      for (const key of ["question", "text", "ask", "touch", "figure", "meaning", "limits"] as const) {
        const text = chapter.t.languages[language][key];
        expect(text, key).not.toBe("");
        const named = (text.match(/\{\w+\}/g) ?? []).map((one) => one.slice(1, -1));
        expect(facts, `${language} ${key}`).toEqual(expect.arrayContaining(named));
        for (const [, id = ""] of text.matchAll(/\[\[([^|]+)\|/g)) expect(isTerm(id), id).toBe(true);
      }
    }
  },
);

test.each(chapters)("%s: a processor without a graphics card takes a minute at most", (_, chapter) => {
  const { recompute_images } = fakeLimits;
  // A thread trains 350 images a second, where it is slow.
  expect(cost(chapter.runs("short", chapter.knob?.start ?? 0), recompute_images) / 350).toBeLessThan(60);
});

test.each(chapters)(
  "%s: its tests come at the steps that it waits for, and at the last one",
  (_, chapter) => {
    for (const length of lengths) {
      for (const knob of chapter.knob?.when === "run" ? chapter.knob.values : [0]) {
        for (const { settings, disturb, waits, rates = [] } of chapter.runs(length, knob)) {
          const { steps, eval_every } = settings as { steps: number; eval_every: number };
          expect(steps % eval_every).toBe(0);
          if (disturb !== undefined) {
            expect(disturb.after % eval_every).toBe(0);
            expect((steps - disturb.after) % disturb.evalEvery).toBe(0);
          }
          if (typeof waits === "number") expect(waits % eval_every).toBe(0);
          for (const { after } of rates) expect(Number.isInteger(after)).toBe(true);
        }
      }
    }
  },
);

test.each(chapters)("%s: draws its axes and where the mark goes before there is a result", (_, chapter) => {
  for (const length of lengths) {
    const seen = seenBy(chapter, { length });
    const plot = chapter.plot(seen);
    const place = placeIn(plot, { width: 374, height: 280, wide: false, scale: 1 });
    // A phone's plot.
    expect(place.right - place.left).toBeGreaterThanOrEqual(290);
    expect(() => chapter.draw(seen, place)).not.toThrow();
    for (const column of chapter.mark(seen).columns ?? []) {
      expect(place.x(column)).toBeGreaterThanOrEqual(place.left);
      expect(place.x(column)).toBeLessThanOrEqual(place.right);
    }
    expect(chapter.answer(seen)).toBeUndefined();
  }
});

/** What a chapter says of results. */
function said(name: ChapterName, results: RunResult[], over: Partial<Seen> = {}): readonly string[] {
  const chapter = byName[name];
  const seen = seenBy(chapter, { results, done: true, ...over });
  const answer = chapter.answer(seen);
  if (answer === undefined) throw new Error(`${name} has no answer`);
  return chapter.verdict(seen, answer);
}

const flat = (values: number[]): number[][] => values.map((value) => [value, value, value]);

test("too long a memory: the mark, the whole run against the best, and how flat the hill is", () => {
  const [run] = byName.beta.runs("short", 0);
  const methods = methodsOf(...(run?.settings.ema as string[]));
  const measured = (values: number[]): RunResult =>
    result({ methods, testImages: 500 }, [100, 200, 300], flat([...values, 40, 30, 10]));
  expect(said("beta", [measured([40, 42, 47, 48, 46, 30])], { mark: { x: 300, y: 45 } })).toEqual([
    "You said 45%; it was 30%: 15 points lower.",
    "The 30-step average gets 48% right, the average over the whole run 30%: ahead by 18 ± 6 points.",
    "From 3 to 100 steps the hill is flat, too close to call.",
    "The 30-step average gets 48% right, the raw network 40%: ahead by 8 ± 6 points.",
  ]);
  expect(said("beta", [measured([40, 40, 40, 60, 40, 40])], { mark: { x: 300, y: 39 } })).toEqual([
    "You said 39%; it was 40%: 1 point higher.",
    "The 30-step average gets 60% right, the average over the whole run 40%: ahead by 20 ± 6 points.",
    "That makes 30 steps the best memory here, by more than two standard errors.",
    "The 30-step average gets 60% right, the raw network 40%: ahead by 20 ± 6 points.",
  ]);
  // "The best" is said only where the difference exceeds its error.
  expect(said("beta", [measured([40, 41, 42, 43, 42, 41])], { mark: { x: 300, y: 41 } })).toEqual([
    "You said 41%, and so it is.",
    "The 30-step average gets 43% right, the average over the whole run 41%: too close to call on 500 pictures.",
    "Which memory is best, this run cannot tell.",
    "The 30-step average gets 43% right, the raw network 40%: too close to call on 500 pictures.",
  ]);
});

test("too long a memory: the plain start is told when it is looked at", () => {
  const [run] = byName.beta.runs("short", 0);
  const methods = methodsOf(...(run?.settings.ema as string[]));
  const average = { name: "", average: "", beta: 0, effective_beta: 0, half_life: 1, initial_share: 0.37 };
  const measured = result(
    { methods, testImages: 500, averages: Array.from({ length: 8 }, () => average) },
    [300],
    [40, 42, 47, 48, 46, 30, 48, 30, 10].map((value) => [value]),
  );
  const mark = { x: 300, y: 45 };
  expect(said("beta", [measured], { mark, knob: 1 }).at(-1)).toBe(
    "With a plain start, the average over the whole run gets 10%: 37% of it is still the untrained network.",
  );
});

test("too long a memory: what is called flat is one stretch, with the best in it", () => {
  const [run] = byName.beta.runs("short", 0);
  const methods = methodsOf(...(run?.settings.ema as string[]));
  const top = (values: number[]): string | undefined =>
    said("beta", [
      result({ methods, testImages: 500 }, [100, 200, 300], flat([20, ...values, 40, 30, 10])),
    ])[1];
  // 3 steps are as good as 100, but 10 are not.
  expect(top([47, 30, 47, 48, 20])).toBe("From 30 to 100 steps the hill is flat, too close to call.");
  expect(top([47, 30, 30, 48, 20])).toBe("Which memory is best, this run cannot tell.");
  expect(top([20, 30, 30, 30, 48])).toBe(
    "That makes 300 steps the best memory here, by more than two standard errors.",
  );
});

test("what β remembers: the mark is judged by the β that was asked about", () => {
  const mark = { x: -40, y: 0.25 };
  const [about, within] = said("remember", [], { mark, asked: 50, knob: 100 });
  expect(about).toBe("You said 40 steps; for β = 0.98, half of the average lies within the newest 34.");
  expect(within).toBe("The newest 100 steps make up 63%, and all older ones together the rest.");
});

test("why weights shake: the text has the batch of the run whose weight it is", () => {
  expect(byName.shake.facts?.(seenBy(byName.shake, { path: { ...path, batch: 32 } })).batch).toBe("32");
});

test("why weights shake: how wide the bar is, next to the mark and to the shorter stretches", () => {
  // A weight that moves by one thousandth at every step.
  const straight = { ...path, values: Float64Array.from({ length: 600 }, (_, k) => k / 1000) };
  expect(said("shake", [], { path: straight, mark: { x: 64, y: 30 } })).toEqual([
    "You said ±30 ‰; two thirds of the stretches stay within ±64 ‰ after 64 steps, and within ±16 ‰ after 16.",
    "That is 4.0 times as wide for four times the steps.",
  ]);
});

test("branch: the rate falls in equal parts, from near the run's own to near zero", () => {
  for (const length of lengths) {
    const [constant, branch] = byName.branch.runs(length, 3);
    const rates = branch?.rates ?? [];
    const { steps, lr } = constant?.settings as { steps: number; lr: number };
    expect(branch?.settings).toEqual(constant?.settings);
    expect(rates).toHaveLength(10);
    const apart = rates.slice(1).map(({ after }, k) => after - (rates[k]?.after ?? NaN));
    expect(new Set(apart)).toEqual(new Set([steps / 4 / 10]));
    expect(rates[0]).toEqual({ after: (3 * steps) / 4, lr: 0.95 * lr });
    expect(rates.at(-1)?.lr).toBeCloseTo(0.05 * lr, 9);
  }
});

test("a run that is tested more often after a bad batch costs these tests too", () => {
  const settings = { steps: 100, batch: 10, eval_every: 20, eval_early: false, limit_test: 30, ema: ["0.9"] };
  expect(cost([{ settings }], 0)).toBe(1000 + (5 * 2 * 30) / 3);
  expect(cost([{ settings, disturb: { after: 60, evalEvery: 5 } }], 0)).toBe(1000 + ((3 + 8) * 2 * 30) / 3);
});

test("a bad batch: when the average was lowest, and what it lost", () => {
  const steps = [120, 160, 200, 208, 216, 224];
  const measured = (average: number[]): RunResult =>
    result(
      { methods: methodsOf("0.98"), testImages: 500, marks: [{ step: 200, kind: "outlier", factor: 20 }] },
      steps,
      [[40, 40, 40, 15, 25, 39], average],
    );
  const mark = { x: 8, y: 30 };
  expect(said("outlier", [measured([48, 48, 48, 45, 36, 40])], { mark })).toEqual([
    "You said 30%; it was 36%: 6 points higher.",
    "You put its lowest point 8 steps after the batch; it came 16 steps after.",
    "The bad batch cost the raw network 25 points, and the average 12 ± 6.",
  ]);
  expect(said("outlier", [measured([48, 48, 48, 47, 46, 47])], { mark }).at(-1)).toContain("chance");
  // Without the batch there is no answer.
  const none = result({ methods: methodsOf("0.98") }, steps, [[], []]);
  expect(byName.outlier.answer(seenBy(byName.outlier, { results: [none] }))).toBeUndefined();
});

test("calm: the mean of the tests after the stop, of the average and of the raw network", () => {
  const flips = [
    { step: 200, methods: [90, 90] },
    { step: 210, methods: [30, 8] },
    { step: 220, methods: [40, 12] },
  ];
  const measured = result({ methods: methodsOf("0.98"), flips }, [200, 210, 220], [[1], [1]]);
  expect(said("noise", [measured], { mark: { x: 300, y: 20 } })).toEqual([
    "You said 20%; from step 200 on, the mean was 10%. The raw network changed its mind about 35%.",
  ]);
});

test("decay and branch: the two ends are compared, and a close call is one", () => {
  const pair = (average: number, other: number): RunResult[] =>
    ["constant", "cosine"].map((name, k) =>
      result(
        { name, methods: methodsOf("0.98"), testImages: 500 },
        [250],
        [[k === 0 ? 40 : other], [average]],
      ),
    );
  const mark = { x: 250, y: 50 };
  expect(said("decay", pair(47, 46), { mark }).slice(0, 2)).toEqual([
    "You said 50%; it was 46%: 4 points lower.",
    "The average at a constant rate gets 47% right, the raw network of the falling rate 46%: too close to call on 500 pictures.",
  ]);
  expect(said("branch", pair(47, 60), { mark })[1]).toBe(
    "The branch gets 60% right, the average of the run that went straight on 47%: ahead by 13 ± 6 points.",
  );
});

test("wrong labels: the leads, and their difference with the error of both", () => {
  const run = (label_noise: number, raw: number, average: number): RunResult =>
    result(
      { methods: methodsOf("0.96"), experiment: { label_noise }, testImages: 1000 },
      [1, 2, 3, 4],
      [
        [0, 0, raw, raw],
        [0, 0, average, average],
      ],
    );
  const mark = { x: 0.4, y: 20 };
  expect(said("labels", [run(0, 40, 45), run(0.4, 30, 50)], { mark })).toEqual([
    "You said 20 points; it was 20.0.",
    "Wrong labels raised the lead from 5.0 to 20.0 points, by 15.0 ± 6.2.",
  ]);
  expect(said("labels", [run(0, 40, 45), run(0.4, 40, 47)], { mark }).at(-1)).toContain("too close to call");
  expect(said("labels", [run(0, 40, 60), run(0.4, 40, 45)], { mark }).at(-1)).toBe(
    "Wrong labels lowered the lead from 20.0 to 5.0 points, by 15.0 ± 6.2.",
  );
  // One in ten of the labels that are redrawn stays right.
  expect(byName.labels.facts?.(seenBy(byName.labels))).toMatchObject({ share: "40%", wrong: "36%" });
});

test("batch norm: which was lowest, and whether the others differ", () => {
  const methods = methodsOf("0.98", "0.98,buffers=copy", "0.98,buffers=recompute");
  const measured = result({ methods, testImages: 500 }, [300], [[41], [44], [31], [45]]);
  expect(said("buffers", [measured], { mark: { x: 2, y: 30 } })).toEqual([
    "You found the lowest.",
    "You said 30%; it was 31%: 1 point higher.",
    "“measured” gets 45% right, “copied” 31%: ahead by 14 ± 6 points.",
    "“measured” gets 45% right, “averaged” 44%: too close to call on 500 pictures.",
  ]);
  expect(said("buffers", [measured], { mark: { x: 1, y: 30 } })[0]).toBe("The lowest was “copied”.");
});

test("batch norm: none is called the lowest where another is as low within the error", () => {
  const methods = methodsOf("0.98", "0.98,buffers=copy", "0.98,buffers=recompute");
  const measured = (...right: number[]): RunResult =>
    result({ methods, testImages: 500 }, [300], [[41], ...right.map((one) => [one])]);
  const mark = { x: 1, y: 33 };
  // The reader's is one of the two.
  expect(said("buffers", [measured(33, 31, 45)], { mark }).slice(0, 2)).toEqual([
    "“copied” and “averaged” are lowest, too close to call between them.",
    "You said 33%, and so it is.",
  ]);
  expect(said("buffers", [measured(33, 31, 32)], { mark })[0]).toBe(
    "Which of the three is lowest, this run cannot tell.",
  );
});

test("batch size: where the same β ends, and how near each stays", () => {
  const small = result(
    { name: "small", methods: methodsOf("0.99"), testImages: 500 },
    [64, 128],
    [
      [0, 0],
      [30, 40],
    ],
  );
  const large = result(
    { name: "large", methods: methodsOf("0.99", "0.9606"), testImages: 500 },
    [16, 32],
    [
      [0, 0],
      [10, 12],
      [29, 41],
    ],
  );
  expect(said("batch", [small, large], { mark: { x: 6400, y: 40 } })).toEqual([
    "You said 40%; it was 12%: 28 points lower.",
    "The average of the small batches gets 40% right, the same β with large batches 12%: ahead by 28 ± 5 points.",
    "Along the way, β⁴ is 1.0 points from the small batches’ average (root mean square), and the same β 24.3.",
  ]);
});
