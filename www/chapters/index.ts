import { html, nothing, render } from "lit-html";

import { asksElsewhere } from "../dom";
import { currentViewKeys } from "../hash";
import { recordedExcerpt } from "../history/excerpt";
import { weightOf } from "../history/recorded";
import type { Part } from "../part";
import type { Path } from "./chapter";
import { still } from "../screen";
import { type State, initialState } from "../state";
import type { Page } from "../views/page";
import { Driver, type Progress } from "./driver";
import type { Surroundings } from "./frame";
import { PastPredictions } from "./history";
import { chapters } from "./list";
import "./style.css";
import { type ChapterName, chapterNames, chapterTitle, isChapter } from "./table";
import { ChapterView } from "./view";
import { t } from "./words";

/** How far below the window a chapter is drawn, in pixels. */
const NEAR = 50;

/** The fewest steps of a path whose second half has room for stretches that say something. */
const SHORTEST = 1000;

const idle: Progress = { kind: "idle" };

/** The chapters of the story below its first screen: what is near is drawn, and one at a time has the page's run. */
export class Chapters implements Part {
  readonly #host: HTMLElement;
  readonly #page: Page;
  readonly #driver: Driver;
  readonly #past = new PastPredictions();
  readonly #views = new Map<ChapterName, ChapterView>();
  /** The chapters whose figures and buttons are in sight. */
  readonly #inSight = new Set<ChapterName>();
  /** The chapter whose runs the page carries out. */
  #running: ChapterName | undefined;
  #stopped: { chapter: ChapterName; progress: Progress } | undefined;
  #state = initialState();
  #speed: number | undefined;

  constructor(host: HTMLElement, page: Page) {
    this.#host = host;
    this.#page = page;
    this.#driver = new Driver(page.conductor);
    this.#watch();
    this.#showContents();
    this.#followAddress("auto");
    addEventListener("hashchange", () => {
      this.#followAddress(still.matches ? "auto" : "smooth");
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

  /** Chapters are drawn when they come near; the one in the middle of the window has the page's primary button. */
  #watch(): void {
    const near = new IntersectionObserver(
      (entries) => {
        for (const { target, isIntersecting } of entries)
          if (isIntersecting) this.#draw((target as HTMLElement).dataset.part ?? "");
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
        this.#page.atChapter(this.#inSight.size > 0);
        this.#show();
      },
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

  #draw(name: string): void {
    const section = isChapter(name) ? this.#sectionOf(name) : undefined;
    if (section === undefined || !isChapter(name) || this.#views.has(name)) return;
    const { conductor } = this.#page;
    const view = new ChapterView(
      section,
      name,
      chapters[name],
      {
        run: (length, knob, seed) => {
          this.#running = name;
          this.#stopped = undefined;
          this.#driver.begin({ ...conductor.defaults, seed }, chapters[name].runs(length, knob));
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
          this.#running = undefined;
          conductor.pause();
          this.#show();
        },
        go: (chapter) => {
          this.#page.chapter(chapter);
        },
        keep: (outcome) => {
          this.#past.keep(name, outcome);
          this.#showContents();
        },
      },
      this.#around(name),
    );
    this.#views.set(name, view);
  }

  /** Gives the results of runs that have ended to their chapter. */
  #take(): void {
    const { progress } = this.#driver;
    const chapter = this.#running;
    if (chapter === undefined || (progress.kind !== "done" && progress.kind !== "stopped")) return;
    this.#running = undefined;
    this.#driver.leave();
    if (progress.kind === "done") this.#views.get(chapter)?.finish(progress.results);
    else this.#stopped = { chapter, progress };
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
    const own = this.#running !== undefined && this.#inSight.has(this.#running);
    // Where a run goes on that is not the chapter's own, the compact bar leads it.
    this.#page.inSight("chapters", this.#inSight.size > 0 && (own || !this.#goesOn));
    for (const [name, view] of this.#views) view.render(this.#around(name));
  }

  /** Whether there is a run that has begun and not ended. */
  get #goesOn(): boolean {
    const { step, phase } = this.#state;
    return step > 0 && phase !== "finished" && phase !== "diverged";
  }

  #around(name: ChapterName): Surroundings {
    const { limits, description } = this.#state;
    const own = this.#running === name;
    const stopped = this.#stopped?.chapter === name ? this.#stopped.progress : idle;
    const place = chapterNames.indexOf(name);
    const next = chapterNames[place + 1];
    return {
      progress: own ? this.#driver.progress : stopped,
      results: own ? this.#driver.results(this.#state) : [],
      speed: this.#speed ?? this.#page.conductor.speed ?? undefined,
      software: description?.adapter.software ?? true,
      recompute: limits?.recompute_images,
      replaces: this.#goesOn && !own,
      recorded: description?.recorded !== undefined,
      // Of two in the middle of the window, the reader is at the first.
      current: chapterNames.find((one) => this.#inSight.has(one)) === name,
      number: place + 1,
      of: chapterNames.length,
      next: next === undefined ? undefined : { name: next, question: chapters[next].t("question") },
      earlier: this.#past.of(name),
      path: this.#path(),
    };
  }

  /** The weight that the story follows: in the page's run as soon as that is long enough to see anything, else as recorded. */
  #path(): Path {
    const { past, step, description, experiment } = this.#state;
    if (step > 0 && past.first === 1 && past.length >= SHORTEST) {
      const recorded = description?.recorded !== undefined;
      return { values: past.values, length: past.length, batch: Number(experiment?.batch), recorded };
    }
    this.#recorded ??= recordedPath();
    return this.#recorded;
  }

  #recorded: Path | undefined;

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
    const name = (event.currentTarget as HTMLAnchorElement).hash.split("=").at(-1) ?? "";
    if (asksElsewhere(event) || !isChapter(name)) return;
    event.preventDefault();
    this.#page.chapter(name);
  };

  #reveal(name: ChapterName, behavior: ScrollBehavior): void {
    // Those before it too: what is drawn on the way would move it.
    for (const one of chapterNames.slice(0, chapterNames.indexOf(name) + 1)) this.#draw(one);
    const section = this.#sectionOf(name);
    section?.scrollIntoView({ behavior });
    section?.querySelector<HTMLElement>("h2")?.focus({ preventScroll: true });
  }

  #followAddress(behavior: ScrollBehavior): void {
    const { chapter = "" } = currentViewKeys();
    if (!isChapter(chapter)) return;
    // After a transition between views it takes some frames until the chapter is there.
    const reveal = (patience: number): void => {
      if (this.#sectionOf(chapter)?.offsetParent != null) this.#reveal(chapter, behavior);
      else if (patience > 0) {
        requestAnimationFrame(() => {
          reveal(patience - 1);
        });
      }
    };
    reveal(30);
  }
}

function recordedPath(): Path {
  const excerpt = recordedExcerpt();
  const values = weightOf(excerpt);
  return { values, length: values.length, batch: excerpt.batch, recorded: true };
}
