import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

import { ReplayEngine } from "./engine";
import { parseRecording } from "./module";

const recording = parseRecording(readFileSync("www/replay/recorded.json", "utf8"));

test("the recorded run is complete", () => {
  const { description, steps, points, summaries, averages, probes, predictions, filters, test_images } =
    recording;
  const total = description.total_steps;
  const methods = description.methods.length;
  expect(total).toBe(steps.loss.length);
  expect(steps.accuracy).toHaveLength(total);
  expect(points.at(-1)?.step).toBe(total);
  expect([summaries.length, predictions.length]).toEqual([points.length, points.length]);
  expect(averages).toHaveLength(methods - 1);
  for (const { effective_beta, half_life, initial_share } of averages) {
    for (const values of [effective_beta, half_life, initial_share]) expect(values).toHaveLength(total + 1);
  }
  expect(probes.values).toHaveLength(total * probes.probes.length * methods);
  for (const { tensor, index } of probes.probes) {
    const count = description.tensors[tensor]?.shape.reduce((a, b) => a * b, 1) ?? 0;
    expect(index).toBeLessThan(count);
  }
  const images = test_images.labels.length;
  expect(atob(test_images.pixels)).toHaveLength(images * 3 * 32 * 32);
  for (const { classes, confidences } of predictions) {
    expect([classes.length, confidences.length]).toEqual([images * methods, images * methods]);
  }
  const weights = filters.shape.reduce((a, b) => a * b, 1);
  expect(filters.frames.map(({ step }) => step)).toEqual([0, ...points.map(({ step }) => step)]);
  for (const frame of filters.frames) {
    expect(frame.methods.map((values) => values.length)).toEqual(Array(methods).fill(weights));
  }
});

test("every number in it is one", () => {
  const { steps, probes } = recording;
  const numbers = [...steps.loss, ...steps.accuracy, ...probes.values];
  expect(numbers.every((value) => value !== null && Number.isFinite(value))).toBe(true);
});

test("it plays to its table", async () => {
  const reason = { name: "NoWebGpu" as const, message: "none" };
  const engine = new ReplayEngine(recording, reason, () => Promise.resolve());
  engine.probe(recording.probes.probes);
  for (const { step } of recording.points) {
    await engine.train(step - engine.step());
    await engine.evaluate();
  }
  expect(engine.summary()).toEqual(recording.summaries.at(-1));
  expect((await engine.metrics()).at(-1)?.step).toBe(recording.description.total_steps);
  expect((await engine.probes())?.values.every(Number.isFinite)).toBe(true);
});
