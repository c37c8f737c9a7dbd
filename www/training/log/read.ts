/** A log of training as a table: CSV, or JSON with an object a line. */

export interface LogTable {
  columns: string[];
  /** A row a line, in the order of the columns; NaN where a line has no number there. */
  rows: number[][];
}

/** What is wrong with a file, and where. */
export interface LogProblem {
  what: "empty" | "no-numbers" | "json" | "not-object" | "quote" | "cells" | "large" | "unread";
  /** Counted from 1. */
  line?: number;
  found?: number;
  wanted?: number;
}

/** The most bytes of a file that is read. */
export const MOST_BYTES = 32e6;

/** Reads a log; rejects if what reads CSV could not be loaded. */
export async function readLog(text: string): Promise<LogTable | LogProblem> {
  const bare = text.replace(/^\ufeff/u, "");
  const first = bare.trimStart();
  if (first === "") return { what: "empty" };
  const table = first.startsWith("{") ? readLines(bare) : await readCsv(bare);
  if ("what" in table) return table;
  // Columns without any number are left out.
  const kept = table.columns.flatMap((_, k) =>
    table.rows.some((row) => Number.isFinite(row[k])) ? [k] : [],
  );
  if (kept.length < 2) return { what: "no-numbers" };
  return {
    columns: kept.map((k) => table.columns[k] ?? ""),
    rows: table.rows.map((row) => kept.map((k) => row[k] ?? NaN)),
  };
}

function readLines(text: string): LogTable | LogProblem {
  const places = new Map<string, number>();
  const records: Map<string, number>[] = [];
  const lines = text.split(/\r\n|\n|\r/u);
  for (const [k, line] of lines.entries()) {
    if (line.trim() === "") continue;
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      // Python writes these, which JSON does not have.
      try {
        value = JSON.parse(line.replaceAll(/(?<=[:,[]\s*)(NaN|-?Infinity)\b/gu, "null"));
      } catch {
        return { what: "json", line: k + 1 };
      }
    }
    if (typeof value !== "object" || value === null || Array.isArray(value))
      return { what: "not-object", line: k + 1 };
    const record = new Map<string, number>();
    flatten(value, "", record);
    for (const name of record.keys()) if (!places.has(name)) places.set(name, places.size);
    records.push(record);
  }
  const columns = [...places.keys()];
  return { columns, rows: records.map((record) => columns.map((name) => record.get(name) ?? NaN)) };
}

/** The numbers in a value by their paths; the objects of a list go by their name, if they have one. */
function flatten(value: unknown, path: string, into: Map<string, number>): void {
  if (typeof value === "number") into.set(path, value);
  if (typeof value !== "object" || value === null) return;
  for (const [key, inner] of Object.entries(value)) {
    const named = Array.isArray(value) ? (inner as { name?: unknown; method?: unknown } | null) : null;
    const name = typeof named === "object" ? (named?.name ?? named?.method) : undefined;
    const step = typeof name === "string" ? name : key;
    flatten(inner, path === "" ? step : `${path}.${step}`, into);
  }
}

async function readCsv(text: string): Promise<LogTable | LogProblem> {
  const { default: Papa } = await import("papaparse");
  const lines = text.replaceAll(/\r\n?/gu, "\n");
  let names: string[] | undefined;
  let problem: LogProblem | undefined;
  const rows: number[][] = [];
  Papa.parse<string[]>(lines, {
    newline: "\n",
    comments: "#",
    delimitersToGuess: [",", ";", "\t"],
    skipEmptyLines: "greedy",
    step({ data: cells, errors, meta }, parser) {
      const quote = errors.find(({ type }) => type === "Quotes");
      if (quote !== undefined) {
        problem = { what: "quote", line: lineAt(lines, quote.index ?? 0) };
      } else if (names === undefined) {
        names = cells;
      } else if (cells.length === names.length) {
        rows.push(cells.map((cell) => numberIn(cell, meta.delimiter)));
      } else {
        const inCells = cells.join("").split("\n").length - 1;
        problem = {
          what: "cells",
          line: lineAt(lines, meta.cursor - 1) - inCells,
          found: cells.length,
          wanted: names.length,
        };
      }
      if (problem !== undefined) parser.abort();
    },
  });
  if (problem !== undefined) return problem;
  if (names === undefined || names.length < 2) return { what: "no-numbers" };
  return { columns: names.map((name, k) => (name.trim() === "" ? String(k + 1) : name.trim())), rows };
}

/** The line, counted from 1, in which a place of a text is. */
function lineAt(text: string, place: number): number {
  return text.slice(0, place).split("\n").length;
}

/** A number, where a comma may stand before the decimals if it does not separate the cells. */
function numberIn(cell: string, separator: string): number {
  const text = cell.trim().replace(/%$/u, "");
  if (text === "") return NaN;
  return Number(separator === "," ? text : text.replace(/^(-?\d+),(\d+)$/u, "$1.$2"));
}
