import { expect, test } from "vitest";

import type { FromWorker, ToWorker } from "./protocol";
import { RunLog } from "./runlog";
import { Session } from "./session";
import { type State, initialState, reduce } from "./state";
import { fakeExperiment, fakeModule } from "./testing/fake-engine";
import { fakeStorage } from "./testing/storage";

interface Line {
  event: string;
  step: number;
  [key: string]: unknown;
}

function setUp() {
  const { module, world } = fakeModule();
  const log = new RunLog();
  let state: State = initialState();
  const post = (message: FromWorker): void => {
    log.observe(message);
    state = reduce(state, message);
  };
  const session = new Session(module, post, fakeStorage());
  return {
    world,
    send: async (...messages: ToWorker[]): Promise<void> => {
      for (const message of messages) {
        await session.handle(message);
        await session.idle();
      }
    },
    lines: (): Line[] =>
      log
        .text(state)
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line) as Line),
  };
}

const open: ToWorker = { type: "open", experiment: fakeExperiment, files: undefined };
const advance = (steps: number): ToWorker => ({ type: "advance", steps });
const short = (lines: Line[]): string[] => lines.map(({ event, step }) => `${event} ${step}`);
const steps = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, k) => `step ${from + k}`);

test("a run is logged as the command line logs it", async () => {
  const { send, lines } = setUp();
  await send(open, { type: "start" });
  const all = lines();
  expect(short(all).slice(0, -1)).toEqual([
    "start 0",
    ...steps(1, 10),
    "epoch 10",
    ...steps(11, 20),
    "epoch 20",
    ...steps(21, 25),
    "epoch 25",
  ]);
  expect(all[0]).toEqual({
    event: "start",
    config: fakeExperiment,
    step: 0,
    parameters: 27,
    dataset: "synthetic",
    adapter: "fake",
  });
  expect(all[2]).toEqual({ event: "step", step: 2, loss: 0.5 });
  const epoch = all.find(({ event }) => event === "epoch");
  const mean = Array.from({ length: 10 }, (_, k) => 1 / (k + 1)).reduce((sum, loss) => sum + loss) / 10;
  expect(epoch).toMatchObject({
    epoch: 1,
    raw: { accuracy: 50, loss: 1 },
    ema: [
      { name: "ema-0.9", average: "0.9", beta: 0.9, accuracy: 50, loss: 1 },
      { name: "ema-0.98", average: "0.98", beta: 0.98, accuracy: 50, loss: 1 },
    ],
  });
  expect(epoch?.train_loss).toBeCloseTo(mean, 10);
  expect(all.at(-1)).toMatchObject({
    event: "summary",
    interrupted: false,
    steps: 25,
    batch: 10,
    synthetic: true,
  });
});

test("a change in mid-run and a state gone back to begin a line of their own", async () => {
  const { send, lines } = setUp();
  await send(open, advance(3), { type: "change", experiment: { ...fakeExperiment, lr: 0.1 } }, advance(2));
  expect(short(lines()).slice(0, -1)).toEqual(["start 0", ...steps(1, 3), "start 3", ...steps(4, 5)]);
  expect(lines()[4]).toMatchObject({ config: { lr: 0.1 } });
});

test("a reset begins another log, and undoing it brings the first one back", async () => {
  const { send, lines } = setUp();
  await send(open, advance(3), { type: "reset" });
  expect(short(lines()).slice(0, -1)).toEqual(["start 0"]);
  await send(advance(1), { type: "undo" }, advance(1));
  expect(short(lines()).slice(0, -1)).toEqual(["start 0", ...steps(1, 3), "start 3", "step 4"]);
});

test("a loss that is not a number is null", async () => {
  const { send, world, lines } = setUp();
  await send(open);
  for (const engine of world.engines) engine.divergesAt = 2;
  await send(advance(2));
  expect(lines().find(({ step }) => step === 2)).toEqual({ event: "step", step: 2, loss: null });
});
