import { execFile } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/** The path of a browser: what the environment variable holds, else the first of these names on the path. */
export function findProgram(what: string, variable: string, names: readonly string[]): string {
  const named = process.env[variable];
  if (named !== undefined && named !== "") return named;
  const folders = (process.env.PATH ?? "").split(delimiter);
  for (const name of names) {
    for (const folder of folders) {
      const program = join(folder, name);
      try {
        accessSync(program, constants.X_OK);
        return program;
      } catch {
        continue;
      }
    }
  }
  throw new Error(
    `no ${what} found (${names.join(", ")}): install one, or set ${variable} to the path of its program`,
  );
}

/** Runs the command line, which `cargo xtask test` has built and names; otherwise cargo builds it from the current sources. */
export async function emascope(...words: string[]): Promise<string> {
  const cargo = ["cargo", "run", "--quiet", "--bin", "emascope", "--"];
  const program = process.env.EMASCOPE === undefined ? cargo : [process.env.EMASCOPE];
  const [file = "", ...before] = program;
  return (await promisify(execFile)(file, [...before, ...words])).stdout;
}
