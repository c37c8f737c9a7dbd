import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Page } from "playwright-core";
import { expect } from "vitest";

import type { Engine, EngineModule, Experiment } from "../../../www/engine";
import { moduleTests } from "../fixtures";
import { emascope } from "../programs";

declare global {
  interface Window {
    engines: EngineModule;
    engine: Engine;
    thrown: (act: () => unknown) => Promise<string>;
    text: (bytes: Uint8Array) => string;
    bytes: (text: string) => Uint8Array;
  }
}

/** Six steps an epoch. */
const EXPERIMENT: Experiment = {
  batch: 16,
  limit_train: 96,
  limit_test: 32,
  steps: 40,
  ema: ["0.5", "0.98,every=2", "0.9,buffers=recompute"],
};

/** The module as it is, without the page and its worker. */
const test = moduleTests().extend("engines", async ({ page, host }) => {
  const loading = `import load, * as engines from "${host.address()}emascope.js"; await load({ module_or_path: "${host.address()}emascope_relaxed.wasm" }); window.engines = engines;`;
  await page.addScriptTag({ type: "module", content: loading });
  await page.waitForFunction(() => "engines" in window);
  await page.evaluate(() => {
    window.thrown = async (act) => {
      try {
        await act();
      } catch (error) {
        return error instanceof Error ? `${error.name}: ${error.message}` : String(error);
      }
      return "nothing";
    };
    window.text = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
    window.bytes = (text) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  });
  return page;
});

/** A new engine in the page. */
async function create(page: Page, experiment: Experiment): Promise<void> {
  await page.evaluate(async (experiment) => {
    window.engine = await window.engines.Engine.create(experiment, undefined);
  }, experiment);
}

test("a run is described, trained and reported", async ({ engines: page }) => {
  await create(page, EXPERIMENT);
  const said = await page.evaluate(async () => {
    const { engine } = window;
    const described = engine.describe();
    engine.probe([
      { tensor: 0, index: 5 },
      { tensor: 19, index: 3 },
    ]);
    const before = [engine.predictions(), await engine.probes()];
    await engine.train(7);
    const metrics = await engine.metrics();
    const probes = await engine.probes();
    const point = await engine.evaluate();
    const predictions = engine.predictions();
    const filters = await engine.filters();
    const images = engine.test_images(new Uint32Array([31, 0]));
    return {
      described,
      before,
      metrics,
      point,
      probes: { ...probes, values: Array.from(probes?.values ?? []) },
      predictions: {
        ...predictions,
        classes: Array.from(predictions?.classes ?? []),
        confidences: Array.from(predictions?.confidences ?? []),
      },
      filters: { ...filters, methods: filters.methods.map((method) => Array.from(method)) },
      images: { ...images, pixels: Array.from(images.pixels), labels: Array.from(images.labels) },
      labels: Array.from(engine.test_images(Uint32Array.from({ length: 32 }, (_, i) => i)).labels),
      none: await window.thrown(() => engine.test_images(new Uint32Array([32]))),
      experiment: engine.experiment(),
    };
  });
  expect(said.experiment).toMatchObject(EXPERIMENT);
  expect(said.described.tensors).toHaveLength(20);
  expect(said.described.tensors[0]).toEqual({ name: "0.weight", shape: [16, 3, 3, 3] });
  expect(said.described.tensors[19]).toEqual({ name: "22.bias", shape: [10] });
  expect(said.before).toEqual([null, null]);
  expect(said.metrics.map(({ step }) => step)).toEqual([1, 2, 3, 4, 5, 6, 7]);
  const { probes, predictions, filters, point } = said;
  expect(probes).toMatchObject({ first_step: 1, steps: 7, probes: 2, methods: 4 });
  expect(probes.values).toHaveLength(7 * 2 * 4);
  // The first filter's sixth weight, as the last step left it in every method.
  const last = probes.values.slice(6 * 8, 6 * 8 + 4);
  expect(filters.methods.map((method) => method[5])).toEqual(last);
  expect(new Set(last).size).toBe(4);
  expect(filters).toMatchObject({ step: 7, shape: [16, 3, 3, 3] });
  expect(predictions).toMatchObject({ step: 7, images: 32, methods: 4 });
  for (const [method, { accuracy }] of point.methods.entries()) {
    const classes = predictions.classes.slice(32 * method, 32 * (method + 1));
    const right = classes.filter((label, image) => label === said.labels[image]).length;
    expect((100 * right) / 32).toBeCloseTo(accuracy, 9);
  }
  expect(predictions.confidences.every((p) => p >= 0.1 && p <= 1)).toBe(true);
  expect(said.images.pixels).toHaveLength(2 * 4096);
  expect(said.images.labels).toEqual([said.labels[31], said.labels[0]]);
  expect(said.none).toContain("Engine: test image 32 does not exist");
});

test("a run can be changed while it runs, and refuses what cannot be", async ({ engines: page }) => {
  await create(page, EXPERIMENT);
  const said = await page.evaluate(async (experiment) => {
    const { engine } = window;
    const same = window.engines.Engine.create(experiment, undefined);
    void engine.train(5);
    const ema = ["0.8", "0.98,every=2", "0.9,buffers=recompute", "0.99"];
    const description = await engine.change({ ...engine.experiment(), lr: 0.001, ema });
    const after = engine.experiment();
    engine.disturb(10);
    void engine.train(3);
    const metrics = await engine.metrics();
    const other = await same;
    await other.train(5);
    await other.change({ ...other.experiment(), lr: 0.001 });
    await other.train(3);
    const undisturbed = await other.metrics();
    other.free();
    return {
      methods: description.methods.map(({ name }) => name),
      after,
      metrics,
      undisturbed,
      point: await engine.evaluate(),
      refused: await window.thrown(() => engine.change({ ...engine.experiment(), batch: 32 })),
      fewer: await window.thrown(() => engine.change({ ...engine.experiment(), ema: ["0.8"] })),
      negative: await window.thrown(() => {
        engine.disturb(-1);
      }),
      settings: window.engines.settings().filter(({ live }) => live === true),
    };
  }, EXPERIMENT);
  expect(said.methods).toEqual(["raw", "ema-0.8", "ema-0.98-every2", "ema-0.9-recompute", "ema-0.99-from5"]);
  expect(said.after).toMatchObject({
    lr: 0.001,
    ema: ["0.8", "0.98,every=2", "0.9,buffers=recompute", "0.99,from=5"],
  });
  expect(said.point.methods).toHaveLength(5);
  expect(said.metrics.slice(0, 5)).toEqual(said.undisturbed.slice(0, 5));
  // Wrong labels show at once, what they do to the weights a step later.
  expect(said.metrics[5]?.loss).toBeGreaterThan(said.undisturbed[5]?.loss ?? NaN);
  expect(said.metrics[6]?.loss).not.toBe(said.undisturbed[6]?.loss);
  expect(said.refused).toMatch(/^BadSetting: .*`batch`/);
  expect(said.fewer).toMatch(/^BadSetting: .*`ema`/);
  expect(said.negative).toMatch(/^BadSetting: /);
  expect(said.settings.map(({ key }) => key)).toEqual(
    expect.arrayContaining(["lr", "epochs", "steps", "ema", "eval_every", "augment"]),
  );
});

test("the limits that the page is given are those that the engine keeps", async ({ engines: page }) => {
  await create(page, { ...EXPERIMENT, ema: ["0.9"] });
  const said = await page.evaluate(async () => {
    const { engine, engines } = window;
    const limits = engines.limits();
    const averages = Array.from({ length: limits.averages + 1 }, (_, k) => `${(k + 1) / 100}`);
    const probes = Array.from({ length: limits.probes + 1 }, (_, index) => ({ tensor: 0, index }));
    engine.probe(probes.slice(1));
    await engine.change({ ...engine.experiment(), ema: averages.slice(1) });
    return {
      limits,
      list: engines.settings().find(({ key }) => key === "ema")?.max,
      averages: await window.thrown(() => engine.change({ ...engine.experiment(), ema: averages })),
      probes: await window.thrown(() => {
        engine.probe(probes);
      }),
    };
  });
  expect(said.averages).toMatch(`at most ${said.limits.averages}`);
  expect(said.probes).toMatch(`at most ${said.limits.probes}`);
  expect(said.list).toBe(said.limits.averages);
});

test("a checkpoint goes to the command line and back", async ({ engines: page, folder }) => {
  await create(page, EXPERIMENT);
  const saved = await page.evaluate(async () => {
    const { engine } = window;
    await engine.train(6);
    await engine.evaluate();
    void engine.train(3);
    const checkpoint = await engine.checkpoint();
    const metrics = await engine.metrics();
    const resumed = await window.engines.Engine.resume(checkpoint, undefined);
    const summaries = [engine.summary(), resumed.summary()];
    const dicts: string[] = [];
    for (const one of [engine, resumed]) {
      void one.train(2);
      for (const method of [0, 1, 3]) dicts.push(window.text(await one.state_dict(method)));
    }
    const refused = await window.thrown(() =>
      window.engines.Engine.resume(new TextEncoder().encode("no checkpoint"), undefined),
    );
    return { file: window.text(checkpoint), metrics, summaries, dicts, step: resumed.step(), refused };
  });
  expect(saved.step).toBe(11);
  expect(saved.summaries[1]).toEqual(saved.summaries[0]);
  expect(saved.dicts.slice(3)).toEqual(saved.dicts.slice(0, 3));
  expect(saved.refused).toMatch(/^BadFile: the checkpoint: this is not a safetensors file/);

  const [ours, theirs, log] = ["page", "program", "log"].map((name) => join(folder, name));
  await writeFile(ours ?? "", saved.file, "latin1");
  const words = ["train", "--resume", ours, "--steps", "12", "--save", theirs, "--log", log, "--json"];
  const table = JSON.parse(await emascope(...(words as string[]))) as { steps: number; rows: unknown[] };
  expect(table).toMatchObject({ steps: 12, rows: [{}, {}, {}, {}] });
  // Its first evaluation reports the mean loss since the page's: of steps 7 to 9 there, and of its own.
  const events = (await readFile(log ?? "", "utf8")).trim().split("\n");
  const epoch = events.map((line) => JSON.parse(line) as { event: string; train_loss: number })[1];
  const sum = saved.metrics.slice(6).reduce((sum, { loss }) => sum + loss, 0);
  expect(epoch?.event).toBe("epoch");
  expect(Math.abs((epoch?.train_loss ?? NaN) - sum / 3)).toBeLessThan(1);

  const back = await page.evaluate(
    async (text) => {
      const engine = await window.engines.Engine.resume(window.bytes(text), undefined);
      const step = engine.step();
      await engine.train(1);
      const before = engine.history().length;
      const { step: tested } = await engine.evaluate();
      const history = engine.history().map((point) => point.step);
      const methods = engine.describe().methods.length;
      return {
        step,
        added: history.length - before,
        last: history.at(-1) === tested,
        rows: engine.summary(),
        methods,
      };
    },
    await readFile(theirs ?? "", "latin1"),
  );
  expect(back).toMatchObject({ step: 12, added: 1, last: true, methods: 4 });
  expect(back.rows).toHaveLength(4);
});
