import { expect, test } from "vitest";

import { loadingScript } from "./pytorch";

/** The lines of the network in a script. */
function network(experiment: object): string[] {
  const script = loadingScript(experiment as Record<string, unknown>);
  const from = script.indexOf("model = nn.Sequential(");
  return script.slice(from, script.indexOf("if __name__")).trimEnd().split("\n");
}

test("tiny is the network of the README, module by module", () => {
  const lines = network({ preset: "tiny", norm: "batch" });
  expect(lines).toHaveLength(25);
  const module = (index: number): string => lines[index + 1]?.trim() ?? "";
  expect(module(0)).toBe("nn.Conv2d(3, 16, 3, padding=1, bias=False),");
  expect(module(1)).toBe("nn.BatchNorm2d(16),");
  expect(module(6)).toBe("nn.MaxPool2d(2),");
  expect(module(17)).toBe("nn.Conv2d(64, 64, 3, padding=1, bias=False),");
  expect(module(22)).toBe("nn.Linear(64, 10),");
});

test("without a norm the convolutions have a bias and no module between", () => {
  const lines = network({ preset: "small", norm: "none" });
  expect(lines[1]?.trim()).toBe("nn.Conv2d(3, 32, 3, padding=1, bias=True),");
  expect(lines[2]?.trim()).toBe("nn.ReLU(),");
  expect(network({ preset: "small", norm: "group" })[2]?.trim()).toBe("nn.GroupNorm(4, 32),");
});

test("residual blocks and networks of one's own are built too", () => {
  expect(loadingScript({ preset: "resnet9", norm: "batch" })).toContain("class Residual(nn.Sequential):");
  const layers = [
    { conv: { out: 8, kernel: 1 } },
    "max_pool",
    { residual: ["relu"] },
    "flatten",
    { dense: { out: 10 } },
  ];
  expect(network({ model: { name: "mine", layers } })).toEqual([
    "model = nn.Sequential(",
    "    nn.Conv2d(3, 8, 1, padding=0, bias=True),",
    "    nn.MaxPool2d(2),",
    "    Residual(",
    "        nn.ReLU(),",
    "    ),",
    "    nn.Flatten(),",
    "    nn.Linear(2048, 10),",
    ")",
  ]);
});
