/** The worker: loads the engine's module and hands it to a {@link Session}. */

import { notLoaded, toEngineError } from "./engine";
import { browserFileSystem, fileStoreWriter } from "./filestore";
import wasmAddress from "./generated/emascope_bg.wasm?url";
import type { FromWorker, ToWorker } from "./protocol";
import type { Recording } from "./replay/format";
import { parseRecording, withReplay } from "./replay/module";
import recordingAddress from "./replay/recorded.json?url";
import { Session } from "./session";
import { transferables } from "./session/transfer";
import { openVault } from "./vault";

/** What only workers have, and the types of pages don't name. */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

const reader = new FileReaderSync();
const readNow = (blob: Blob): Uint8Array => new Uint8Array(reader.readAsArrayBuffer(blob));

const post = (message: FromWorker): void => {
  self.postMessage(message, { transfer: transferables(message) });
};

async function loadRecording(): Promise<Recording> {
  const response = await fetch(recordingAddress);
  if (!response.ok) throw new Error(`${recordingAddress}: ${response.status}`);
  return parseRecording(await response.text());
}

async function loadEngine() {
  try {
    return await import("./generated/emascope.js");
  } catch (thrown) {
    throw notLoaded(String(thrown));
  }
}

/** The module as it comes in, or where it is served as another type than browsers compile so, when it is there. */
async function loadModule(): Promise<Response | ArrayBuffer> {
  const response = await fetch(wasmAddress).catch((thrown: unknown) => {
    throw notLoaded(`${wasmAddress}: ${String(thrown)}`);
  });
  if (!response.ok) throw notLoaded(`${wasmAddress}: ${response.status}`);
  const streams = response.headers.get("content-type") === "application/wasm";
  return streams ? response : response.arrayBuffer();
}

async function load(): Promise<Session | undefined> {
  try {
    // Both are on their way at once; the module compiles while it comes in.
    const [engine, wasm] = await Promise.all([loadEngine(), loadModule()]);
    await engine.default({ module_or_path: wasm });
    const module = withReplay(engine, loadRecording);
    // A run would open the adapter anyway, and takes the one that is open. What is wrong with it, the run says.
    const software = await module.adapter().then(
      (adapter) => adapter.software,
      () => false,
    );
    const [settings, experiment] = [module.settings(), module.default_experiment()];
    post({ type: "ready", settings, experiment, software });
    return new Session(module, post, {
      vault: openVault(),
      files: fileStoreWriter(browserFileSystem()),
      readBlobSync: readNow,
    });
  } catch (thrown) {
    post({ type: "failed", error: toEngineError(thrown), lost: true, subject: "run" });
    return undefined;
  }
}

const session = load();

self.onmessage = (event: MessageEvent<ToWorker>) => {
  void session.then((session) => session?.handle(event.data));
};
