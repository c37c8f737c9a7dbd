import { expect, test } from "vitest";

import { SpeedMeter } from "./speedmeter";

test("speed is that of the latest two seconds, without the first submit", () => {
  const meter = new SpeedMeter();
  meter.record(1, 3000);
  expect(meter.stepsPerSecond).toBeNull();
  for (let k = 0; k < 40; k++) meter.record(1, 100);
  expect(meter.stepsPerSecond).toBeCloseTo(10);
  for (let k = 0; k < 40; k++) meter.record(4, 100);
  expect(meter.stepsPerSecond).toBeCloseTo(40);
});

test("steps that take longer than that are measured one by one", () => {
  const meter = new SpeedMeter();
  meter.record(1, 1);
  meter.record(1, 5000);
  meter.record(1, 4000);
  expect(meter.stepsPerSecond).toBeCloseTo(0.25);
});
