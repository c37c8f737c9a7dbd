import { type EngineModule, notLoaded } from "../engine";

/** The engine's JavaScript for the builds with threads. */
export interface ThreadedEngine extends EngineModule {
  /** Instantiates the module, on a memory of its own or on that of another instance, which makes this one a thread of it. */
  default(options: {
    module_or_path: WebAssembly.Module;
    memory?: WebAssembly.Memory;
  }): Promise<{ memory: WebAssembly.Memory }>;
  /** Computes from now on with this many threads besides the caller's, which call {@link join_threads}. */
  open_threads(workers: number): void;
  /** Makes the caller a thread. Never returns. */
  join_threads(): void;
}

/** What a thread works on. */
export interface ThreadMessage {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
}

/** Missing where these builds could not be made. */
const scripts = import.meta.glob<ThreadedEngine>("../generated/emascope_threads.js");

export async function loadScript(): Promise<ThreadedEngine> {
  const [load] = Object.values(scripts);
  if (load === undefined) throw notLoaded("this page was built without threads");
  return load();
}
