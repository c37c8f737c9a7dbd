import { expect, test } from "vitest";

import type { FromWorker, ToWorker } from "../protocol";
import { Session } from "../session";
import { fakeExperiment, fakeModule } from "../testing/fake-module";
import { fakeStorage } from "../testing/storage";

/** A session that is told one message after the other, and the log it writes then. */
function setUp() {
  const { module } = fakeModule();
  const messages: FromWorker[] = [];
  const session = new Session(module, (message) => messages.push(message), fakeStorage());
  const send = async (...all: ToWorker[]): Promise<void> => {
    for (const message of all) {
      await session.handle(message);
      await session.idle();
    }
  };
  return {
    send,
    lines: async (): Promise<string[]> => {
      await send({ type: "log" });
      const last = messages.at(-1);
      return last?.type === "log" ? last.text.trimEnd().split("\n") : [];
    },
  };
}

const open: ToWorker = { type: "open", experiment: fakeExperiment, files: undefined };
const advance = (steps: number): ToWorker => ({ type: "advance", steps });
const steps = (from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, k) => `step ${from + k}`);

test("each evaluation is logged after its step, and the summary at the end", async () => {
  const { send, lines } = setUp();
  await send(open, { type: "start" });
  expect(await lines()).toEqual([
    "start 0",
    ...steps(1, 10),
    "epoch 10",
    ...steps(11, 20),
    "epoch 20",
    ...steps(21, 25),
    "epoch 25",
    "summary 25",
  ]);
});

test("a change during a run is logged", async () => {
  const { send, lines } = setUp();
  await send(open, advance(3), { type: "change", experiment: { ...fakeExperiment, lr: 0.1 } }, advance(2));
  expect(await lines()).toEqual(["start 0", ...steps(1, 3), "change", ...steps(4, 5), "summary 5"]);
});

test("a reset starts another log, and undoing it restores the first one", async () => {
  const { send, lines } = setUp();
  await send(open, advance(3), { type: "reset" });
  expect(await lines()).toEqual(["start 0", "summary 0"]);
  await send(advance(1), { type: "undo" }, advance(1));
  expect(await lines()).toEqual(["start 0", ...steps(1, 3), "start 3", "step 4", "summary 4"]);
});

test("a run without a step leaves the previous log for an undo", async () => {
  const { send, lines } = setUp();
  await send(open, advance(2), { type: "reset" }, { type: "reset" }, { type: "undo" });
  expect(await lines()).toEqual(["start 0", ...steps(1, 2), "start 2", "summary 2"]);
});
