import type { Description, Probe, Tensor } from "./engine";
import type { Send } from "./part";
import { pick } from "./charts/theory/pick";

/** The number of weights that the chart of a weight's path shows at a time. */
export const SHOWN = 8;

/**
 * The weight of the story, of the first layer. In the recorded run of the default network it has the most jitter for its range among
 * those that were followed: .10, as the standard deviation of the value minus its centred mean over 51 steps, divided by the
 * value's range; .02 to .05 for the others.
 */
export const JITTERY = 297;

export type Follow = (probes: readonly Probe[]) => void;

/** The weights that are followed for several parts of the page: the run records each once. */
export class Followed {
  readonly #send: Send;
  readonly #lists = new Map<string, readonly Probe[]>();
  #sent = "[]";

  constructor(send: Send) {
    this.#send = send;
  }

  /** Sets the weights of a part; those of the part that was named first come first. */
  set(part: string, probes: readonly Probe[]): void {
    this.#lists.set(part, probes);
    const all = [...this.#lists.values()].flat();
    const places = new Map(all.map((probe) => [`${probe.tensor} ${probe.index}`, probe]));
    const text = JSON.stringify([...places.values()]);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#send({ type: "probe", probes: [...places.values()] });
  }
}

/** The weight of the first layer that the story shows. */
export function storyWeight({ tensors }: Description): Probe {
  return { tensor: 0, index: Math.min(JITTERY, Math.max(0, size(tensors[0]) - 1)) };
}

/** Some weights of a layer; each draw gives others, the same ones in every session. */
export function drawWeights(tensors: readonly Tensor[], tensor: number, draw: number): Probe[] {
  return pick(size(tensors[tensor]), SHOWN, 1000 * draw + tensor + 1).map((index) => ({ tensor, index }));
}

/** The convolution in the middle of the network, or the first tensor if there is none. */
export function middleConvolution(tensors: readonly Tensor[]): number {
  const convolutions = tensors.flatMap(({ shape }, k) => (shape.length === 4 ? [k] : []));
  return convolutions[convolutions.length >> 1] ?? 0;
}

/** The weights that the chart of a weight's path begins with: those that were recorded, or some of the middle layer. */
export function firstWeights({ tensors, recorded }: Description): Probe[] {
  return recorded?.probes ?? drawWeights(tensors, middleConvolution(tensors), 0);
}

/** The number of weights of a tensor. */
export function size(tensor: Tensor | undefined): number {
  return tensor?.shape.reduce((product, length) => product * length, 1) ?? 0;
}
