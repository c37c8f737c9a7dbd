import type { Method, SummaryRow } from "../engine";
import type { MessageKey } from "../i18n";

/** Figures often quoted for CIFAR-10 without network, schedule or seed. Accuracy in percent. */
interface Claim {
  method: Method;
  accuracy: number;
  level: "high" | "middle" | "low";
  fluctuation: MessageKey;
}

const claims: readonly Claim[] = [
  { method: { name: "raw" }, accuracy: 92.3, level: "high", fluctuation: "table.high" },
  {
    method: { name: "ema-0.999", average: "0.999" },
    accuracy: 93.7,
    level: "low",
    fluctuation: "table.low",
  },
  {
    method: { name: "ema-0.99", average: "0.99" },
    accuracy: 93.2,
    level: "middle",
    fluctuation: "table.middle",
  },
];

export interface ComparedRow {
  method: Method;
  /** The index of the method; undefined if the run does not have it. */
  index: number | undefined;
  claim: Claim | undefined;
  measured: SummaryRow | undefined;
}

/**
 * The run's methods in order, then the claimed figures of methods that the run does not have. Methods are identified by
 * index, because a change of β changes the name.
 */
export function compare(methods: readonly Method[], summary: readonly SummaryRow[]): ComparedRow[] {
  const missing = claims
    .map(({ method }) => method)
    .filter((claimed) => !methods.some(({ name }) => name === claimed.name));
  return [...methods, ...missing].map((method, k) => ({
    method,
    index: k < methods.length ? k : undefined,
    claim: claims.find((claim) => claim.method.name === method.name),
    measured: k < methods.length ? summary[k] : undefined,
  }));
}
