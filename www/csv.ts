/** A table in the form of RFC 4180; the names in its first line are the keys of the first record. */
export function csvOf(records: readonly Record<string, unknown>[]): string {
  const names = Object.keys(records[0] ?? {});
  const lines = [names, ...records.map((record) => Object.values(record))];
  return lines.map((line) => `${line.map(field).join(",")}\r\n`).join("");
}

function field(value: unknown): string {
  const none = value == null || (typeof value === "number" && !Number.isFinite(value));
  const text = none ? "" : typeof value === "string" ? value : JSON.stringify(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
