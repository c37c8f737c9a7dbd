import type { Survey } from "../engine";

/** Three passes of a step, two operations in each multiply–add. */
const OPERATIONS = 6;

/** Million operations of a training step of this network, for each image. */
export function megaflops({ multiply_adds }: Survey): number {
  return (OPERATIONS * multiply_adds) / 1e6;
}
