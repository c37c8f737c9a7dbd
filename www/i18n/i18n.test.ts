import { readFileSync } from "node:fs";

import { afterEach, beforeEach, expect, test, vi } from "vitest";

import { methodLabel, methodName } from "../methods";
import type { Words } from "../words";
import { languages, number, preferred, setLanguage, t } from "./index";

beforeEach(() => {
  vi.stubGlobal("localStorage", { getItem: () => null, setItem: () => undefined });
});
afterEach(() => {
  setLanguage("en");
  vi.unstubAllGlobals();
});

test("both languages have the same messages with the same placeholders", () => {
  const { en, zh } = languages;
  const placeholders = (text: string): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    expect(zh[key], key).not.toBe("");
    expect(placeholders(zh[key]), key).toEqual(placeholders(en[key]));
  }
  expect(Object.keys(zh)).toEqual(Object.keys(en));
});

test("so do the words of each part", () => {
  const parts = import.meta.glob<{ t?: Words<string> }>(["../*/**/words.ts", "../**/*.words.ts"], {
    eager: true,
  });
  expect(Object.keys(parts)).toEqual(
    expect.arrayContaining(["../story/words.ts", "../chapters/list/beta.words.ts"]),
  );
  for (const [path, { t }] of Object.entries(parts)) {
    const { en, zh } = t?.languages ?? { en: {}, zh: { none: "" } };
    const placeholders = (text = ""): string[] => (text.match(/\{\w+\}/g) ?? []).sort();
    expect(Object.keys(zh), path).toEqual(Object.keys(en));
    for (const [key, text] of Object.entries(en))
      expect(placeholders(zh[key]), `${path} ${key}`).toEqual(placeholders(text));
  }
});

test("the browser's first language that the page has is taken", () => {
  expect(preferred(["fr", "zh-TW", "en"])).toBe("zh");
  expect(preferred(["en-GB", "zh"])).toBe("en");
  expect(preferred(["fr"])).toBe("en");
});

test("values are put into sentences", () => {
  expect(t("chart.empty", { step: 78 })).toBe("The first test comes after step 78.");
  expect(number(72954)).toBe("72,954");
});

test("methods are called by name, in the reader's language", () => {
  expect(methodName({ name: "raw" })).toBe("raw weights");
  expect(methodName({ name: "ema-0.98", average: "0.98" })).toBe("EMA 0.98");
  expect(methodName({ name: "", average: "0.98,every=4,warmup=bias-corrected,buffers=copy" })).toBe(
    "EMA 0.98 · every 4 · bias-corrected · copied buffers",
  );
  expect(methodName({ name: "", average: "0.7,from=6" })).toBe("EMA 0.7 · from step 6");
  expect(methodName({ name: "ema-0.9" })).toBe("ema-0.9");
  expect(methodName({ name: "", average: "power=0.1,every=2" })).toBe("power average, σ 0.1 · every 2");
  expect(methodName({ name: "", average: "half-life=5%" })).toBe("EMA, half-life 5% of the run");
  setLanguage("zh");
  expect(methodName({ name: "", average: "0.9,warmup=ramp,buffers=recompute" })).toBe(
    "EMA 0.9 · 渐升 · 重算统计量",
  );
});

test("labels are short, in the reader's language, and differ as the averages do", () => {
  const averages = ["0.98", "power=0.1", "half-life=5%", "0.98,warmup=ramp", "0.9,every=4,from=500"];
  const labels = (): string[] => averages.map((average) => methodLabel({ name: "ema", average }));
  expect(methodLabel({ name: "raw" })).toBe("raw");
  expect(methodLabel({ name: "ema-0.9" })).toBe("ema-0.9");
  expect(labels()).toEqual([
    "0.98",
    "power 0.1",
    "half-life 5%",
    "0.98 · ramped",
    "0.9 · every 4 · from step 500",
  ]);
  setLanguage("zh");
  expect(labels()).toEqual(["0.98", "幂平均 0.1", "半衰期 5%", "0.98 · 渐升", "0.9 · 每 4 步 · 自第 500 步"]);
  const vectors = new URL("../../tests/averages/vectors.json", import.meta.url);
  const all = (JSON.parse(readFileSync(vectors, "utf8")) as { averages: { text: string }[] }).averages;
  for (const name of [methodName, methodLabel])
    expect(new Set(all.map(({ text }) => name({ name: "", average: text }))).size).toBe(all.length);
});
