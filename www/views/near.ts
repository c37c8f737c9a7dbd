import type { Part, PartContext } from "../part";
import type { State } from "../state";
import type { Page } from "./page";

/** Pixels of an element that may stand below the first screen without being read. */
const EDGE = 64;

/** A part far down a view, which is loaded when it comes near. */
export class Near implements Part {
  readonly #page: Page;
  readonly #import: () => Promise<Part>;
  #part: Part | undefined;
  #loading = false;
  #shown: [State, PartContext] | undefined;

  constructor(host: HTMLElement, page: Page, load: () => Promise<Part>) {
    this.#page = page;
    this.#import = load;
    const observer = new IntersectionObserver(
      (entries) => {
        if (entries.some(({ isIntersecting }) => isIntersecting)) this.load();
      },
      { rootMargin: `0px 0px -${EDGE}px` },
    );
    observer.observe(host);
  }

  render(state: State, context: PartContext): void {
    this.#shown = [state, context];
    this.#part?.render(state, context);
  }

  rebuild(): void {
    this.#part?.rebuild?.();
  }

  load(): void {
    if (this.#loading) return;
    this.#loading = true;
    this.#import().then(
      (part) => {
        this.#part = part;
        if (this.#shown !== undefined) part.render(...this.#shown);
      },
      () => {
        this.#loading = false;
        this.#page.notLoaded();
      },
    );
  }
}
