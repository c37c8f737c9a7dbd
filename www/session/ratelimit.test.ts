import { expect, test } from "vitest";

import { RateLimit } from "./ratelimit";

/** Steps made in so many milliseconds by a loop that sleeps as long as it is told. */
function run(pace: RateLimit, milliseconds: number, late = 0): number {
  let [now, steps] = [0, 0];
  while (now < milliseconds) {
    const wait = pace.wait(now);
    now += wait > 0 ? wait + late : 0;
    if (now >= milliseconds) break;
    const most = Math.min(pace.maxSteps, 256);
    pace.submitted(most, now);
    steps += most;
    now += 1;
  }
  return steps;
}

test.each([1, 3, 10, 50, 200])("a limit of %i steps per second is kept", (rate) => {
  const pace = new RateLimit();
  pace.set(rate);
  const steps = run(pace, 10_000);
  expect(steps).toBeGreaterThanOrEqual(9.9 * rate);
  expect(steps).toBeLessThanOrEqual(10.1 * rate + 1);
});

test("timers that are late do not slow the run down", () => {
  const pace = new RateLimit();
  pace.set(50);
  expect(run(pace, 10_000, 4)).toBeGreaterThanOrEqual(495);
});

test("steps missed during a pause are not made up for", () => {
  const pace = new RateLimit();
  pace.set(10);
  pace.submitted(1, 0);
  let made = 0;
  while (pace.wait(60_000) === 0) {
    pace.submitted(1, 60_000);
    made += 1;
  }
  expect(made).toBeLessThanOrEqual(2);
});

test("at full speed nothing waits, and a new limit takes effect at once", () => {
  const pace = new RateLimit();
  pace.set(1);
  pace.submitted(1, 0);
  expect(pace.wait(0)).toBe(1000);
  pace.set(2);
  expect(pace.wait(0)).toBe(0);
  pace.set(null);
  pace.submitted(100, 0);
  expect(pace.wait(0)).toBe(0);
});
