/** The page's readers, fed with damaged texts. `EMASCOPE_ENDURE_SEED=N` repeats a single one. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { expect, test } from "vitest";

import { readLink, readViewKeys, withViewKeys } from "./hash";
import { runsAsJson } from "./kept/export";
import { ReplayEngine } from "./replay/engine";
import { exampleRecording } from "./replay/example";
import type { Recording } from "./replay/format";
import { parseRecording } from "./replay/module";
import { pool } from "./runs/class/pool";
import { readResults } from "./runs/class/result";
import { fakeSettings } from "./testing/fake-module";
import { keptRunOf } from "./testing/kept";
import { Random, mutate } from "./testing/mutate";
import { resultLog } from "./testing/result";
import { FOR_HOURS, Tally, rounds } from "./testing/tally";
import { guess } from "./training/log/guess";
import { measure, seriesOf } from "./training/log/measure";
import { readLog } from "./training/log/read";

/** Milliseconds that an input may take; the slowest takes a few. */
const PATIENCE = 20_000;
/** Bytes by which memory may have grown after all inputs. */
const GROWTH = 8e6;

/**
 * Reads the requested number of mutated inputs. `read` returns whether the input was accepted, and throws on a
 * violation.
 */
async function endure(
  name: string,
  short: number,
  input: (random: Random) => string,
  read: (text: string) => boolean | Promise<boolean>,
): Promise<void> {
  const one = process.env.EMASCOPE_ENDURE_SEED;
  const [first, count] = one === undefined ? [0, rounds(short)] : [Number(one), 1];
  const tally = new Tally(name, count);
  let taken = 0;
  let early = 0;
  for (let seed = first; seed < first + count; seed++) {
    tally.progress(seed - first);
    const text = input(new Random(seed));
    const began = performance.now();
    try {
      taken += (await read(text)) ? 1 : 0;
    } catch (thrown) {
      tally.failed(`it throws ${String(thrown)}; EMASCOPE_ENDURE_SEED=${seed} repeats it`);
    }
    const took = performance.now() - began;
    if (took > PATIENCE) tally.failed(`it took ${took} ms; EMASCOPE_ENDURE_SEED=${seed} repeats it`);
    if (seed === first + Math.floor(count / 10)) early = held();
  }
  const late = held();
  const growth = late - early;
  tally.holds(late);
  if (growth > GROWTH) tally.failed(`memory grew by ${growth} bytes`);
  if (one === undefined) expect([taken > 0, taken < count]).toEqual([true, true]);
  tally.note = `${taken} were read, ${count - taken} refused; memory grew by ${(growth / 1e6).toFixed(1)} MB`;
  tally.finish();
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

/** Bytes of JavaScript that are in use. */
function held(): number {
  collect();
  return process.memoryUsage().heapUsed;
}

test("damaged addresses", { timeout: FOR_HOURS }, async () => {
  const hashes = [
    "#v=1&preset=small&lr=0.003&ema=0.98&ema=0.99,every=4,warmup=ramp",
    "#v=1&augment=flip,crop=4&shuffle=false&steps=100&eval_every=10&data=subset&batch=32",
    "#lesson=noise&embed=accuracy,loss&hide=head&present=path&v=1&augment=none&ema=none",
  ];
  const words = [
    "&",
    "=",
    "#",
    ",",
    "%",
    "%00",
    "%ff",
    "%E4%BD%A0",
    "none",
    "__proto__",
    "constructor",
    "ema=0.9&",
    "ema=0.9",
  ];
  const keys = fakeSettings.flatMap(({ key, choices }) => [`${key}=`, `&${key}=`, ...(choices ?? [])]);
  const input = (random: Random): string =>
    mutate(random, random.of(hashes), [...words, ...keys], random.of(hashes));
  await endure("URL hashes", 3000, input, (hash) => {
    const look = readViewKeys(hash);
    const link = readLink(hash);
    const keys = link.wanted.map(([key]) => key);
    if (new Set(keys).size < keys.length) throw new Error("a key is asked for twice");
    const others = ["v", "data", ...Object.keys(look)];
    if (keys.some((key) => others.includes(key))) throw new Error("a key is read twice");
    const same = readLink(withViewKeys(hash, {}));
    if (JSON.stringify(same) !== JSON.stringify(link)) {
      throw new Error(`${JSON.stringify(link)} is read again as ${JSON.stringify(same)}`);
    }
    if (Object.keys(readViewKeys(withViewKeys(hash, { embed: null }))).includes("embed"))
      throw new Error("embed stays");
    return link.complaints.length === 0;
  });
});

test("damaged recorded runs", { timeout: FOR_HOURS }, async () => {
  const whole = JSON.stringify(exampleRecording());
  const words = [
    "null",
    "[]",
    "{}",
    '""',
    "true",
    "1e999",
    ",",
    ":",
    '"',
    "[",
    "]",
    '"step":',
    '"methods":',
    "\\u0000",
    "__proto__",
  ];
  const input = (random: Random): string => {
    if (random.below(3) === 0) return mutate(random, whole, words, whole);
    const recording = JSON.parse(whole) as object;
    damage(random, recording);
    return JSON.stringify(recording);
  };
  await endure("recorded runs", 1000, input, async (text) => {
    let recording: Recording;
    try {
      recording = parseRecording(text);
    } catch (thrown) {
      if (thrown instanceof Error) return false;
      throw thrown;
    }
    await play(recording);
    return true;
  });
});

test("damaged results of a class", { timeout: FOR_HOURS }, async () => {
  const log = resultLog();
  const kept = runsAsJson([keptRunOf([[60, 61, 62]]), keptRunOf([[59, 61, 63]], { id: "b" })]);
  const words = [
    "null",
    "[]",
    "{}",
    '""',
    "1e999",
    ",",
    '"',
    "\n",
    '{"event":"start"}',
    '"ema":[],',
    "__proto__",
  ];
  const input = (random: Random): string => {
    const whole = random.of([log, kept]);
    if (random.below(3) === 0) return mutate(random, whole, words, random.of([log, kept]));
    const lines = whole === kept ? [kept] : log.trimEnd().split("\n");
    const place = random.below(lines.length);
    const value = JSON.parse(lines[place] ?? "") as object;
    damage(random, value);
    return lines.with(place, JSON.stringify(value)).join("\n");
  };
  await endure("results of a class", 2000, input, (text) => {
    const { results, left } = readResults("file", text);
    if (results.length + left.length === 0) throw new Error("a file is dropped without a reason");
    const { seeds, left: others } = pool(results, undefined);
    if (seeds.length + others.length !== results.length) throw new Error("a result is lost");
    const numbers = seeds.flatMap(({ seed, raw, average }) => [seed, raw, average]);
    if (!numbers.every(Number.isFinite)) throw new Error("a seed has no numbers");
    return left.length === 0;
  });
});

test("damaged logs", { timeout: FOR_HOURS }, async () => {
  const texts = [
    'step,"acc, raw",ema_acc\n1,10,"12"\n# a comment\n2,20,30\n',
    "step;acc;ema\n1;10,5;11\n2;11,5;12\n",
    '{"step": 1, "acc": 50, "methods": [{"name": "ema", "acc": 51}]}\n{"step": 2, "acc": 52}\n',
  ];
  const words = [",", ";", "\t", '"', '""', "\n", "\r", "#", "{", "}", "NaN", "1e999", "__proto__", "step"];
  const input = (random: Random): string => mutate(random, random.of(texts), words, random.of(texts));
  await endure("logs", 2000, input, async (text) => {
    const table = await readLog(text);
    if ("what" in table) return false;
    if (table.rows.some((row) => row.length !== table.columns.length)) throw new Error("a row is ragged");
    const columns = guess(table);
    const { tests } = measure(seriesOf(table, columns), columns.lower);
    if (tests > table.rows.length) throw new Error("tests appear from nowhere");
    return true;
  });
});

/** Puts another value in a random place of a tree. */
function damage(random: Random, tree: object): void {
  const values = [null, 0, -1, 1.5, 1e308, 4294967296, "", "x", true, [], {}, [null], { step: 0 }];
  let place = tree as Record<string, unknown>;
  for (;;) {
    const keys = Object.keys(place);
    const key = random.of(keys);
    const value = place[key];
    const inner = typeof value === "object" && value !== null && Object.keys(value).length > 0;
    if (inner && random.below(8) > 0) {
      place = value as Record<string, unknown>;
    } else if (random.below(3) === 0 && Array.isArray(place)) {
      place.splice(Number(key), random.below(2), ...(random.below(2) === 0 ? [] : [value, value]));
      return;
    } else {
      place[key] = random.of(values);
      return;
    }
  }
}

/** Plays a recorded run to its end and asks for everything that the page does. */
async function play(recording: Recording): Promise<void> {
  const engine = new ReplayEngine(recording, { name: "NoWebGpu", message: "none" }, () => Promise.resolve());
  const { tensors, methods, total_steps } = engine.describe();
  engine.probe(recording.probes.probes);
  for (const { step } of recording.points) {
    await engine.train(step - engine.step());
    const point = await engine.evaluate();
    if (point.methods.length !== methods.length) throw new Error("a point lacks methods");
    if ((await engine.filters()).methods.length !== methods.length) throw new Error("filters lack methods");
    if (engine.predictions()?.methods !== methods.length) throw new Error("predictions lack methods");
    engine.averages();
    engine.summary();
  }
  const metrics = await engine.metrics();
  if (metrics.length !== total_steps) throw new Error(`${metrics.length} steps of ${total_steps}`);
  await engine.probes();
  for (const { tensor } of recording.probes.probes) {
    if (tensors[tensor] === undefined) throw new Error("a followed weight is nowhere");
  }
  engine.test_images(Uint32Array.from(recording.test_images.labels.keys()));
}
