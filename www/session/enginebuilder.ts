import type { DataFiles, Engine, EngineModule, Experiment } from "../engine";
import type { SavedState } from "../history/savedstate";
import type { ReadProgress } from "../protocol";
import { type ReadBlobSync, readFiles } from "./readfiles";

/** Thrown in place of an engine that nobody needs: a later command asked for another run. */
export class Superseded extends Error {}

/** Builds engines, after reading the files they train on. */
export class EngineBuilder {
  readonly #module: EngineModule;
  readonly #readBlobSync: ReadBlobSync;
  readonly #now: () => number;
  readonly #report: (progress: ReadProgress | null) => void;
  #generation = 0;

  /** @param report receives the progress of reading files, and null at its end */
  constructor(
    module: EngineModule,
    readBlobSync: ReadBlobSync,
    now: () => number,
    report: (progress: ReadProgress | null) => void,
  ) {
    this.#module = module;
    this.#readBlobSync = readBlobSync;
    this.#now = now;
    this.#report = report;
  }

  /** The number of commands so far that asked for another run. */
  get generation(): number {
    return this.#generation;
  }

  /** Supersedes the engines that are being built for earlier commands. */
  supersede(): void {
    this.#generation += 1;
  }

  /** An engine for a new run; throws {@link Superseded} if a later generation has begun. */
  create(
    generation: number,
    experiment: Experiment,
    files: File[] | undefined,
    nearest: boolean,
  ): Promise<Engine> {
    return this.#build(generation, files, (data) => this.#module.Engine.create(experiment, data, nearest));
  }

  /** An engine that continues from a checkpoint; throws {@link Superseded} if a later generation has begun. */
  async resume(generation: number, checkpoint: Blob, files: File[] | undefined): Promise<Engine> {
    const bytes = new Uint8Array(await checkpoint.arrayBuffer());
    return this.#build(generation, files, (data) => this.#module.Engine.resume(bytes, data));
  }

  /** An engine for the same run from its start, whatever was asked for meanwhile. */
  async recreate(experiment: Experiment, files: File[] | undefined): Promise<Engine> {
    return this.#module.Engine.create(experiment, await this.#readAll(files));
  }

  /** An engine that continues from a saved state, whatever was asked for meanwhile. */
  async restore({ checkpoint, files }: SavedState): Promise<Engine> {
    const bytes = new Uint8Array(await checkpoint.arrayBuffer());
    return this.#module.Engine.resume(bytes, await this.#readAll(files));
  }

  async #build(
    generation: number,
    files: File[] | undefined,
    make: (data: DataFiles | undefined) => Promise<Engine>,
  ): Promise<Engine> {
    const isWanted = (): boolean => generation === this.#generation;
    if (!isWanted()) throw new Superseded();
    const data = await this.#readAll(files, isWanted);
    if (!isWanted()) {
      data?.free();
      throw new Superseded();
    }
    let engine: Engine;
    try {
      engine = await make(data);
    } catch (thrown) {
      throw isWanted() ? thrown : new Superseded();
    }
    if (isWanted()) return engine;
    engine.free();
    throw new Superseded();
  }

  async #readAll(files: File[] | undefined, isWanted = () => true): Promise<DataFiles | undefined> {
    if (files === undefined) return undefined;
    return readFiles(this.#module, files, this.#readBlobSync, {
      now: this.#now,
      report: this.#report,
      isWanted,
    });
  }
}
