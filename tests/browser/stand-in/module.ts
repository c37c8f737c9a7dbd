/** Served in place of the engine's JavaScript: the real settings, and {@link StandIn} for an engine. */

import type { DataFiles, EngineModule } from "../../../www/engine";
import { type FakeWorld, readFakeCheckpoint } from "../../../www/testing/fake-engine";
import { StandIn, standInAdapter } from "./engine";

const real = (await import(/* @vite-ignore */ `${import.meta.url}?real`)) as EngineModule & {
  default: unknown;
};

const world: FakeWorld = {
  engines: [],
  inFlight: 0,
  mostInFlight: 0,
  files: undefined,
  refuse: undefined,
  refuseAll: undefined,
};
/** For tests, by the worker's scope. */
Object.assign(globalThis, { standIn: { world, conditions: StandIn.conditions } });

export default real.default;
export const settings: EngineModule["settings"] = () => real.settings();
export const limits: EngineModule["limits"] = () => real.limits();
export const default_experiment: EngineModule["default_experiment"] = () => real.default_experiment();
export const adapter: EngineModule["adapter"] = () => Promise.resolve(standInAdapter);

export const nearest: EngineModule["nearest"] = (wanted) => real.nearest(wanted);

export const pytorch_script: EngineModule["pytorch_script"] = (experiment) => real.pytorch_script(experiment);
export const Log = real.Log;

/** Files are read as by the engine, and then not needed. */
export class Files {
  readonly #files = new real.Files();
  readonly taken: { name: string; bytes: Uint8Array }[] = [];
  push(...file: Parameters<DataFiles["push"]>): void {
    this.#files.push(...file);
    this.taken.push({ name: file[0], bytes: new Uint8Array() });
  }
  free(): void {
    this.#files.free();
  }
}

export const Engine: EngineModule["Engine"] = {
  create(experiment, files) {
    world.files = files instanceof Files ? files.taken : undefined;
    files?.free();
    return attempt(() => new StandIn(world, { ...default_experiment(), ...experiment }));
  },
  resume(checkpoint, files) {
    files?.free();
    return attempt(() => {
      const { experiment, step, history } = readFakeCheckpoint(checkpoint);
      return new StandIn(world, experiment, step, history);
    });
  },
};

/** Fails what a test asked to fail. */
function attempt(make: () => StandIn): Promise<StandIn> {
  const error = world.refuse ?? world.refuseAll;
  world.refuse = undefined;
  return error === undefined ? Promise.resolve().then(make) : Promise.reject(error);
}
