import { expect, test } from "vitest";

import { plotData } from "../charts/plot";
import { comparisonContent } from "./comparison";
import type { Curve } from "./lesson";

test("curves of runs with other batch sizes are drawn over the images both have seen", () => {
  const curves: Curve[] = [
    {
      label: { key: "lesson.batch.curve.0" },
      points: [
        [16, 10],
        [32, 30],
        [64, 50],
      ],
    },
    { label: { key: "lesson.batch.curve.1" }, points: [[64, 40]] },
  ];
  const outcome = { data: { name: "CIFAR-10", synthetic: false, test: 250 }, seed: 3 };
  const content = comparisonContent(curves, outcome, false);
  expect(plotData(content)).toEqual([
    [16, 32, 64],
    [10, 30, 50],
    [undefined, undefined, 40],
  ]);
  expect(content.lines.map(({ name }) => name)).not.toContain("");
  expect(content.x.range(16, 64)).toEqual([0, 64]);
  expect(content.x.name(1024)).toBe("1,024 images seen");
  expect(content.caption.settings).toBe("seed 3");
});
