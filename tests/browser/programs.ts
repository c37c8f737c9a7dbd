import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

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
