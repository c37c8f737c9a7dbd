import type { LogTable } from "./read";

/** The columns that are drawn, by their places. */
export interface Columns {
  step: number;
  raw: number;
  average: number;
  /** Whether less is better, as of a loss. */
  lower: boolean;
}

const STEP = /(^|[._/ ])(_?step|global_step|steps?|iteration|iter|update)$/iu;
const EPOCH = /(^|[._/ ])epoch$/iu;

/** Finds one of these words in a name, as a whole word: loss in val_loss, but not in closs. */
const words = (list: string): RegExp => new RegExp(`(?<!\\p{L})(${list})(?!\\p{L})`, "giu");

const AVERAGE = words("ema|swa|avg|averaged?|shadow");
const LOWER = words("loss|losses|errors?|err|fid|perplexity|ppl|wer|cer|rmse|mse|mae|nll|bpb");
const TEST = words("acc|accuracy|val|valid|validation|test|eval|evaluation|top|metric|score|map|f1|bleu");
/** What a name has besides its metric. */
const OTHERS = words("raw|model");

/** A name such as valAcc with a space between its words. */
const apart = (name: string): string => name.replaceAll(/(?<=\p{Ll})(?=\p{Lu})/gu, " ");

/** Whether a name has one of the words. */
const has = (list: RegExp, name: string): boolean => name.search(list) >= 0 || apart(name).search(list) >= 0;

/** Which columns are the step, the raw metric and that of its average, by their names; the reader can choose others. */
export function guess({ columns }: LogTable): Columns {
  const find = (...tests: ((name: string, place: number) => boolean)[]): number | undefined => {
    for (const test of tests) {
      const place = columns.findIndex(test);
      if (place >= 0) return place;
    }
    return undefined;
  };
  const step =
    find(
      (name) => STEP.test(name),
      (name) => EPOCH.test(name),
    ) ?? 0;
  const other = (place: number): boolean => place !== step && !EPOCH.test(columns[place] ?? "");
  const average =
    find(
      (name, place) =>
        other(place) && has(AVERAGE, name) && has(TEST, name) && partner(columns, name) !== undefined,
      (name, place) => other(place) && has(AVERAGE, name) && has(TEST, name),
      (name, place) => other(place) && has(AVERAGE, name),
    ) ?? columns.findLastIndex((_, place) => other(place));
  const raw =
    partner(columns, columns[average] ?? "") ??
    find(
      (name, place) => other(place) && place !== average && !has(AVERAGE, name) && has(TEST, name),
      (_, place) => other(place) && place !== average,
    ) ??
    average;
  return { step, raw, average, lower: isLower(columns[raw] ?? "") };
}

/** Whether less of a quantity is better, by its name. */
export function isLower(name: string): boolean {
  return has(LOWER, name);
}

/** The column that has the same name but for the average's part, or with `raw` in its place. */
function partner(columns: readonly string[], average: string): number | undefined {
  // First with the metric's number, as of top5, then without any.
  for (const rest of [/\d*\.\d+|[^\p{L}\d]/gu, /[^\p{L}]/gu]) {
    const bare = (name: string): string =>
      [AVERAGE, OTHERS, rest].reduce((left, part) => left.replaceAll(part, ""), apart(name)).toLowerCase();
    const place = columns.findIndex(
      (name) => name !== average && !has(AVERAGE, name) && bare(name) === bare(average),
    );
    if (place >= 0) return place;
  }
  return undefined;
}
