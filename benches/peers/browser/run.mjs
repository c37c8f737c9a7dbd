/**
 * Times TensorFlow.js, jax-js and Emascope in one Chromium, one after another, each in a worker of its own.
 *
 *     CHROMIUM=chromium node run.mjs --work FILE [--samples 5] [--only tfjs-webgpu,jax-wasm] [--minutes 12]
 *
 * Prints one JSON line a configuration; whatever else there is to say goes to stderr.
 */

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { basename, extname } from "node:path";
import { parseArgs } from "node:util";

import { build } from "esbuild";
import { chromium } from "playwright-core";

import { readWork } from "./work.mjs";

const CONFIGURATIONS = {
  "emascope-webgpu": { peer: "Emascope", module: "emascope", runtime: "webgpu" },
  "emascope-relaxed": { peer: "Emascope", module: "emascope", runtime: "wasm, relaxed SIMD" },
  "emascope-simd": { peer: "Emascope", module: "emascope", runtime: "wasm, SIMD" },
  "emascope-threads": { peer: "Emascope", module: "emascope", runtime: "wasm, relaxed SIMD, threads" },
  "tfjs-webgpu": { peer: "TensorFlow.js", module: "tfjs", runtime: "webgpu" },
  "tfjs-webgl": { peer: "TensorFlow.js", module: "tfjs", runtime: "webgl" },
  "tfjs-cpu": { peer: "TensorFlow.js", module: "tfjs", runtime: "cpu" },
  "jax-webgpu": { peer: "jax-js", module: "jax", runtime: "webgpu" },
  "jax-wasm": { peer: "jax-js", module: "jax", runtime: "wasm" },
};

/** What `cargo xtask build` made of our engine. */
const ENGINE = new URL("../../../www/generated/", import.meta.url);

/** A step that began before the time was out may take so much longer. */
const GRACE_MINUTES = 2;

const TYPES = {
  ".html": "text/html",
  ".mjs": "text/javascript",
  ".js": "text/javascript",
  ".wasm": "application/wasm",
};

const { values: options } = parseArgs({
  options: {
    work: { type: "string" },
    samples: { type: "string", default: "5" },
    only: { type: "string", default: Object.keys(CONFIGURATIONS).join() },
    minutes: { type: "string", default: "12" },
  },
});

/** The workers' code, by file name. It keeps its names, because jax-js sends the text of its functions to its threads. */
async function bundle() {
  const { outputFiles } = await build({
    absWorkingDir: import.meta.dirname,
    entryPoints: ["worker.mjs"],
    outdir: ".",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
}

/** Serves an empty page, the workers' code, the work and our engine on loopback. */
async function serve(work) {
  const code = await bundle();
  const read = async (path) => {
    if (path === "/") return `<!doctype html><link rel="icon" href="data:,"><title>Peers</title>`;
    if (path === "/work") return work;
    if (path.startsWith("/engine/")) return readFile(new URL(basename(path), ENGINE));
    return code.get(basename(path));
  };
  const server = createServer(async (request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const body = await read(path).catch(() => undefined);
    response.writeHead(body === undefined ? 404 : 200, {
      "Content-Type": TYPES[extname(path) || ".html"] ?? "application/octet-stream",
      // Shared memory, with which jax-js and our engine use every processor.
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Cross-Origin-Resource-Policy": "same-origin",
    });
    response.end(body);
  });
  await new Promise((listening) => server.listen(0, "127.0.0.1", listening));
  return server;
}

/** In the page: has a worker measure, and returns its results until it was done, failed or out of time. */
function drive({ job, milliseconds }) {
  return new Promise((resolve) => {
    const worker = new Worker("/worker.mjs", { type: "module" });
    let told = {};
    const end = (error) => {
      worker.terminate();
      resolve({ ...told, error });
    };
    worker.onmessage = ({ data }) => {
      if (data.result !== undefined) told = data.result;
      else end(data.error);
    };
    worker.onerror = (event) => end(event.message || "its worker cannot be loaded");
    setTimeout(end, milliseconds, "");
    worker.postMessage(job);
  });
}

async function measure(browser, address, { module, runtime }) {
  const page = await browser.newPage();
  page.on("console", (message) => console.error(`${module} ${runtime}: ${message.text()}`));
  const crash = new Promise((_, reject) => page.on("crash", () => reject(new Error("its page crashed"))));
  const minutes = Number(options.minutes);
  try {
    await page.goto(address);
    const job = { module, runtime, samples: Number(options.samples), minutes };
    return await Promise.race([
      page.evaluate(drive, { job, milliseconds: 60_000 * (minutes + GRACE_MINUTES) }),
      crash,
    ]);
  } catch (error) {
    return { error: error.message };
  } finally {
    await page.close();
  }
}

/** A result as the line that `cargo xtask bench` reads. */
function line({ peer, runtime }, { network, batch }, { error, ...result }) {
  const samples = result.images_per_second?.length ?? 0;
  const row = { peer, runtime, network, batch, ...result };
  if (error) return { ...row, failed: error.split("\n", 1)[0] };
  if (samples === 0) return { ...row, failed: `not one sample in ${options.minutes} minutes` };
  if (samples < Number(options.samples)) row.note += `; ${samples} samples, then out of time`;
  return row;
}

async function main() {
  if (options.work === undefined)
    throw new Error("--work FILE is missing: `emascope bench --export FILE` writes one");
  const chosen = options.only.split(",");
  const unknown = chosen.find((name) => !(name in CONFIGURATIONS));
  if (unknown !== undefined)
    throw new Error(`no ${unknown}; there are ${Object.keys(CONFIGURATIONS).join(", ")}`);
  const bytes = new Uint8Array(await readFile(options.work));
  const work = readWork(bytes.buffer);
  const server = await serve(bytes);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: [
      "--headless=new",
      "--no-sandbox",
      "--enable-unsafe-webgpu",
      // WebGL on a software adapter, where there is no other.
      "--enable-unsafe-swiftshader",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--disable-quic",
    ],
  });
  try {
    for (const name of chosen) {
      const configuration = CONFIGURATIONS[name];
      const result = await measure(browser, `http://127.0.0.1:${server.address().port}/`, configuration);
      console.log(JSON.stringify(line(configuration, work, result)));
    }
  } finally {
    await browser.close();
    server.close();
  }
}

await main().catch((error) => {
  console.error(error.message);
  process.exitCode = 1;
});
