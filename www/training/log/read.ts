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

export function readLog(text: string): LogTable | LogProblem {
  const bare = text.replace(/^\ufeff/u, "");
  const first = bare.trimStart();
  if (first === "") return { what: "empty" };
  const table = first.startsWith("{") ? readLines(bare) : readCsv(bare);
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

function readCsv(text: string): LogTable | LogProblem {
  const head = text.slice(0, Math.max(text.search(/[\r\n]/u), 0) || undefined);
  const count = (separator: string): number => head.split(separator).length;
  const separator = [",", ";", "\t"].reduce((best, one) => (count(one) > count(best) ? one : best));
  const lines = cellsOf(text, separator);
  if ("what" in lines) return lines;
  const [names, ...body] = lines;
  if (names === undefined || names.cells.length < 2) return { what: "no-numbers" };
  const rows: number[][] = [];
  for (const { cells, line } of body) {
    if (cells.length !== names.cells.length)
      return { what: "cells", line, found: cells.length, wanted: names.cells.length };
    rows.push(cells.map((cell) => numberIn(cell, separator)));
  }
  return { columns: names.cells.map((name, k) => (name.trim() === "" ? String(k + 1) : name.trim())), rows };
}

/** A number, where a comma may stand before the decimals if it does not separate the cells. */
function numberIn(cell: string, separator: string): number {
  const text = cell.trim().replace(/%$/u, "");
  if (text === "") return NaN;
  return Number(separator === "," ? text : text.replace(/^(-?\d+),(\d+)$/u, "$1.$2"));
}

interface CsvLine {
  cells: string[];
  /** Where it begins. */
  line: number;
}

/** The cells of RFC 4180, with any separator; empty lines and those that begin with # are left out. */
function cellsOf(text: string, separator: string): CsvLine[] | LogProblem {
  const lines: CsvLine[] = [];
  let line = 1;
  let at = 0;
  while (at < text.length) {
    const begun = line;
    const cells: string[] = [];
    for (;;) {
      let cell = "";
      if (text[at] === '"') {
        at += 1;
        for (;;) {
          const end = text.indexOf('"', at);
          if (end < 0) return { what: "quote", line: begun };
          cell += text.slice(at, end);
          at = end + 1;
          if (text[at] !== '"') break;
          cell += '"';
          at += 1;
        }
        line += cell.split("\n").length - 1;
      }
      const from = at;
      while (at < text.length && text[at] !== separator && text[at] !== "\n" && text[at] !== "\r") at += 1;
      cells.push(cell + text.slice(from, at));
      if (text[at] !== separator) break;
      at += 1;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
    at += 1;
    line += 1;
    const [only = ""] = cells;
    if ((cells.length === 1 && only.trim() === "") || only.startsWith("#")) continue;
    lines.push({ cells, line: begun });
  }
  return lines;
}
