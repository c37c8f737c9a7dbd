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
const AVERAGE = /(^|[^a-z])(ema|swa|avg|averaged?|shadow)/iu;
const LOWER = /(loss|error|err|fid|perplexity|ppl|wer|cer|rmse|mse|mae|nll|bpb)/iu;
const TEST = /(acc|val|test|eval|top|metric|score|map|f1|bleu)/iu;

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
        other(place) && AVERAGE.test(name) && TEST.test(name) && partner(columns, name) !== undefined,
      (name, place) => other(place) && AVERAGE.test(name) && TEST.test(name),
      (name, place) => other(place) && AVERAGE.test(name),
    ) ?? columns.findLastIndex((_, place) => other(place));
  const raw =
    partner(columns, columns[average] ?? "") ??
    find(
      (name, place) => other(place) && place !== average && !AVERAGE.test(name) && TEST.test(name),
      (_, place) => other(place) && place !== average,
    ) ??
    average;
  return { step, raw, average, lower: isLower(columns[raw] ?? "") };
}

/** Whether less of a quantity is better, by its name. */
export function isLower(name: string): boolean {
  return LOWER.test(name);
}

/** The column that has the same name but for the average's part, or with `raw` in its place. */
function partner(columns: readonly string[], average: string): number | undefined {
  const bare = (name: string): string =>
    name.toLowerCase().replaceAll(/(ema|swa|averaged?|avg|shadow|raw|model|[\d.=]+|[^a-z])/giu, "");
  const place = columns.findIndex(
    (name) => name !== average && !AVERAGE.test(name) && bare(name) === bare(average),
  );
  return place < 0 ? undefined : place;
}
