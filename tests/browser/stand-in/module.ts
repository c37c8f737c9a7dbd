/** Served in place of the engine's JavaScript: the real settings, and fake engines that resemble a run of the real one. */

import type { DataFiles, EngineModule } from "../../../www/engine";
import { fakeEngines, fakeWorld } from "../../../www/testing/fake-engine";

const real = (await import(/* @vite-ignore */ `${import.meta.url}?real`)) as EngineModule & {
  default: unknown;
};
const standInAdapter = { name: "stand-in", backend: "none", software: false };

const world = fakeWorld({
  adapter: standInAdapter,
  settings: () => real.settings(),
  default_experiment: () => real.default_experiment(),
  train: 5000,
  images: 200,
  classes: ["plane", "car", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"],
  parameters: 72_954,
  tensors: [
    { name: "0.weight", shape: [16, 3, 3, 3] },
    { name: "3.weight", shape: [16, 16, 3, 3] },
    { name: "22.weight", shape: [10, 64] },
  ],
  millisecondsPerStep: 1,
});
/** For tests, by the worker's scope. */
Object.assign(globalThis, { standIn: world });

export default real.default;
export const settings: EngineModule["settings"] = () => real.settings();
export const limits: EngineModule["limits"] = () => real.limits();
export const default_experiment: EngineModule["default_experiment"] = () => real.default_experiment();
export const adapter: EngineModule["adapter"] = () => Promise.resolve(standInAdapter);
export const compute_on: EngineModule["compute_on"] = (compute) => {
  world.computes.push(compute);
};
export const processor_speed: EngineModule["processor_speed"] = () => Promise.resolve(400);
export const nearest: EngineModule["nearest"] = (wanted) => real.nearest(wanted);
export const training_speed: EngineModule["training_speed"] = () => Promise.resolve(400);

export const survey: EngineModule["survey"] = (experiment) => real.survey(experiment);

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

export const Engine = fakeEngines(world, (files) => (files instanceof Files ? files.taken : undefined));
