import type { Content, Line } from "../charts/content";
import { colourOn } from "../charts/ramp";
import { seriesStyle, type SeriesStyle } from "../charts/palette";
import { accuracyRange, wholeTexts } from "../charts/scale";
import type { Method } from "../engine";
import { number } from "../i18n";
import { type Differences, differencesOf, laterHalf } from "../kept/compare";
import { figuresOf, memoryOfMethod } from "../kept/figures";
import type { KeptRun } from "../kept/run";
import { methodName } from "../methods";
import { listed, runName, signed } from "./names";
import { t } from "./words";

/** What is compared: the best average of each run, or one method that all of them have, by its text. */
export type What = string;
export const BEST: What = "best";

/** The widths of the lines of several runs, which have the same colour where their memories are the same. */
const WIDTHS = [3, 1.6, 2.3, 1.2];

export interface Compared {
  run: KeptRun;
  method: number;
}

const textOf = ({ name, average }: Method): What => average ?? name;

/** What can be compared of these runs: the methods that all of them have. */
export function comparable(runs: readonly KeptRun[]): What[] {
  const [first, ...others] = runs.map(({ methods }) => methods.map(textOf));
  return [BEST, ...(first ?? []).filter((text) => others.every((texts) => texts.includes(text)))];
}

/** In words. */
export function whatName(what: What, runs: readonly KeptRun[]): string {
  const method = runs[0]?.methods.find((each) => textOf(each) === what);
  return method === undefined ? t("compared.best") : methodName(method);
}

/** The method of each run that is compared; runs without it are left out. */
export function chosen(runs: readonly KeptRun[], what: What): Compared[] {
  return runs.flatMap((run) => {
    const method =
      what === BEST
        ? (figuresOf(run).best?.method ?? 0)
        : run.methods.findIndex((each) => textOf(each) === what);
    return method < 0 ? [] : [{ run, method }];
  });
}

function styleOf({ run, method }: Compared, place: number, dark: boolean): SeriesStyle {
  const width = WIDTHS[place % WIDTHS.length] ?? 1;
  const memory = memoryOfMethod(run, method);
  if (memory === undefined) return { ...seriesStyle(0, dark), width };
  return { colour: colourOn(dark, memory), dash: [], width };
}

function lineOf(
  compared: Compared,
  place: number,
  dark: boolean,
): Pick<Line, "key" | "name" | "label" | "style" | "dots"> {
  const { run, method } = compared;
  const of = run.methods[method];
  return {
    key: run.id,
    name: `${runName(run)}, ${of === undefined ? "" : methodName(of)}`,
    label: runName(run),
    style: styleOf(compared, place, dark),
    dots: "few",
  };
}

const caption = (compared: readonly Compared[]): Content["caption"] => ({
  data: compared[0]?.run.dataset.name ?? "",
  synthetic: compared[0]?.run.dataset.synthetic ?? false,
  settings: listed(compared.map(({ run }) => runName(run))),
});

const steps: Pick<Content["x"], "range" | "ticks" | "name"> = {
  range: (_low, high) => [0, Math.max(1, high ?? 0)],
  ticks: wholeTexts,
  name: (step) => t("compared.at", { n: number(step) }),
};

/** The curves of the runs over their steps. */
export function curves(compared: readonly Compared[], dark: boolean): Content {
  return {
    title: t("compared.accuracy"),
    about: t("compared.about"),
    x: { title: t("compared.step"), ...steps },
    y: { title: t("compared.axis"), range: accuracyRange },
    lines: compared.map((each, k) => ({
      ...lineOf(each, k, dark),
      x: each.run.curves.step,
      y: each.run.curves.accuracy[each.method] ?? [],
      format: (value) => `${number(value, 1)} %`,
    })),
    caption: caption(compared),
  };
}

/** The other runs minus the first. */
function pairsOf([first, ...others]: readonly Compared[]): {
  other: Compared;
  place: number;
  found: Differences;
}[] {
  if (first === undefined) return [];
  return others.map((other, k) => ({
    other,
    place: k + 1,
    found: differencesOf(first.run, first.method, other.run, other.method),
  }));
}

/** The differences from the first run, each with its band, and the line of no difference. */
export function difference(compared: readonly Compared[], dark: boolean): Content {
  const pairs = pairsOf(compared);
  const first = compared[0]?.run;
  const last = Math.max(0, ...pairs.map(({ found }) => found.step.at(-1) ?? 0));
  const zero: Line = {
    key: "zero",
    name: "",
    label: "",
    style: { ...seriesStyle(0, dark), width: 1 },
    quiet: true,
    x: [0, last],
    y: [0, 0],
    format: () => "",
  };
  return {
    title: t("compared.difference"),
    about: t("compared.difference.about", { first: first === undefined ? "" : runName(first) }),
    x: { title: t("compared.step"), ...steps },
    y: {
      title: t("compared.difference.axis"),
      range: () => {
        const ends = pairs.flatMap(({ found }) =>
          found.difference.flatMap((value, k) => [
            value - (found.error[k] ?? 0),
            value + (found.error[k] ?? 0),
          ]),
        );
        return [Math.min(-1, ...ends), Math.max(1, ...ends)];
      },
    },
    lines: [
      ...pairs.map(({ other, place, found }) => ({
        ...lineOf(other, place, dark),
        x: found.step,
        y: found.difference,
        band: {
          low: found.difference.map((value, k) => value - (found.error[k] ?? 0)),
          high: found.difference.map((value, k) => value + (found.error[k] ?? 0)),
        },
        format: (value: number) => signed(value, 1),
      })),
      zero,
    ],
    caption: caption(compared),
  };
}

/** What the comparison says, a sentence a pair. */
export function sentences(compared: readonly Compared[]): string[] {
  const first = compared[0]?.run;
  if (first === undefined) return [];
  return pairsOf(compared).map(({ other, found }) => {
    const names = { first: runName(first), second: runName(other.run) };
    const later = laterHalf(found);
    if (later === undefined) return t("compared.none", names);
    if (Math.abs(later.mean) < 0.05) return t("compared.level", { ...names, n: number(later.tests) });
    const says = later.mean < 0 ? "compared.behind" : "compared.ahead";
    return t(later.tests === 1 ? `${says}.one` : says, {
      ...names,
      mean: number(Math.abs(later.mean), 1),
      n: number(later.tests),
      least: signed(later.least, 1),
      greatest: signed(later.greatest, 1),
    });
  });
}

/** Whether two of the runs were tested on different pictures. */
export function onDifferentPictures(compared: readonly Compared[]): boolean {
  const of = ({ run: { dataset, experiment } }: Compared): string =>
    JSON.stringify([dataset.name, dataset.test, experiment.data]);
  return new Set(compared.map(of)).size > 1;
}
