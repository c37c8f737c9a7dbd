import { currentViewKeys } from "../hash";
import { Near } from "../views/near";
import type { Page } from "../views/page";

/** Loads the chapters when they come near, or the address names one. */
export function nearChapters(host: HTMLElement, page: Page): Near {
  const near = new Near(host, page, async () => new (await import(".")).Chapters(host, page));
  const follow = (): void => {
    if (currentViewKeys().chapter !== undefined) near.load();
  };
  addEventListener("hashchange", follow);
  follow();
  return near;
}
