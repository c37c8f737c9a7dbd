import type { Compute } from "./engine";
import { currentViewKeys, setViewKeys } from "./hash";
import { recall, remember } from "./storage";

const STORED = "emascope.compute";

/** What may compute runs: any graphics adapter or else the processor; only a graphics adapter; only the processor. */
export const computes = ["auto", "gpu", "processor"] as const satisfies readonly Compute[];

/** What computes runs, by the address, or else by the reader's last choice. */
export function chosenCompute(): Compute {
  const asked = currentViewKeys().compute ?? recall(STORED);
  return computes.find((one) => one === asked) ?? "auto";
}

/** Remembers the reader's choice. An address that names another is changed; others stay as they are. */
export function chooseCompute(compute: Compute): void {
  remember(STORED, compute === "auto" ? null : compute);
  if (currentViewKeys().compute !== undefined) setViewKeys({ compute });
}
