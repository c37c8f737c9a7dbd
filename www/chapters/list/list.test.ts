import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { languages, setLanguage } from "../../i18n";
import { isTerm } from "../../panels/glossary/terms";
import { methodsOf } from "../../testing/averages";
import { fakeLimits } from "../../testing/fake-module";
import type { Chapter, Seen } from "../chapter";
import { placeIn } from "../plot";
import { type RunResult, cost } from "../run";
import { chapterNames, chapterTitle, loadChapter } from "../table";
import { result } from "../testing";

beforeEach(() => {
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
});
afterEach(() => {
  setLanguage("en");
  vi.unstubAllGlobals();
});

const chapters = await Promise.all(
  chapterNames.map(async (name) => [name, await loadChapter(name)] as const),
);
const lengths = ["short", "long"] as const;
const path = { values: new Float64Array(600), length: 600, recorded: true };

function seenBy({ knob }: Chapter, over: Partial<Seen> = {}): Seen {
  return {
    results: [],
    done: false,
    length: "short",
    knob: knob?.start ?? 0,
    mark: undefined,
    path,
    ...over,
  };
}

function chapterOf(name: string): Chapter {
  const found = chapters.find(([id]) => id === name)?.[1];
  if (found === undefined) throw new Error(`no chapter ${name}`);
  return found;
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
    expect(chapter.verdict({ ...seen, done: true }, { x: 1, y: 1 })).not.toContain(undefined);
  }
});

/** What a chapter says of results. */
function said(name: string, results: RunResult[], over: Partial<Seen> = {}): readonly string[] {
  const chapter = chapterOf(name);
  const seen = seenBy(chapter, { results, done: true, ...over });
  const answer = chapter.answer(seen);
  if (answer === undefined) throw new Error(`${name} has no answer`);
  return chapter.verdict(seen, answer);
}

const flat = (values: number[]): number[][] => values.map((value) => [value, value, value]);

test("too long a memory: the mark, the whole run against the best, and how flat the hill is", () => {
  const [run] = chapterOf("beta").runs("short", 0);
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
  const [run] = chapterOf("beta").runs("short", 0);
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
  expect(chapterOf("outlier").answer(seenBy(chapterOf("outlier"), { results: [none] }))).toBeUndefined();
});

test("calm: the mean of the tests after the stop, of the average and of the raw network", () => {
  const flips = [
    { step: 200, methods: [90, 90] },
    { step: 210, methods: [30, 8] },
    { step: 220, methods: [40, 12] },
  ];
  const measured = result({ methods: methodsOf("0.98"), flips }, [200, 210, 220], [[1], [1]]);
  expect(said("noise", [measured], { mark: { x: 300, y: 20 } })).toEqual([
    "You said 20%; it was 10%, on average from step 200 on. The raw network changed its mind about 35%.",
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
    "On the way, β⁴ keeps within 1.0 points of the small batches’ average (root mean square), the same β within 24.3.",
  ]);
});
