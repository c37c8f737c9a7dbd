/** The chapters with the real engine, each to its verdict: in runs of a few pictures a step. */
import { expect, inject } from "vitest";

import { chapters } from "../../../www/chapters/list";
import { chapterNames } from "../../../www/chapters/table";
import { section, take } from "../chapters";
import { beforeWorker, snapshot } from "../chromium";
import { pageTests } from "../fixtures";

/** Whatever a chapter asks for, an eighth of the batch and few test pictures do for a test. */
const SMALLER = `addEventListener("message", ({ data }) => {
  if (data.type !== "open") return;
  data.experiment.batch = Math.ceil(data.experiment.batch / 8);
  data.experiment.limit_test = 24;
});`;

const test = pageTests(inject("address"), { webgpu: false });

test.for(chapterNames)(
  "chapter %s: its runs end, and there is a verdict on them",
  async (name, { context, open }) => {
    await beforeWorker(context, SMALLER);
    const page = await open(`#chapter=${name}`);
    await take(page, name);
    const runs = chapters[name].runs("short", chapters[name].knob?.start ?? 0);
    const { phase, points, experiment, marks } = await snapshot(page);
    const last = runs.at(-1)?.settings;
    if (last !== undefined) {
      expect(phase).toBe("finished");
      expect(experiment).toMatchObject({ steps: last.steps, ema: last.ema });
      // Every average was tested at the end.
      expect(points.at(-1)).toMatchObject({ step: last.steps });
      expect(points.at(-1)?.methods).toHaveLength(1 + (last.ema as string[]).length);
    }
    const rates = runs.at(-1)?.rates ?? [];
    const changed = marks.flatMap((mark) =>
      mark.kind === "change" && mark.changes[0]?.key === "lr" ? [mark.step] : [],
    );
    expect(changed).toEqual(rates.map(({ after }) => after));
    expect(marks.filter(({ kind }) => kind === "outlier")).toHaveLength(name === "outlier" ? 1 : 0);
    expect(await page.innerText(section(name))).not.toMatch(/NaN|undefined|\{|\[\[/u);
    expect(await page.innerText(`${section(name)} .chapter-verdict`)).not.toBe(
      "This run was too short to tell.",
    );
  },
);
