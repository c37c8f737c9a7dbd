import { randomBytes } from "node:crypto";

import { expect, test } from "vitest";

import { links } from "./ahead";
import { complaint, line, onlyLater, weigh } from "./budget";
import { pageFile, versionOf } from "./offline";
import { contentSecurityPolicy, policyOf } from "./policy";

test("a page within its budget passes, and one above it gets a sentence with the figures", () => {
  const light = weigh([
    { path: "assets/a.js", content: "x".repeat(1e6) },
    { path: "assets/a.css", content: "y".repeat(1e6) },
    { path: "assets/emascope_simd-a.wasm", content: randomBytes(600_000) },
    { path: "assets/emascope_plain-a.wasm", content: randomBytes(600_000) },
    { path: "assets/emascope_threads-a.js", content: randomBytes(18_000) },
    { path: "assets/thread-a.js", content: randomBytes(1_000) },
    { path: "index.html", content: randomBytes(900_000) },
  ]);
  expect(complaint(light)).toBeUndefined();
  const heavy = weigh([
    { path: "assets/a.js", content: randomBytes(139_000) },
    { path: "assets/a.css", content: randomBytes(101_000), later: true },
  ]);
  expect(complaint(heavy)).toMatch(/script and style 240\.\d of \d+ kB/);
  expect(complaint(heavy)).not.toContain("at first");
  expect(complaint(heavy)).not.toContain("WebAssembly");
  expect(line({ what: "images", bytes: 243_210, limit: 700_000 })).toBe("images 243.2 of 700 kB");
});

test("what only views need that are opened later is not loaded at first, its styles and shared parts included", () => {
  const chunk = (name: string, imports: string[], dynamicImports: string[] = [], css: string[] = []) => ({
    type: "chunk" as const,
    name,
    imports,
    dynamicImports,
    isEntry: name === "index",
    viteMetadata: { importedCss: new Set(css) },
  });
  const later = onlyLater({
    "index.js": chunk("index", ["words.js"], ["story.js", "runs.js", "laboratory.js"]),
    "words.js": chunk("words", []),
    "story.js": chunk("story", ["words.js"]),
    "runs.js": chunk("runs", ["words.js", "charts.js"], [], ["runs.css"]),
    "laboratory.js": chunk("laboratory", ["charts.js"]),
    "charts.js": chunk("frame", ["words.js"], [], ["charts.css"]),
    "charts.css": { type: "asset" },
  });
  expect([...later].sort()).toEqual(["charts.css", "charts.js", "laboratory.js", "runs.css", "runs.js"]);
});

test("a version is a name for exactly its files", () => {
  const page = pageFile("index.html", "<!doctype html>");
  expect(page).toEqual({
    path: "",
    integrity: "sha256-/ibFnpGsjeaUslMdw73Bt/r0cdPX5OAIcK9g9fIol8s=",
    seldom: false,
  });
  expect(pageFile("assets/recording.json", "{}").seldom).toBe(true);
  expect(pageFile("assets/emascope_simd-a1.wasm", "").build).toBe("simd");
  expect(pageFile("assets/emascope_relaxed_threads-a1.wasm", "").build).toBe("relaxed_threads");
  expect(versionOf([page])).toBe(versionOf([pageFile("index.html", "<!doctype html>")]));
  expect(versionOf([page])).not.toBe(versionOf([pageFile("index.html", "<!doctype html> ")]));
});

test("the policy stands in front of whatever it governs, and allows nothing from elsewhere", () => {
  const html = `<head>\n    <meta charset="utf-8" />\n    <script>one()</script><script src="a.js"></script></head>`;
  const { transformIndexHtml } = contentSecurityPolicy();
  const { handler } = transformIndexHtml as { handler: (html: string) => string };
  const policy = policyOf(html);
  expect(handler(html).indexOf(policy)).toBeGreaterThan(0);
  expect(handler(html).indexOf(policy)).toBeLessThan(handler(html).indexOf("<script"));
  expect(() => handler("<head></head>")).toThrow("charset");
  expect(policy).not.toMatch(/https?:|\*|'unsafe-(inline|eval)'/);
  // Firefox checks a prefetch against this alone.
  expect(policy).toContain("default-src 'self';");
  for (const kind of ["font", "frame", "manifest", "media", "object"]) {
    expect(policy).toContain(`${kind}-src 'none';`);
  }
  // echo -n 'one()' | openssl dgst -sha256 -binary | base64
  expect(policy).toContain(
    "script-src 'self' 'wasm-unsafe-eval' 'sha256-HR7iaask9daLMRRskMI++QeJtjWDOjyPA6lGzYGzKW4=';",
  );
});

test("files that the worker needs are requested ahead, and a renamed file is noticed", () => {
  const paths = ["assets/index-a.js", "assets/worker-b.js", "assets/emascope-c.js"];
  expect(links(paths).map(({ attrs }) => attrs?.href)).toEqual(paths.slice(1).map((path) => `./${path}`));
  expect(() => links(paths.slice(0, 2))).toThrow("emascope");
});
