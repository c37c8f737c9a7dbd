import type { SummaryRow } from "../engine";
import type { MessageKey } from "../i18n";

/** The figures that started this: often quoted for CIFAR-10, without network, schedule or seed. Accuracy in percent. */
export interface Claim {
  accuracy: number;
  fluctuation: MessageKey;
}

export const claims: ReadonlyMap<string, Claim> = new Map([
  ["raw", { accuracy: 92.3, fluctuation: "table.high" }],
  ["ema-0.999", { accuracy: 93.7, fluctuation: "table.low" }],
  ["ema-0.99", { accuracy: 93.2, fluctuation: "table.middle" }],
]);

export interface ComparedRow {
  method: string;
  claim: Claim | undefined;
  measured: SummaryRow | undefined;
}

/** The run's methods in their order, then what was claimed of methods that the run does not have. */
export function compare(methods: readonly string[], summary: readonly SummaryRow[]): ComparedRow[] {
  const missing = [...claims.keys()].filter((method) => !methods.includes(method));
  return [...methods, ...missing].map((method) => ({
    method,
    claim: claims.get(method),
    measured: summary.find((row) => row.method === method),
  }));
}
