/** Loads the engine's module, in the fastest build that this browser can run. */

import { type Build, buildsFor } from "./builds";
import { type Compute, type EngineModule, notLoaded } from "./engine";
import { loadScript, startThreaded, threadsHere } from "./threads";

/** The addresses of the builds, by their files' names. */
const addresses = import.meta.glob<string>("./generated/emascope_*.wasm", {
  query: "?url",
  import: "default",
  eager: true,
});

async function fetchBuild(build: Build): Promise<Response> {
  const address = addresses[`./generated/emascope_${build}.wasm`];
  if (address === undefined) throw notLoaded(`this page was built without ${build}`);
  const response = await fetch(address).catch((thrown: unknown) => {
    throw notLoaded(`${address}: ${String(thrown)}`);
  });
  if (!response.ok) throw notLoaded(`${address}: ${response.status}`);
  return response;
}

/** Browsers compile from a stream only what is served under this type. */
const streams = (response: Response): boolean => response.headers.get("content-type") === "application/wasm";

async function loadAlone(build: Build): Promise<EngineModule> {
  const load = async () => {
    try {
      return await import("./generated/emascope.js");
    } catch (thrown) {
      throw notLoaded(String(thrown));
    }
  };
  // Both load at the same time, and the module compiles while it arrives.
  const [engine, response] = await Promise.all([load(), fetchBuild(build)]);
  await engine.default({ module_or_path: streams(response) ? response : await response.arrayBuffer() });
  return engine;
}

async function loadThreaded(build: Build, threads: number): Promise<EngineModule> {
  const compile = async () => {
    const response = await fetchBuild(build);
    return streams(response)
      ? WebAssembly.compileStreaming(response)
      : WebAssembly.compile(await response.arrayBuffer());
  };
  const [engine, module] = await Promise.all([loadScript(), compile()]);
  await startThreaded(engine, module, threads);
  return engine;
}

/** Whether there is a graphics card. It computes from memory that is not shared. */
async function hasCard(): Promise<boolean> {
  try {
    const adapter = await navigator.gpu.requestAdapter();
    return adapter !== null && !adapter.info.isFallbackAdapter;
  } catch {
    // A browser without WebGPU has no `navigator.gpu`.
    return false;
  }
}

/** With threads if the processor may compute and the page may have some; if that fails, without. */
export async function loadModule(compute: Promise<Compute>): Promise<EngineModule> {
  const threads = crossOriginIsolated ? threadsHere() : 1;
  const shared = threads > 1 && ((await compute) === "processor" || !(await hasCard()));
  const [best, alone] = await buildsFor(shared);
  if (alone === undefined) return loadAlone(best);
  return loadThreaded(best, threads).catch(() => loadAlone(alone));
}
