/**
 * Caches the page, so that it opens without a network.
 *
 * Each cache holds one complete version of the page, checked against the digests of the build. A new version fills its
 * own cache and takes over when no tab shows the old one any more, or when the reader asks for it. A version that
 * cannot be loaded completely is dropped, and the old one stays.
 *
 * It also adds the headers that isolate the page, which a static host may not send.
 */

import { buildsFor } from "../builds";
import type { PageFile } from "./files";
import { ISOLATION } from "./isolation";

declare const self: ServiceWorkerGlobalScope;
/** Defined by the build. */
declare const __FILES__: PageFile[];
declare const __VERSION__: string;

const scope = self.registration.scope;
/** Distinguishes this page's caches from those of other pages on the same host. */
const ours = `emascope ${scope} `;
const cacheName = ours + __VERSION__;
const files = new Map(__FILES__.map((file) => [scope + file.path, file]));

self.addEventListener("install", (event) => {
  event.waitUntil(fill());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(takeOver());
});

self.addEventListener("message", (event) => {
  if (event.data === "take-over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const address = addressOf(event.request);
  const file = files.get(address);
  // Requests for files outside this version go to the network.
  if (event.request.method === "GET" && file !== undefined) event.respondWith(answer(address, file));
});

/** The address under which a file is cached: the folder's for the page itself, and without query and hash. */
function addressOf(request: Request): string {
  const url = new URL(request.url);
  const address = url.origin + url.pathname;
  return address === `${scope}index.html` ? scope : address;
}

async function fill(): Promise<void> {
  const cache = await caches.open(cacheName);
  // A page has threads only if it is opened by itself, and not as a part of another site's page.
  const builds = await buildsFor(true);
  const wanted = [...files].filter(
    ([, { seldom, build }]) => !seldom && (build === undefined || builds.includes(build)),
  );
  try {
    await Promise.all(
      wanted.map(async ([address, file]) => {
        await cache.put(address, await load(address, file));
      }),
    );
  } catch (error) {
    await caches.delete(cacheName);
    throw error;
  }
}

async function takeOver(): Promise<void> {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(ours) && name !== cacheName);
  await Promise.all(old.map((name) => caches.delete(name)));
  await self.clients.claim();
}

async function answer(address: string, file: PageFile): Promise<Response> {
  const kept = await caches.match(address, { cacheName });
  if (kept !== undefined) return kept;
  if (!file.seldom) return isolated(await fetch(address));
  const response = await load(address, file);
  const cache = await caches.open(cacheName);
  // If storage is full, the file is just not cached.
  await cache.put(address, response.clone()).catch(() => undefined);
  return response;
}

/** Fetches exactly the build's file, bypassing the browser's own cache if that holds another version. */
async function load(address: string, { integrity }: PageFile): Promise<Response> {
  const response = await fetch(address, { integrity }).catch(() =>
    fetch(address, { integrity, cache: "reload" }),
  );
  if (!response.ok) throw new Error(`${address}: ${response.status}`);
  return isolated(response);
}

/**
 * The response, with the headers that isolate a page from other origins, without which browsers give it no threads. The page and
 * its workers must both have them. They are stored with the files, since a browser keeps compiled code only for a stored response.
 */
function isolated({ body, status, statusText, headers }: Response): Response {
  const response = new Response(body, { status, statusText, headers });
  for (const [name, value] of Object.entries(ISOLATION)) response.headers.set(name, value);
  return response;
}
