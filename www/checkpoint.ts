import type { EvaluationPoint, Experiment } from "./engine";

/** What a checkpoint says of itself in the metadata of its header (`src/checkpoint/mod.rs`). */
export interface CheckpointInfo {
  experiment: Experiment;
  step: number;
  history: EvaluationPoint[];
}

const HEADER_LENGTH = 8;

/** Reads the header of a safetensors file; undefined if it is none, or no run's. The engine says what is wrong with it. */
export function checkpointInfo(bytes: Uint8Array): CheckpointInfo | undefined {
  try {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    const length = Number(view.getBigUint64(0, true));
    const text = new TextDecoder().decode(bytes.subarray(HEADER_LENGTH, HEADER_LENGTH + length));
    const header = JSON.parse(text) as { __metadata__?: { emascope?: string } };
    const metadata = header.__metadata__?.emascope;
    if (metadata === undefined) return undefined;
    const { experiment, step, history } = JSON.parse(metadata) as Partial<CheckpointInfo>;
    if (experiment === undefined || step === undefined || !Array.isArray(history)) return undefined;
    return { experiment, step, history };
  } catch {
    return undefined;
  }
}
