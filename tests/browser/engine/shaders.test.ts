import { readFile, readdir } from "node:fs/promises";
import { basename } from "node:path";

import type { Page } from "playwright-core";
import { expect } from "vitest";

import { moduleTests } from "../fixtures";

const test = moduleTests();

/** Constants with which the kernels for graphics cards, that no other test runs in a browser, are compiled. */
const TILED: Readonly<Record<string, Record<string, number>>> = {
  batch_norm_finish_tiled: { QUADS: 4, PIXELS: 64, EPSILON: 1e-5 },
  batch_norm_grad_finish_tiled: { QUADS: 4, PIXELS: 64 },
  conv_forward_tiled: {
    ...{ HEIGHT: 8, WIDTH: 8, INPUTS: 2, OUTPUTS: 8, KERNEL: 3, BIAS: 1 },
    ...{ COLUMNS: 4, ROWS: 32, POSITIONS: 344 },
  },
  conv_grad_weight_tiled: {
    ...{ HEIGHT: 8, WIDTH: 8, INPUTS: 2, OUTPUTS: 8, KERNEL: 3 },
    ...{ CHUNKS: 2, COLUMNS: 8, ROWS: 8 },
  },
  sum_chunks_tiled: {},
};

/** Chromium's errors for a shader and, where constants are given, for a pipeline of it. */
function errors(
  page: Page,
  name: string,
  source: string,
  constants?: Record<string, number>,
): Promise<string[]> {
  return page.evaluate(
    async ({ name, source, constants }) => {
      const adapter = await navigator.gpu.requestAdapter();
      const device = await adapter?.requestDevice();
      if (device === undefined) return ["no device"];
      const module = device.createShaderModule({ code: source });
      const { messages } = await module.getCompilationInfo();
      const said = messages.map(({ lineNum, message }) => `${lineNum}: ${message}`);
      if (said.length === 0 && constants !== undefined) {
        const compute = { module, entryPoint: name, constants };
        await device
          .createComputePipelineAsync({ layout: "auto", compute })
          .catch((error: unknown) => said.push(String(error)));
      }
      device.destroy();
      return said;
    },
    { name, source, constants },
  );
}

test("Chromium takes every shader, and compiles those for graphics cards", async ({ page }) => {
  const files = (await readdir("shaders", { recursive: true })).filter((file) => file.endsWith(".wgsl"));
  const names = files.map((file) => basename(file, ".wgsl"));
  expect(names.filter((name) => name.endsWith("_tiled")).sort()).toEqual(Object.keys(TILED));
  for (const file of files) {
    const name = basename(file, ".wgsl");
    const source = await readFile(`shaders/${file}`, "utf8");
    expect(await errors(page, name, source, TILED[name]), name).toEqual([]);
  }
});
