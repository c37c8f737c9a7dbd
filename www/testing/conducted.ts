import { vi } from "vitest";

import { type AddressRead, Conductor, type Controls } from "../conductor";
import type { Experiment, Setting } from "../engine";
import type { FromWorker, ToWorker } from "../protocol";
import { Session } from "../session";
import type { State } from "../state";
import type { Subset } from "../subset";
import { fakeExperiment, fakeLimits, fakeModule, fakeSettings } from "./fake-module";
import { FakeFileStore, MemoryFile, fakeStorage } from "./storage";

/** Controls that hold what they are given. */
class FakeControls implements Controls {
  values: Experiment = {};
  running: Experiment = {};
  build(_settings: Setting[], experiment: Experiment): void {
    this.values = { ...experiment };
  }
  read(): Experiment {
    return { ...this.values };
  }
  show(experiment: Experiment): void {
    this.values = { ...experiment };
  }
  showRunning(experiment: Experiment): void {
    this.running = experiment;
  }
  get pending(): boolean {
    // The source of the images has no control.
    const { data } = this.running;
    return JSON.stringify({ ...this.values, data }) !== JSON.stringify({ ...this.running, data });
  }
}

/** A page whose worker is a session with a fake engine. */
export function conducted({ software = false } = {}) {
  const { module, world } = fakeModule();
  const files = new FakeFileStore();
  const controls = new FakeControls();
  const sent: ToWorker[] = [];
  const addressed: AddressRead[] = [];
  const withoutSubset = vi.fn();
  const withoutFiles = vi.fn();
  const changed = vi.fn<(state: State, before: State, message: FromWorker | undefined) => void>();
  const fetchSubset = vi.fn<Subset["fetch"]>(() => Promise.resolve([subsetFile()]));
  const forgetSubset = vi.fn();
  let session: Session | undefined;
  const worker = {
    connect(): void {
      session = new Session(
        module,
        (message) => {
          conductor.receive(message);
        },
        fakeStorage({ files }),
      );
      conductor.receive({
        type: "ready",
        settings: fakeSettings,
        limits: fakeLimits,
        experiment: fakeExperiment,
        software,
        speed: null,
      });
    },
    send(message: ToWorker): void {
      sent.push(message);
      void session?.handle(message);
    },
  };
  const conductor: Conductor = new Conductor(
    worker,
    controls,
    {
      changed,
      addressRead: (link) => addressed.push(link),
      subsetUnavailable: withoutSubset,
      filesUnavailable: withoutFiles,
    },
    { fetch: fetchSubset, forget: forgetSubset },
    files,
  );
  const settle = async (): Promise<State> => {
    for (let k = 0; k < 3; k++) {
      await session?.idle();
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return conductor.state;
  };
  return {
    conductor,
    controls,
    sent,
    addressed,
    changed,
    withoutSubset,
    withoutFiles,
    fetchSubset,
    forgetSubset,
    files,
    settle,
    world,
  };
}

/** A file of the images that come with the page, and one of the reader's own. */
export const subsetFile = (): MemoryFile =>
  new MemoryFile(new Uint8Array(1), "cifar10-subset/data_batch_1.webp");
export const batchFile = (): MemoryFile => new MemoryFile(new Uint8Array(1), "batch.bin");
