/** The worker: loads the engine's module and opens a {@link Session} on it. */

import { type Compute, toEngineError } from "./engine";
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

async function load(): Promise<Session | undefined> {
  try {
    const module = withReplay(await loadModule(chosen), loadRecording);
    module.compute_on(await chosen);
    // Runs use the same adapter. Opening a run reports what is wrong with it.
    const software = await module.adapter().then(
      (adapter) => adapter.software,
      () => false,
    );
    const [settings, limits, experiment] = [module.settings(), module.limits(), module.default_experiment()];
    post({ type: "ready", settings, limits, experiment, software });
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
