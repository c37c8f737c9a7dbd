import type { Part } from "../part";
import { still } from "../screen";
import type { ViewName } from "./names";
import type { OpenView, Page } from "./page";
import { views } from "./table";

/** The element of a view. */
export function hostOf(name: ViewName): HTMLElement {
  const host = document.getElementById(views[name].host);
  if (host === null) throw new Error(`the page has no #${views[name].host}`);
  return host;
}

/** Called by {@link Views}. */
interface Observer {
  /** A view has been loaded, with these parts. */
  opened(parts: readonly Part[]): void;
  /** A view could not be loaded. */
  failed(): void;
}

/** The views of the page: loads each when it is first shown, and keeps how far it was scrolled. */
export class Views {
  readonly #page: Page;
  readonly #observer: Observer;
  readonly #loading = new Map<ViewName, Promise<void>>();
  readonly #open = new Map<ViewName, OpenView>();
  /** How far each was scrolled when it was left. */
  readonly #scrolled = new Map<ViewName, number>();
  #current: ViewName | undefined;

  constructor(page: Page, observer: Observer) {
    this.#page = page;
    this.#observer = observer;
    // The place in each view is kept here; the browser's would be that of the view before.
    history.scrollRestoration = "manual";
  }

  get current(): ViewName | undefined {
    return this.#current;
  }

  /** The data of the accuracy chart, once there is one. */
  chart(): readonly ArrayLike<number | null | undefined>[] {
    return this.#open.get("laboratory")?.chart?.() ?? [];
  }

  /** Offers dropped files to the current view; whether it took them. */
  dropped(files: readonly File[]): boolean {
    const view = this.#current === undefined ? undefined : this.#open.get(this.#current);
    return view?.dropped?.(files) ?? false;
  }

  /**
   * Makes `view` the current one. `swap` shows its elements, in a transition where the browser has them and the reader does not
   * prefer reduced motion.
   */
  show(view: ViewName, needed: readonly ViewName[], swap: () => void): void {
    for (const name of needed) void this.#load(name);
    const before = this.#current;
    if (before === view) {
      swap();
      return;
    }
    const change = (): void => {
      if (before !== undefined) this.#scrolled.set(before, scrollY);
      this.#current = view;
      swap();
      scrollTo(0, this.#scrolled.get(view) ?? 0);
    };
    if (before === undefined || still.matches || !("startViewTransition" in document)) change();
    // A transition that another one replaces is skipped; the change is made all the same.
    else document.startViewTransition(change).ready.catch(() => undefined);
  }

  #load(name: ViewName): Promise<void> {
    const known = this.#loading.get(name);
    if (known !== undefined) return known;
    const loading = views[name].load(this.#page).then(
      (view) => {
        this.#open.set(name, view);
        this.#observer.opened(view.parts);
      },
      () => {
        // It is tried again when it is shown again.
        this.#loading.delete(name);
        this.#observer.failed();
      },
    );
    this.#loading.set(name, loading);
    return loading;
  }
}
