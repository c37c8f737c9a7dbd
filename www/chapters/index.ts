import { html, nothing, render } from "lit-html";

import { currentViewKeys, setViewKeys } from "../hash";
import { recordedExcerpt } from "../history/excerpt";
import { weightOf } from "../history/recorded";
import type { Part } from "../part";
import type { Path } from "./chapter";
import { type State, initialState } from "../state";
import { datasetName } from "../table/names";
import type { Page } from "../views/page";
import { Driver, type Progress } from "./driver";
import { PastPredictions } from "./history";
import "./style.css";
import { type ChapterName, chapterNames, chapterTitle, isChapter, loadChapter } from "./table";
import { ChapterView } from "./view";
import { t } from "./words";

/** How far below the window a chapter is loaded, in pixels. */
const NEAR = 50;

/** The fewest steps of a path that say something. */
const SHORTEST = 200;

const idle: Progress = { kind: "idle" };

/** The chapters of the story below its first screen: what is near is loaded, and one at a time has the page's run. */
export class Chapters implements Part {
  readonly #host: HTMLElement;
  readonly #page: Page;
  readonly #driver: Driver;
  readonly #past = new PastPredictions();
  readonly #views = new Map<ChapterName, ChapterView>();
  readonly #asked = new Set<ChapterName>();
  /** The chapters whose figures and buttons are in sight. */
  readonly #inSight = new Set<ChapterName>();
  /** The chapter whose runs the page carries out, or carried out last. */
  #running: ChapterName | undefined;
  #stopped: { chapter: ChapterName; progress: Progress } | undefined;
  #state = initialState();
  #speed: number | undefined;

  constructor(host: HTMLElement, page: Page) {
    this.#host = host;
    this.#page = page;
    this.#driver = new Driver({
      open(experiment) {
        page.conductor.open(experiment);
      },
      send: page.send,
    });
    this.#watch();
    this.#showContents();
    this.#followAddress();
    addEventListener("hashchange", () => {
      this.#followAddress();
    });
  }

  rebuild(): void {
    this.#showContents();
    this.#show();
  }

  render(state: State): void {
    this.#state = state;
    if (state.imagesPerSecond !== null) this.#speed = state.imagesPerSecond;
    const before = this.#driver.progress;
    this.#driver.update(state);
    this.#take();
    if (this.#driver.active || this.#driver.progress !== before) this.#show();
    else this.#showIfChanged();
  }

  /** Scrolls to a chapter, which the address then names. */
  go(name: ChapterName): void {
    setViewKeys({ chapter: name });
    this.#reveal(name);
  }

  /** Chapters are loaded when they come near; those in sight decide about the page's primary button. */
  #watch(): void {
    const near = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries)
          if (isIntersecting) this.#load((target as HTMLElement).dataset.part ?? "");
      },
      { rootMargin: `0px 0px ${NEAR}px` },
    );
    const sight = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries) {
          const name = (target as HTMLElement).dataset.part ?? "";
          if (!isChapter(name)) continue;
          if (isIntersecting) this.#inSight.add(name);
          else this.#inSight.delete(name);
        }
        document.documentElement.toggleAttribute("data-chapter", this.#inSight.size > 0);
        this.#show();
      },
      // The middle of the window decides which chapter the reader is at.
      { rootMargin: "-45% 0px -45%" },
    );
    for (const section of this.#sections()) {
      near.observe(section);
      sight.observe(section);
    }
  }

  #sections(): HTMLElement[] {
    return [...this.#host.querySelectorAll<HTMLElement>(".chapter")];
  }

  #sectionOf(name: ChapterName): HTMLElement | undefined {
    return this.#sections().find((section) => section.dataset.part === name);
  }

  #load(name: string): void {
    const section = isChapter(name) ? this.#sectionOf(name) : undefined;
    if (section === undefined || !isChapter(name) || this.#asked.has(name)) return;
    this.#asked.add(name);
    loadChapter(name).then(
      (chapter) => {
        const { conductor } = this.#page;
        const view = new ChapterView(section, name, chapter, {
          run: (length, knob, seed) => {
            this.#running = name;
            this.#stopped = undefined;
            this.#driver.begin({ ...conductor.defaults, seed }, chapter.runs(length, knob));
            this.#take();
            this.#show();
          },
          proceed: (knob) => {
            this.#driver.proceed(knob);
            this.#show();
          },
          pause: () => {
            conductor.pause();
          },
          resume: () => {
            conductor.start();
          },
          stop: () => {
            this.#driver.leave();
            conductor.pause();
            this.#show();
          },
          link: () => {
            this.go(name);
          },
          next: () => {
            const next = chapterNames[chapterNames.indexOf(name) + 1];
            if (next !== undefined) this.go(next);
          },
          keep: (outcome) => {
            this.#past.keep(name, outcome);
            this.#showContents();
          },
        });
        this.#views.set(name, view);
        this.#show();
      },
      () => {
        // It is tried again when it comes near again.
        this.#asked.delete(name);
        this.#page.notLoaded();
      },
    );
  }

  /** Gives the results of runs that have ended to their chapter. */
  #take(): void {
    const { progress } = this.#driver;
    const view = this.#running === undefined ? undefined : this.#views.get(this.#running);
    if (this.#running === undefined) return;
    if (progress.kind === "done") {
      this.#driver.leave();
      view?.finish(progress.results);
      this.#show();
    } else if (progress.kind === "stopped") {
      this.#stopped = { chapter: this.#running, progress };
      this.#driver.leave();
    }
  }

  #shown: unknown[] = [];

  /** Chapters at rest show little of the run. */
  #showIfChanged(): void {
    const { phase, description, limits, step } = this.#state;
    const now = [phase, description, limits, step > 0];
    if (now.every((value, k) => value === this.#shown[k])) return;
    this.#shown = now;
    this.#show();
  }

  #show(): void {
    const { limits, description, step, phase } = this.#state;
    // Where a run goes on that is not the chapter's own, the compact bar leads it.
    const goes = step > 0 && phase !== "finished" && phase !== "diverged";
    const own = this.#driver.active && this.#running !== undefined && this.#inSight.has(this.#running);
    this.#page.inSight("chapters", this.#inSight.size > 0 && (own || !goes));
    const results = this.#driver.active ? this.#driver.results(this.#state) : [];
    const path = this.#path();
    for (const [name, view] of this.#views) {
      const own = this.#driver.active && this.#running === name;
      const place = chapterNames.indexOf(name);
      const next = chapterNames[place + 1];
      view.render({
        progress: own
          ? this.#driver.progress
          : this.#stopped?.chapter === name
            ? this.#stopped.progress
            : idle,
        results: own ? results : [],
        speed: this.#speed ?? this.#page.conductor.speed ?? undefined,
        software: description?.adapter.software ?? true,
        recompute: limits?.recompute_images,
        replaces: step > 0 && !own && this.#running !== name,
        recorded: description?.recorded !== undefined,
        data: description === undefined ? "" : datasetName(description.dataset),
        current: this.#inSight.has(name),
        number: place + 1,
        of: chapterNames.length,
        next: next === undefined ? undefined : (this.#views.get(next)?.question ?? chapterTitle(next)),
        earlier: this.#past.of(name),
        path,
      });
    }
  }

  /** The weight that the story follows: in the page's run as soon as that is long enough to see anything, else as recorded. */
  #path(): Path {
    const { past, step } = this.#state;
    if (step > 0 && past.first === 1 && past.length >= SHORTEST) {
      const recorded = this.#state.description?.recorded !== undefined;
      return { values: past.values, length: past.length, recorded };
    }
    this.#recorded ??= weightOf(recordedExcerpt());
    return { values: this.#recorded, length: this.#recorded.length, recorded: true };
  }

  #recorded: Float64Array | undefined;

  /** All chapters, with a mark at those that were taken. */
  #showContents(): void {
    const host = this.#host.querySelector<HTMLElement>(".contents");
    if (host === null) return;
    host.setAttribute("aria-label", t("contents", { of: chapterNames.length }));
    render(
      html`<h2>${t("contents", { of: chapterNames.length })}</h2>
        <p>${t("contents.about")}</p>
        <ol>
          ${chapterNames.map(
            (name) =>
              html`<li>
                <a href=${`#chapter=${name}`} @click=${this.#follow}>${chapterTitle(name)}</a>
                ${this.#past.of(name) === undefined ? nothing : html`<span aria-hidden="true">◇</span>`}
              </li>`,
          )}
        </ol>`,
      host,
    );
  }

  readonly #follow = (event: MouseEvent): void => {
    // Opening it in another tab is the browser's.
    if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const name = (event.currentTarget as HTMLAnchorElement).hash.split("=").at(-1) ?? "";
    if (!isChapter(name)) return;
    event.preventDefault();
    this.go(name);
  };

  #reveal(name: ChapterName): void {
    this.#load(name);
    const section = this.#sectionOf(name);
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    section?.scrollIntoView({ behavior: still ? "auto" : "smooth" });
    section?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  }

  #followAddress(): void {
    const { chapter = "" } = currentViewKeys();
    if (!isChapter(chapter)) return;
    // A transition to the story takes some frames until that is there.
    const reveal = (patience: number): void => {
      if (this.#host.offsetParent !== null) this.#reveal(chapter);
      else if (patience > 0) {
        requestAnimationFrame(() => {
          reveal(patience - 1);
        });
      }
    };
    reveal(30);
  }
}
