/**
 * What the built page may load and run: itself, and nothing else.
 *
 * It stands in the page, because a static host may let nobody set headers. `wasm-unsafe-eval` allows compiling
 * WebAssembly and no JavaScript from text; `blob:` and `data:` are pictures that the page draws itself.
 */
import type { Plugin } from "vite";

const POLICY: Record<string, string> = {
  "default-src": "'none'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "style-src": "'self'",
  "img-src": "'self' blob: data:",
  "connect-src": "'self'",
  "worker-src": "'self'",
  "base-uri": "'none'",
  "form-action": "'none'",
};

export const policy = Object.entries(POLICY)
  .map(([directive, sources]) => `${directive} ${sources}`)
  .join("; ");

/** Puts the policy into the built page, in front of whatever it governs. The development server is left without. */
export function contentSecurityPolicy(): Plugin {
  return {
    name: "emascope:policy",
    apply: "build",
    transformIndexHtml(html) {
      const encoding = '<meta charset="utf-8" />';
      if (!html.includes(encoding)) throw new Error(`index.html has no ${encoding} to put the policy behind`);
      const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
      return html.replace(encoding, `${encoding}\n    ${meta}`);
    },
  };
}
