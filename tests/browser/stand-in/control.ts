/** A test's requests to the stand-in, by its worker. */
import type { Page, Worker } from "playwright-core";

import type { EngineModule } from "../../../www/engine";
import type { FakeWorld } from "../../../www/testing/fake-engine";
import type * as standIn from "./module";

/** The compiler notices what the stand-in lacks of the engine's module. */
type Complete<Module extends EngineModule> = Module;
export type StandIn = Complete<typeof standIn>;

interface Scope {
  standIn: FakeWorld;
}

function workerOf(page: Page): Worker {
  const worker = page.workers().at(-1);
  if (worker === undefined) throw new Error("the page has no worker");
  return worker;
}

/** How long a step takes from now on. */
export async function pace(page: Page, millisecondsPerStep: number): Promise<void> {
  await workerOf(page).evaluate((milliseconds) => {
    (globalThis as unknown as Scope).standIn.machine.millisecondsPerStep = milliseconds;
  }, millisecondsPerStep);
}

/** The next submit fails as a submit does whose device is lost. */
export async function loseDevice(page: Page): Promise<void> {
  await workerOf(page).evaluate(() => {
    const { engines } = (globalThis as unknown as Scope).standIn;
    const engine = engines.at(-1);
    if (engine !== undefined) engine.failure = Object.assign(new Error("taken away"), { name: "DeviceLost" });
  });
}

/** No engine can be built, for this reason; null for one that can. */
export async function refuse(page: Page, name: string | null): Promise<void> {
  await workerOf(page).evaluate((name) => {
    const { standIn } = globalThis as unknown as Scope;
    standIn.refuseAll = name === null ? undefined : Object.assign(new Error("the reason"), { name });
  }, name);
}

/** From this step on, losses are not numbers. */
export async function diverge(page: Page, step: number): Promise<void> {
  await workerOf(page).evaluate((step) => {
    const engine = (globalThis as unknown as Scope).standIn.engines.at(-1);
    if (engine !== undefined) engine.divergesAt = step;
  }, step);
}

/** The steps before which the engine was disturbed, with the factors. */
export function disturbances(page: Page): Promise<{ step: number; factor: number }[]> {
  return workerOf(page).evaluate(
    () => (globalThis as unknown as Scope).standIn.engines.at(-1)?.disturbed ?? [],
  );
}

/** The names of the files that the latest engine was to be built on. */
export function files(page: Page): Promise<string[]> {
  return workerOf(page).evaluate(() =>
    ((globalThis as unknown as Scope).standIn.files ?? []).map(({ name }) => name),
  );
}
