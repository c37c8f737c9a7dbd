import { type Engine, type EngineModule, toEngineError } from "../engine";
import { check } from "./check";
import { ReplayEngine } from "./engine";
import { FORMAT, type Recording, VERSION } from "./format";

/** Parses a recording. Throws if it cannot be played to its end. */
export function parseRecording(text: string): Recording {
  const value: unknown = JSON.parse(text);
  const { format, version } = (value ?? {}) as Partial<Record<keyof Recording, unknown>>;
  if (format !== FORMAT || version !== VERSION) {
    throw new Error(`no recorded run of version ${VERSION}: ${String(format)} ${String(version)}`);
  }
  check(value);
  return value;
}

/**
 * The module, except that it plays the recorded run if the browser has no WebGPU. The settings still come from the
 * module itself. Once an engine has trained, losing it is an error: a recording never replaces a live run.
 */
export function withReplay(module: EngineModule, load: () => Promise<Recording>): EngineModule {
  let trained = false;
  return {
    settings: () => module.settings(),
    limits: () => module.limits(),
    default_experiment: () => module.default_experiment(),
    compute_on: (compute) => {
      module.compute_on(compute);
    },
    adapter: () => module.adapter(),
    processor_speed: (experiment, milliseconds) => module.processor_speed(experiment, milliseconds),
    training_speed: (experiment, milliseconds) => module.training_speed(experiment, milliseconds),
    nearest: (wanted) => module.nearest(wanted),
    pytorch_script: (experiment) => module.pytorch_script(experiment),
    survey: (experiment) => module.survey(experiment),
    Files: module.Files,
    Log: module.Log,
    Engine: {
      async create(experiment, files, nearest): Promise<Engine> {
        try {
          const engine = await module.Engine.create(experiment, files, nearest);
          trained = true;
          return engine;
        } catch (thrown) {
          const reason = toEngineError(thrown);
          if (trained || (reason.name !== "NoWebGpu" && reason.name !== "NoAdapter")) throw thrown;
          // Without the recording, report why the page cannot train.
          const recording = await load().catch(() => undefined);
          if (recording === undefined) throw thrown;
          // A setting that is newer than the recording had its default.
          const settings = { ...module.default_experiment(), ...recording.experiment };
          return new ReplayEngine({ ...recording, experiment: settings }, reason);
        }
      },
      async resume(checkpoint, files): Promise<Engine> {
        const engine = await module.Engine.resume(checkpoint, files);
        trained = true;
        return engine;
      },
    },
  };
}
