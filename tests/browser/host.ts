import { readFile } from "node:fs/promises";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

/** The page's path on the host, as on GitHub Pages. */
const PATH = "/lectures/emascope/";

const TYPES: Record<string, string> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** A file that is served in another's place, where the address has no query. */
export interface Replacement {
  path: RegExp;
  body: string;
}

/** How a host differs from a plain one. */
export interface Ways {
  replacement?: Replacement;
  /** Headers that it sends with every file. */
  headers?: Record<string, string>;
}

/** A plain static host: files under a path, the usual types, no other headers. */
export class Host {
  /** The folder it serves; another one is another deployment. */
  folder: string;
  /** Requested paths within the page's folder. */
  readonly asked: string[] = [];
  readonly #ways: Ways;
  readonly #server: Server;
  #port = 0;

  private constructor(folder: string, ways: Ways) {
    this.folder = folder;
    this.#ways = ways;
    this.#server = createServer((request, response) => {
      void this.#answer(request.url ?? "/").then(({ status, type, body }) => {
        // As GitHub Pages sends with every file.
        const headers = { "content-type": type, "cache-control": "max-age=600", ...ways.headers };
        response.writeHead(status, headers).end(body);
      });
    });
  }

  static async start(folder: string, ways: Ways = {}): Promise<Host> {
    const host = new Host(folder, ways);
    await new Promise<void>((resolve) => host.#server.listen(0, "127.0.0.1", resolve));
    host.#port = (host.#server.address() as AddressInfo).port;
    return host;
  }

  /** @param name 127.0.0.1 is where pages are built, so a page is not kept there; *.localhost is the same place by another name */
  address(name = "127.0.0.1"): string {
    return `http://${name}:${this.#port}${PATH}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(url: string): Promise<{ status: number; type: string; body: string | Buffer }> {
    const { pathname, search } = new URL(url, "http://host");
    const path = normalize(pathname);
    const none = { status: 404, type: "text/plain", body: "not found" };
    if (!path.startsWith(PATH)) return none;
    const within = path.slice(PATH.length);
    this.asked.push(within);
    const file = join(this.folder, within === "" ? "index.html" : within);
    const { replacement } = this.#ways;
    if (search === "" && replacement?.path.test(within) === true) {
      return { status: 200, type: "text/javascript", body: replacement.body };
    }
    try {
      return {
        status: 200,
        type: TYPES[extname(file)] ?? "application/octet-stream",
        body: await readFile(file),
      };
    } catch {
      return none;
    }
  }
}
