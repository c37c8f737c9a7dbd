/**
 * The built page may load and run itself, and nothing else.
 *
 * It stands in the page, because a static host may let nobody set headers. `wasm-unsafe-eval` allows compiling
 * WebAssembly and no JavaScript from text; `blob:` and `data:` are pictures that the page draws itself. What is left to
 * `default-src` is a prefetch, which Firefox looks up there and nowhere else; whatever else could be is named.
 */
import { createHash } from "node:crypto";

import type { Plugin } from "vite";

const POLICY: Record<string, string> = {
  "default-src": "'self'",
  "script-src": "'self' 'wasm-unsafe-eval'",
  "style-src": "'self'",
  "img-src": "'self' blob: data:",
  "connect-src": "'self'",
  "worker-src": "'self'",
  "font-src": "'none'",
  "frame-src": "'none'",
  "manifest-src": "'none'",
  "media-src": "'none'",
  "object-src": "'none'",
  "base-uri": "'none'",
  "form-action": "'none'",
};

/** The policy of a page with these inline scripts: each is allowed by its digest, and no other. */
export function policyOf(html: string): string {
  const inline = [...html.matchAll(/<script>([^]*?)<\/script>/gu)].map(([, text = ""]) => {
    const digest = createHash("sha256").update(text).digest("base64");
    return ` 'sha256-${digest}'`;
  });
  return Object.entries(POLICY)
    .map(([directive, sources]) => {
      const allowed = directive === "script-src" ? inline.join("") : "";
      return `${directive} ${sources}${allowed}`;
    })
    .join("; ");
}

/** Puts the policy into the built page, in front of whatever it governs. The development server is left without. */
export function contentSecurityPolicy(): Plugin {
  return {
    name: "emascope:policy",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler(html) {
        const encoding = '<meta charset="utf-8" />';
        if (!html.includes(encoding))
          throw new Error(`index.html has no ${encoding} to put the policy behind`);
        const meta = `<meta http-equiv="Content-Security-Policy" content="${policyOf(html)}" />`;
        return html.replace(encoding, `${encoding}\n    ${meta}`);
      },
    },
  };
}
