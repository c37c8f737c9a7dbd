import type { Description, Experiment } from "../engine";
import type { RunHistory } from "./runhistory";

/** A state from which a run can continue. */
export interface SavedState {
  step: number;
  checkpoint: Blob;
  history: RunHistory;
  experiment: Experiment;
  description: Description;
  files: File[] | undefined;
}
