/** Has the worker and the engine's JavaScript on their way while the page's own script is. */
import type { HtmlTagDescriptor, Plugin } from "vite";

/** By the names that the build gives them. Which module is needed, only the worker finds out. */
const AHEAD: { file: RegExp; attributes: Record<string, string | boolean> }[] = [
  { file: /^assets\/worker-[^/]+\.js$/, attributes: { rel: "modulepreload", crossorigin: true } },
  { file: /^assets\/emascope-[^/]+\.js$/, attributes: { rel: "modulepreload", crossorigin: true } },
];

/** The links to what the worker will ask for. */
export function links(paths: readonly string[]): HtmlTagDescriptor[] {
  return AHEAD.map(({ file, attributes }) => {
    const path = paths.find((path) => file.test(path));
    if (path === undefined) throw new Error(`no file of the page is called like ${file.source}`);
    return { tag: "link", attrs: { ...attributes, href: `./${path}` }, injectTo: "head" };
  });
}

export function ahead(): Plugin {
  return {
    name: "emascope:ahead",
    apply: "build",
    transformIndexHtml: {
      order: "post",
      handler: (_, { bundle }) => links(Object.keys(bundle ?? {})),
    },
  };
}
