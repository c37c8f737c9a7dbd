import { type Engine, type EngineModule, toEngineError } from "../engine";
import { check } from "./check";
import { ReplayEngine } from "./engine";
import { FORMAT, type Recording, VERSION } from "./format";

/** The recording in a text; fails if it could not be played to its end. */
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
 * The module, which plays the recorded run where a browser has no WebGPU to train with. What the settings are it still
 * says itself. Where one engine has trained, its loss is an error: a recording never goes on in the place of a live run.
 */
export function withReplay(module: EngineModule, load: () => Promise<Recording>): EngineModule {
  let trained = false;
  return {
    settings: () => module.settings(),
    limits: () => module.limits(),
    default_experiment: () => module.default_experiment(),
    adapter: () => module.adapter(),
    nearest: (wanted) => module.nearest(wanted),
    pytorch_script: (experiment) => module.pytorch_script(experiment),
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
          // Without the recording, what the reader needs to hear is still why nothing trains.
          const recording = await load().catch(() => undefined);
          if (recording === undefined) throw thrown;
          return new ReplayEngine(recording, reason);
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
