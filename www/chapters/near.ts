import { currentViewKeys } from "../hash";
import type { Part } from "../part";
import type { State } from "../state";
import type { Page } from "../views/page";
import type { Chapters } from ".";

/** Pixels of the chapters that may stand below the first screen without being read. */
const EDGE = 64;

/** Loads the chapters when they come near, or the address names one. */
export class NearChapters implements Part {
  readonly #host: HTMLElement;
  readonly #page: Page;
  #chapters: Chapters | undefined;
  #loading = false;
  #state: State | undefined;

  constructor(host: HTMLElement, page: Page) {
    this.#host = host;
    this.#page = page;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) this.#load();
      },
      { rootMargin: `0px 0px -${EDGE}px` },
    );
    observer.observe(host);
    const follow = (): void => {
      if (currentViewKeys().chapter !== undefined) this.#load();
    };
    addEventListener("hashchange", follow);
    follow();
  }

  render(state: State): void {
    this.#state = state;
    this.#chapters?.render(state);
  }

  rebuild(): void {
    this.#chapters?.rebuild();
  }

  #load(): void {
    if (this.#loading) return;
    this.#loading = true;
    import(".").then(
      ({ Chapters }) => {
        this.#chapters = new Chapters(this.#host, this.#page);
        if (this.#state !== undefined) this.#chapters.render(this.#state);
      },
      () => {
        this.#loading = false;
        this.#page.notLoaded();
      },
    );
  }
}
