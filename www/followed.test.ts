import { expect, test } from "vitest";

import type { ToWorker } from "./protocol";
import { Followed } from "./followed";

test("each weight is followed once, those of the part that was named first in front", () => {
  const sent: ToWorker[] = [];
  const followed = new Followed((message) => {
    sent.push(message);
  });
  const [a, b, c] = [0, 1, 2].map((index) => ({ tensor: 0, index })) as [Probe, Probe, Probe];
  followed.set("story", [a]);
  followed.set("path", [b, a]);
  followed.set("path", [b, a]);
  followed.set("path", [c]);
  expect(sent).toEqual([
    { type: "probe", probes: [a] },
    { type: "probe", probes: [a, b] },
    { type: "probe", probes: [a, c] },
  ]);
});

type Probe = Extract<ToWorker, { type: "probe" }>["probes"][number];
