/** The worker: loads the engine's module and opens a {@link Session} on it. */

import { type Compute, isProcessor, toEngineError } from "./engine";
import { browserFileSystem, fileStoreWriter } from "./filestore";
import { loadModule } from "./module";
import type { FromWorker, ToWorker } from "./protocol";
import type { Recording } from "./replay/format";
import { parseRecording, withReplay } from "./replay/module";
import recordingAddress from "./replay/recorded.json?url";
import { Session } from "./session";
import { transferables } from "./session/transfer";
import { openVault } from "./vault";

/** Only workers have it, so it is missing from the types of pages. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

const reader = new FileReaderSync();
const readBlobSync = (blob: Blob): Uint8Array => new Uint8Array(reader.readAsArrayBuffer(blob));

const post = (message: FromWorker): void => {
  self.postMessage(message, { transfer: transferables(message) });
};

async function loadRecording(): Promise<Recording> {
  const response = await fetch(recordingAddress);
  if (!response.ok) throw new Error(`${recordingAddress}: ${response.status}`);
  return parseRecording(await response.text());
}

/** The page's first message says what computes. */
let choose!: (compute: Compute) => void;
const chosen = new Promise<Compute>((resolve) => {
  choose = resolve;
});

/** Milliseconds for which the processor is measured, whose speed decides how long a first run is. */
const MEASURED = 250;

async function load(): Promise<Session | undefined> {
  try {
    const module = withReplay(await loadModule(chosen), loadRecording);
    module.compute_on(await chosen);
    // Runs use the same adapter. Opening a run reports what is wrong with it.
    const adapter = await module.adapter().catch(() => undefined);
    const [settings, limits, experiment] = [module.settings(), module.limits(), module.default_experiment()];
    const processor = adapter !== undefined && isProcessor(adapter);
    const speed = processor ? await module.processor_speed(experiment, MEASURED) : null;
    post({ type: "ready", settings, limits, experiment, software: adapter?.software === true, speed });
    return new Session(module, post, {
      vault: openVault(),
      files: fileStoreWriter(browserFileSystem()),
      readBlobSync,
    });
  } catch (thrown) {
    post({ type: "failed", error: toEngineError(thrown), lost: true, subject: "run" });
    return undefined;
  }
}

const session = load();

self.onmessage = (event: MessageEvent<ToWorker>) => {
  if (event.data.type === "compute") choose(event.data.compute);
  void session.then((session) => session?.handle(event.data));
};
