import { expect, test } from "vitest";

import type { Experiment } from "../engine";
import { shortSettings } from "../short";
import { type State, initialState } from "../state";
import { FakeEngine } from "../testing/fake-engine";
import { fakeExperiment, fakeModule } from "../testing/fake-module";
import { RunLength } from "./length";
import type { Message } from "./messages";

const short = shortSettings(400);
const defaults: Experiment = { ...fakeExperiment, limit_test: null, epochs: 14 };

function setUp() {
  const shown = new Map<string, Message>();
  const opened: Experiment[] = [];
  const length = new RunLength(
    { defaults, short, open: (experiment) => opened.push(experiment) },
    { show: (name, message) => shown.set(name, message), hide: (name) => void shown.delete(name) },
  );
  const said = (): string | undefined => shown.get("length")?.title();
  const press = (): void => {
    shown.get("length")?.actions?.[0]?.run();
  };
  return { length, opened, shown, said, press };
}

function running(experiment: Experiment, { software = true, recorded = false } = {}): State {
  const description = new FakeEngine(fakeModule().world, experiment).describe();
  const reason = { name: "NoWebGpu", message: "none" } as const;
  return {
    ...initialState(),
    experiment,
    description: {
      ...description,
      adapter: { ...description.adapter, software },
      ...(recorded ? { recorded: { reason, program: "", probes: [] } } : {}),
    },
  };
}

test("the message names the short experiment's numbers, and a click switches to the full one and back", () => {
  const { length, opened, said, press } = setUp();
  length.render(running({ ...defaults, ...short, seed: 7 }));
  for (const value of [short.steps, short.batch, short.limit_test]) expect(said()).toContain(String(value));
  expect(said()).not.toContain("{");
  press();
  expect(opened).toEqual([{ ...defaults, seed: 7 }]);
  length.render(running({ ...defaults, seed: 7 }));
  expect(said()).toContain("full");
  press();
  expect(opened.at(-1)).toEqual({ ...defaults, ...short, seed: 7 });
});

test("the reader's other settings are kept when the length changes", () => {
  const { length, opened, press } = setUp();
  length.render(running({ ...defaults, ...short }));
  length.render(running({ ...defaults, ...short, lr: 0.01 }));
  press();
  expect(opened).toEqual([{ ...defaults, lr: 0.01 }]);
});

test("there is no message on a graphics card, for a recorded run, or for a length set by the reader", () => {
  const { length, said } = setUp();
  const experiment = { ...defaults, ...short };
  for (const state of [
    running(experiment, { software: false }),
    running(experiment, { recorded: true }),
    running({ ...experiment, steps: 99 }),
    running({ ...defaults, batch: 32 }),
    initialState(),
  ]) {
    length.render(running({ ...experiment }));
    expect(said()).toBeDefined();
    length.render(state);
    expect(said()).toBeUndefined();
  }
});

test("a dismissed message does not come back until it changes", () => {
  const { length, shown, said } = setUp();
  length.render(running({ ...defaults, ...short }));
  shown.get("length")?.closed?.();
  shown.delete("length");
  length.render(running({ ...defaults, ...short, seed: 1 }));
  length.render(running({ ...defaults, ...short, steps: 99 }));
  length.render(running({ ...defaults, ...short, seed: 2 }));
  expect(said()).toBeUndefined();
  length.render(running(defaults));
  expect(said()).toBeDefined();
});
