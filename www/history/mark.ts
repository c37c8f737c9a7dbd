/** An event after step `step` of the run, as the charts show it. */
export type Mark =
  /** A batch with wrong labels was trained at `factor` times the learning rate. */
  | { step: number; kind: "outlier"; factor: number }
  /** Settings were changed, written as text; an average that was added has no `from`. */
  | { step: number; kind: "change"; changes: { key: string; from: string | null; to: string }[] }
  /** The run was restored from the state saved at this step. */
  | { step: number; kind: "restored" };
