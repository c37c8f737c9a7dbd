/** The page's side of the service worker: registers it, and offers to load a new version. */

/** Hosts used for development, where a cached page would outlive its build. */
const DEVELOPMENT_HOSTS = ["localhost", "127.0.0.1", "[::1]"];

/** @param offer called when there is a new version, with a callback that loads it */
export function keepForOffline(offer: (reload: () => void) => void): void {
  if (!import.meta.env.PROD || DEVELOPMENT_HOSTS.includes(location.hostname)) return;
  // Missing outside secure contexts and in some private windows.
  if (!("serviceWorker" in navigator)) return;
  const container = navigator.serviceWorker;

  let chosen = false;
  let replaces = container.controller !== null;
  container.addEventListener("controllerchange", () => {
    if (chosen) location.reload();
    else if (replaces) {
      offer(() => {
        location.reload();
      });
    }
    replaces = true;
  });

  const watch = (worker: ServiceWorker | null): void => {
    if (worker === null) return;
    const offerNow = (): void => {
      // The first version takes over without being asked.
      if (worker.state !== "installed" || container.controller === null) return;
      offer(() => {
        chosen = true;
        worker.postMessage("take-over");
      });
    };
    worker.addEventListener("statechange", offerNow);
    offerNow();
  };

  container
    .register(new URL("service-worker.js", document.baseURI))
    .then((registration) => {
      watch(registration.waiting);
      watch(registration.installing);
      registration.addEventListener("updatefound", () => {
        watch(registration.installing);
      });
    })
    // Forbidden, or no network: the page works without it.
    .catch(() => undefined);
}
