/** The worker: loads the engine's module and hands it to a {@link Session}. */

import { type EngineModule, toEngineError } from "./engine";
import { here, keptWriter } from "./filestore";
import wasmAddress from "./generated/emascope_bg.wasm?url";
import type { FromWorker, ToWorker } from "./protocol";
import type { Recording } from "./replay/format";
import { parse, withReplay } from "./replay/module";
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
  return parse(await response.text());
}

async function load(): Promise<Session | undefined> {
  try {
    // Both are on their way at once; the module compiles while it comes in.
    const [loaded, wasm] = await Promise.all([import("./generated/emascope.js"), fetch(wasmAddress)]);
    await loaded.default({ module_or_path: wasm });
    // The generated declarations say `any` where the engine serialises a struct; `engine.ts` says what it is.
    const engine = loaded as unknown as EngineModule;
    const module = withReplay(engine, loadRecording);
    post({ type: "ready", settings: module.settings(), experiment: module.default_experiment() });
    return new Session(module, post, { vault: openVault(), files: keptWriter(here()), readNow });
  } catch (thrown) {
    post({ type: "failed", error: toEngineError(thrown), lost: true, matter: "run" });
    return undefined;
  }
}

const session = load();

self.onmessage = (event: MessageEvent<ToWorker>) => {
  void session.then((session) => session?.handle(event.data));
};
