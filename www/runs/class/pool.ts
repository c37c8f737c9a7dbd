import { type Left, type Result, settingsOf } from "./result";

/** A seed's run with one average, in percent. */
export interface Seed {
  from: string;
  seed: number;
  raw: number;
  average: number;
}

/** Runs that differ by their seed only, and those that are left out. */
export interface Pool {
  /** In the order of their seeds. */
  seeds: Seed[];
  left: Left[];
  /** The averages that can be compared with raw: those that most of the runs have first, then the better ones. */
  averages: string[];
  /** The one that is compared. */
  average: string | undefined;
  /** The first of the runs, whose settings are those of all. */
  common: Result | undefined;
}

const dataOf = ({ data }: Result): string =>
  JSON.stringify([data.name, data.synthetic, data.train, data.test]);

/** Puts together the runs that the most others share their settings, images and length with. */
export function pool(results: readonly Result[], wanted: string | undefined): Pool {
  const keys = results.map((result) =>
    JSON.stringify([settingsOf(result.experiment), dataOf(result), result.step]),
  );
  const shared = (key: string | undefined): number => keys.filter((one) => one === key).length;
  const most = Math.max(0, ...keys.map(shared));
  const common = results.find((_, k) => shared(keys[k]) === most);
  if (common === undefined) return { seeds: [], left: [], averages: [], average: undefined, common };
  const left: Left[] = [];
  const chosen: Result[] = [];
  for (const result of results) {
    const { from, seed, data, step } = result;
    const same = chosen.find((other) => other.seed === seed);
    if (dataOf(result) !== dataOf(common)) left.push({ from, why: { what: "data", data } });
    else if (settingsOf(result.experiment) !== settingsOf(common.experiment))
      left.push({ from, why: { what: "settings", of: result, others: common } });
    else if (step !== common.step) left.push({ from, why: { what: "steps", step, others: common.step } });
    else if (same !== undefined) left.push({ from, why: { what: "seed", seed, other: same.from } });
    else chosen.push(result);
  }
  const averages = ranked(chosen);
  const average = wanted !== undefined && averages.includes(wanted) ? wanted : averages[0];
  const seeds: Seed[] = [];
  for (const { from, seed, raw, averages } of chosen) {
    const score = averages.get(average ?? "");
    if (score === undefined) left.push({ from, why: { what: "average", average: average ?? "" } });
    else seeds.push({ from, seed, raw, average: score });
  }
  return { seeds: seeds.sort((a, b) => a.seed - b.seed), left, averages, average, common };
}

/** The averages of the runs: those that most of them have first, then those with the higher mean. */
function ranked(results: readonly Result[]): string[] {
  const texts = [...new Set(results.flatMap(({ averages }) => [...averages.keys()]))];
  return texts
    .map((text) => {
      const scores = results.flatMap(({ averages }) => averages.get(text) ?? []);
      return { text, n: scores.length, mean: scores.reduce((sum, score) => sum + score, 0) / scores.length };
    })
    .sort((a, b) => b.n - a.n || b.mean - a.mean)
    .map(({ text }) => text);
}
