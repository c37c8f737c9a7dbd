import { type InlineConfig, build } from "vite";

/** One script with everything in it, made from its sources apart from the page. */
export async function script(
  entry: string,
  { define, format }: { define?: InlineConfig["define"]; format: "es" | "iife" },
): Promise<string> {
  const result = await build({
    configFile: false,
    logLevel: "warn",
    define: define ?? {},
    build: {
      target: "es2022",
      write: false,
      rolldownOptions: { input: entry, output: { format }, preserveEntrySignatures: "strict" },
    },
  });
  const outputs = (Array.isArray(result) ? result : [result]).flatMap((one) =>
    "output" in one ? one.output : [],
  );
  const [chunk, ...more] = outputs;
  if (chunk?.type !== "chunk" || more.length > 0) throw new Error(`${entry} must become one script`);
  return chunk.code;
}
